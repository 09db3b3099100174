import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateTrail } from '../../bench/generate.ts'
import { checkRecord, isSurelyTaken } from './check.ts'

const bounds = { recordBytesMax: 5_000, nestingMax: 4 }
const isSure = (text: string) => isSurelyTaken(Buffer.from(text), bounds)

describe('needs no parser', () => {
  test.each([
    '{"eventTime":"a"}',
    ' {\t"n" : [ ] ,\r\n "eventTime" : "" , "o":{ } }\n',
    '{"n":[0,-0,1.50,-12.5,true,false,null],"eventTime":"\\u00e4\\n\\"\\\\/"}',
    '{"eventTime":"ä\ud83d\ude00\u007f","eventTimes":1,"o":{"eventTime":1,"":[{}]}}',
  ])('%s', (text) => {
    expect(isSure(text)).toBe(true)
  })
})

describe('leaves to a parser', () => {
  test.each([
    ['', '{', '{}', '[]', '"eventTime"', '{"eventTime":1}', '{"eventName":"a"}'],
    ['{"eventTime":"a"', '{"eventTime":"a"},', '{"eventTime":"a"}}', '{"eventTime":"a",}'],
    ['{"eventTime":"a","eventTime":1}', '{"eventTime":"a","event\\u0054ime":1}'],
    ['{"o":{"eventTime":"a"}}', '{"eventTime":"a","o":[[[[]]]]}', '{"eventTime":"a","o":[1,]}'],
    ['-', '01', '1.', '.5', '+1', '1e', '--1', '0x1', '1 2', 'tru', 'nulll', 'NaN', "'a'"].map(
      (value) => `{"eventTime":"a","n":${value}}`,
    ),
    ['"', '"\\', '"\\"', '"\\x"', '"\\u12g4"', '"\\u123"', '"\n"', '"\u0000"'].map(
      (value) => `{"eventTime":"a","n":${value}}`,
    ),
    ['\ufeff{"eventTime":"a"}', '{"eventTime":"a"}\u00a0', '{"eventTime":"a"\v}'],
  ])('%j …', (...texts) => {
    for (const text of texts) expect([text, isSure(text)]).toEqual([text, false])
  })
})

/** JSON with the white space, escapes and depth that records may have. */
const json = fc
  .tuple(fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify({ a: 1, eventTime: 'now', value }, undefined, indent))

test('is sure of nothing that is refused, whatever is changed in a record', () => {
  const pieces = fc.constantFrom(...'{}[]",:\\u0-.e1 \n\t\x01\xff', '"eventTime":', 'null', '"a":')
  const change = fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.oneof(pieces, fc.constant('')))
  let sure = 0
  fc.assert(
    fc.property(json, fc.array(change, { maxLength: 3 }), (text, changes) => {
      let changed = text
      for (const [where, length, piece] of changes) {
        const at = where % (changed.length + 1)
        changed = changed.slice(0, at) + piece + changed.slice(at + length)
      }
      const bytes = Buffer.from(changed)
      const isTaken = 'record' in checkRecord(bytes, bounds)
      if (isSurelyTaken(bytes, bounds)) expect([changed, isTaken]).toEqual([changed, true])
      if (isSurelyTaken(bytes, bounds)) sure++
    }),
    { numRuns: 3_000 },
  )
  expect(sure).toBeGreaterThan(300)
})

test('is sure of every record as services write them', () => {
  const records = [...generateTrail({ events: 1_000, from: 0, to: 1 })]
  const limits = { recordBytesMax: 100_000, nestingMax: 64 }
  expect(records.filter((one) => !isSurelyTaken(Buffer.from(one), limits))).toEqual([])
})
