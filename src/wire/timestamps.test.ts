import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTime, fromEpochSeconds, parseTime } from './timestamps.ts'

const time = Date.parse('2026-11-21T04:44:23.500Z')

test.each([
  ['2026-11-21T04:44:23.500Z', time],
  ['2026-11-21T05:44:23.500+01:00', time],
  ['2026-11-21T04:44:23.5', time],
  ['2026-11-21T04:44:23Z', time - 500],
  ['2026-11-21', Date.parse('2026-11-21T00:00:00Z')],
  ['Sat, 21 Nov 2026 04:44:23 GMT', time - 500],
  ['1795236263.5', time],
  [' 1795236263 ', time - 500],
  ['0', 0],
])('%s is a time', (text, ms) => {
  expect(parseTime(text)?.getTime()).toBe(ms)
})

test.each([
  '',
  'now',
  '2026-13-01',
  '21 Nov 2026',
  '2026-11-21T25:00:00Z',
  '1e3',
  '99999999999999',
  'NaN',
])('"%s" is none', (text) => {
  expect(parseTime(text)).toBeUndefined()
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e12 + 1, -8.64e13])(
  '%s seconds are no time',
  (seconds) => {
    expect(fromEpochSeconds(seconds)).toBeUndefined()
  },
)

test('each form is read again', () => {
  const dates = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  fc.assert(
    fc.property(dates, (date) => {
      const seconds = Math.floor(date.getTime() / 1000) * 1000
      expect(parseTime(formatTime(date, 'iso8601'))).toEqual(date)
      expect(parseTime(formatTime(date, 'unixTimestamp'))).toEqual(date)
      expect(parseTime(formatTime(date, 'rfc822'))?.getTime()).toBe(seconds)
    }),
  )
})
