import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPlainRecord } from '../record/plain-record.ts'
import { type Cut, FormError, RecordSplitter } from './record-splitter.ts'

/** Splits a body that comes in pieces of the given sizes, over and over. */
function split(
  body: string,
  sizes: readonly number[] = [body.length + 1],
  max = 1_000_000,
): string[] {
  const splitter = new RecordSplitter({ recordBytesMax: max, nestingMax: 64 })
  const bytes = Buffer.from(body)
  const records: string[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    records.push(...splitter.push(bytes.subarray(at, at + size)).map(textOf))
    at += size
  }
  records.push(...splitter.end().map(textOf))
  splitter.checkWhole()
  return records
}

/** At once, since the bytes are the body's. What is plain must be so to whoever looks at it alone. */
function textOf({ bytes, isPlain }: Cut): string {
  if (isPlain) expect(isPlainRecord(bytes, 64)).toBe(true)
  return bytes.toString()
}

// The first is plain, the second is not.
const a = '{"eventName":"A","eventTime":"t","n":0.0}'
const b = '{"eventName":"B","text":"} ] \\" { [","deep":{"list":[{"x":1}]}}'

describe('cuts records out without changing them', () => {
  test.each([
    { form: 'lines', body: `${a}\n${b}\n`, records: [a, b] },
    { form: 'lines without the last break', body: `${a}\n${b}`, records: [a, b] },
    { form: 'lines with blank ones between', body: `\n${a}\n\n${b}\n\n`, records: [a, b] },
    { form: 'lines of Windows', body: `${a}\r\n${b}\r\n`, records: [`${a}\r`, `${b}\r`] },
    { form: 'a log file', body: `{"Records":[${a},${b}]}`, records: [a, b] },
    { form: 'a log file, spaced', body: ` { "Records" : [ ${a} ,\n ${b} ] }\n`, records: [a, b] },
    { form: 'a log file of none', body: '{"Records":[]}', records: [] },
    { form: 'a list', body: `[${a},${b}]`, records: [a, b] },
    { form: 'one record', body: a, records: [a] },
    { form: 'nothing', body: '', records: [] },
    { form: 'white space', body: ' \n ', records: [] },
    {
      form: 'a record over several lines',
      body: '{\n "eventName": "A"\n}\n',
      records: ['{\n "eventName": "A"\n}'],
    },
    { form: 'lines behind a byte order mark', body: `\ufeff${a}\n${b}`, records: [a, b] },
    {
      form: 'a log file behind a byte order mark',
      body: `\ufeff{"Records":[${a}]}`,
      records: [a],
    },
    {
      form: 'log files in a row',
      body: `{"Records":[${a},${b}]}\n{"Records":[${b}]}{"Records":[]}${a}`,
      records: [a, b, b, a],
    },
    { form: 'lists in a row', body: `[${a}]\n[${b}]`, records: [a, b] },
    {
      form: 'a bad line between good ones',
      body: `${a}\nnot JSON\n${b}\n`,
      records: [a, 'not JSON', b],
    },
  ])('$form', ({ body, records }) => {
    for (const sizes of [[body.length + 1], [1], [3, 7]])
      expect(split(body, sizes)).toEqual(records)
  })
})

describe('refuses', () => {
  test.each([
    { why: 'what is no form of records', body: 'hello' },
    { why: 'a text', body: '"hello"' },
    { why: 'half a record in a log file', body: '{"Records":[{"eventName":"A"' },
    { why: 'a record without end', body: `{"Records":[{"a":"${'x'.repeat(2000)}`, max: 1000 },
  ])('$why', ({ body, max }) => {
    for (const sizes of [[body.length + 1], [64]]) {
      expect(() => split(body, sizes, max)).toThrow(FormError)
    }
  })
})

describe('gives one byte more than a record may have, and all that comes behind it', () => {
  const long = `{"a":"${'x'.repeat(2000)}"}`
  test.each([
    { form: 'lines', body: `${a}\n${long}\n${b}` },
    { form: 'a first line', body: `${long}\n${a}\n${b}`, first: true },
    { form: 'a log file', body: `{"Records":[${a},${long},${b}]}` },
  ])('$form', ({ body, first }) => {
    const cut = long.slice(0, 1001)
    const records = first ? [cut, a, b] : [a, cut, b]
    for (const sizes of [[body.length + 1], [64], [1]])
      expect(split(body, sizes, 1000)).toEqual(records)
  })
})

const record = fc
  .object({ maxDepth: 3, key: fc.string(), values: [fc.string({ unit: 'grapheme' }), fc.double()] })
  .map((value) => JSON.stringify({ eventName: 'A', value }))
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })

test('any cutting of any records gives the same records', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), sizes, (records, pieces) => {
      expect(split(records.join('\n'), pieces)).toEqual(records)
      expect(split(`{"Records":[${records.join(',')}]}`, pieces)).toEqual(records)
      expect(split(`[${records.join(' ,\n')}]`, pieces)).toEqual(records)
    }),
    { numRuns: 200 },
  )
})
