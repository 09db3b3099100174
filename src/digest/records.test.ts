import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RecordScanner } from './records.ts'
import { Repeats } from './repeats.ts'

function scan(text: string, size: number): RecordScanner {
  const bytes = Buffer.from(text)
  const scanner = new RecordScanner()
  for (let i = 0; i < bytes.length; i += size) scanner.update(bytes.subarray(i, i + size))
  return scanner
}

/** What the scanner must find, by a parser that knows nothing of chunks. */
function fingerprints(records: readonly unknown[]): number[] {
  return records.flatMap((record) => {
    const digest = hash('sha256', JSON.stringify(record), 'buffer')
    return [digest.readUInt32LE(0), digest.readUInt32LE(4)]
  })
}

describe('the records of a log file', () => {
  test('are found whatever they hold and however they are cut', () => {
    const records = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 6 })
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 50 }), (list, size) => {
        const scanner = scan(JSON.stringify({ Records: list }), size)
        expect(scanner.records).toBe(list.length)
        expect(scanner.fingerprints).toEqual(fingerprints(list))
      }),
    )
  })

  test('are counted, and the first 100,000 of them compared', () => {
    const scanner = scan(`{"Records":[${'{},'.repeat(150_000)}{}]}`, 65_536)
    expect(scanner.records).toBe(150_001)
    expect(scanner.fingerprints).toHaveLength(200_000)
  })

  test('are found with white space between them', () => {
    const scanner = scan('{ "Records" : [ {"a":1} ,\n {"b":[{}]} ] }\n', 3)
    expect(scanner.fingerprints).toEqual(fingerprints([{ a: 1 }, { b: [{}] }]))
  })

  test.each(['', '[]', 'null', '"{[{"', '{"Records":[1,2]}', ']]]}}}', '{"Records":{"a":{}}}'])(
    'are none in %s, or whatever it is: nothing breaks',
    (text) => {
      expect(scan(text, 2).records).toBeLessThanOrEqual(1)
    },
  )
})

describe('repeats', () => {
  const record = (n: number) => [n, n * 7919]

  test('are counted by the file that had the record first', () => {
    const repeats = new Repeats(100)
    expect(repeats.add('a', [1, 2, 3].flatMap(record))).toEqual(new Map())
    expect(repeats.add('b', [3, 4, 1].flatMap(record))).toEqual(new Map([['a', 2]]))
    expect(repeats.add('c', [4, 5, 5, 1].flatMap(record))).toEqual(
      new Map([
        ['b', 1],
        ['c', 1],
        ['a', 1],
      ]),
    )
  })

  test('are found with at most so many records between, and memory stays the same', () => {
    const repeats = new Repeats(50)
    const seen: number[] = []
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), (n) => {
        const last = seen.lastIndexOf(n)
        const found = repeats.add('file', record(n)).size > 0
        const since = new Set(last < 0 ? [] : seen.slice(last)).size
        seen.push(n)
        if (last < 0) expect(found).toBe(false)
        else if (since <= 50) expect(found).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})
