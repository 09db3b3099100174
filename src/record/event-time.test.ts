import { expect, test } from 'vitest'
import { isEarlier, isSurelyEarlier } from './event-time.ts'

const time = '2026-08-23T00:00:00Z'

test.each([
  { record: '{"eventTime":"2026-08-22T23:59:59Z"}', earlier: true },
  { record: '{"eventTime":"2026-08-23T00:00:00Z"}', earlier: false },
  { record: '{ "eventTime" : "2023-07-10T12:00:00Z" }', earlier: true },
  { record: '{"eventTime":"2026-08-23T01:00:00+02:00"}', earlier: true },
  { record: '{"eventTime":"2026-08-23"}', earlier: false },
  { record: '{"eventTime":"soon"}', earlier: false },
  { record: '{"eventName":"A"}', earlier: false },
  {
    record: '{"a":"\\"eventTime\\":\\"2020-01-01T00:00:00Z\\"","eventTime":"2026-09-01T00:00:00Z"}',
    earlier: false,
  },
])('$record: $earlier', ({ record, earlier }) => {
  expect(isEarlier(Buffer.from(record), time)).toBe(earlier)
})

// Whoever leaves a record out because of its time must not be led astray by what lies within it.
test.each([
  { record: '{"eventTime":"2026-08-22T23:59:59Z"}', surely: true },
  { record: '{"eventTime":"2026-08-23T00:00:00Z"}', surely: false },
  { record: '{"a":{"eventTime":"2020-01-01T00:00:00Z"}}', surely: false },
  {
    record: '{"a":{"eventTime":"2020-01-01T00:00:00Z"},"eventTime":"2026-09-01T00:00:00Z"}',
    surely: false,
  },
  {
    record: '{"eventTime":"2020-01-01T00:00:00Z","eventTime":"2026-09-01T00:00:00Z"}',
    surely: false,
  },
  {
    record: '{"eventTime":"2020-01-01T00:00:00Z","\\u0065ventTime":"2026-09-01T00:00:00Z"}',
    surely: false,
  },
  { record: '{"eventTime":"2020-01-01T00:00:00Z"', surely: false },
  { record: '{"a":[[]],"eventTime":"2020-01-01T00:00:00Z"}', surely: false },
  { record: '{"eventTime":"soon"}', surely: false },
])('$record is surely earlier: $surely', ({ record, surely }) => {
  expect(isSurelyEarlier(Buffer.from(record), time, 2)).toBe(surely)
})
