import { isDeepStrictEqual } from 'node:util'
import { FormError, RecordSplitter } from '../../../src/capture/record-splitter.ts'
import { oneLine } from '../../../src/record/bytes.ts'
import { checkRecord, isSurelyTaken } from '../../../src/record/check.ts'
import { isPlainRecord } from '../../../src/record/plain-record.ts'
import type { Target } from '../fuzzer.ts'

const limits = { recordBytesMax: 4096, nestingMax: 64 }
const event =
  '{"eventVersion":"1.08","eventTime":"2026-11-21T04:44:23Z","eventID":"a","n":0.0,"s":"\\"{["}'

type Cut = { records: Buffer[]; error?: string }

function cut(body: Buffer, pieceBytes: number): Cut {
  const splitter = new RecordSplitter(limits)
  const records: Buffer[] = []
  const take = (cuts: ReturnType<RecordSplitter['push']>) => {
    for (const { bytes, isPlain } of cuts) {
      if (isPlain && !isPlainRecord(bytes, limits.nestingMax)) throw new Error('not plain')
      records.push(bytes)
    }
  }
  try {
    for (let at = 0; at < body.length; at += pieceBytes) {
      take(splitter.push(Buffer.from(body.subarray(at, at + pieceBytes))))
    }
    take(splitter.end())
    splitter.checkWhole()
    return { records }
  } catch (error) {
    if (!(error instanceof FormError)) throw error
    return { records, error: error.message }
  }
}

/** The first byte is the size of the pieces, which must not matter; whole JSON gives all of its objects. */
export const ingestSplit: Target = {
  name: 'ingest-split',
  seeds: [
    `\x00${event}\n${event}\r\n\n${event}`,
    `\x07{"Records":[${event},${event}]}`,
    `\x02{\n  "Records": [\n${event.replaceAll(',', ',\n')}\n, ${event}\n]\n}\n`,
    `\x30[${event},{"a":{"b":[{}]}}]`,
    `\x05${event}${event}\n{"a":1} {"b":\n2}`,
  ],
  tokens: [
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    '\\',
    '\\"',
    '\n',
    '\r\n',
    ' ',
    '{"Records":[',
    ']}',
    '{}',
    event,
    'null',
    '\\u0000',
  ],
  run(input) {
    const body = input.subarray(1)
    const atOnce = cut(body, Math.max(body.length, 1))
    const inPieces = cut(body, 1 + (input[0] ?? 0))
    const same =
      atOnce.error === inPieces.error && isDeepStrictEqual(texts(atOnce), texts(inPieces))
    if (!same) throw new Error('the size of the pieces changes what is read')
    if (!atOnce.error) expectAll(body, atOnce.records)
    return `${atOnce.error ?? Math.min(atOnce.records.length, 20)}`
  },
}

const texts = ({ records }: Cut) => records.map((record) => record.toString('latin1'))

/** A body that is JSON as a whole, or by its lines, loses none of its values. */
function expectAll(body: Buffer, records: Buffer[]): void {
  // A wrapper stretched over more than a line or two is taken for a record, and refused by name.
  if (/\s{50}/.test(body.toString('latin1', 0, 300))) return
  const whole = parsed(body.toString())
  const values = whole?.value
  const listed = Array.isArray(values)
    ? values
    : (values as { Records?: unknown } | undefined)?.Records
  if (
    !Array.isArray(listed) ||
    !listed.every((one) => one && typeof one === 'object' && !Array.isArray(one))
  )
    return
  if (typeof values === 'object' && !Array.isArray(values) && Object.keys(values!).length > 1)
    return
  const isSame = (value: unknown, i: number) =>
    isDeepStrictEqual(parsed(records[i]!.toString())?.value, value) || isCut(records[i]!)
  if (records.length !== listed.length || !listed.every(isSame)) {
    throw new Error('not the records of the body')
  }
}

/** Of what is longer than a record may be, a byte more than that is given. */
function isCut(record: Buffer): boolean {
  return record.length === limits.recordBytesMax + 1
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** A record is taken or refused with a short reason; in one line it means what it meant. */
export const recordCheck: Target = {
  name: 'record-check',
  seeds: [
    event,
    event.replaceAll(',', ',\r\n'),
    '{"timeWindow":{"windowStart":"2026-11-21T04:44:23Z"}}',
    '[]',
    '{"eventTime":"',
  ],
  tokens: [
    '{"a":',
    '[',
    ']',
    '}',
    '{',
    '"',
    '\\',
    '\n',
    '\r',
    '"eventTime":"',
    '"timeWindow":',
    '"windowStart":',
    'null',
    '__proto__',
    '"eventID":',
    '\xff',
    '1e999',
  ],
  run(input) {
    const checked = checkRecord(input, limits)
    if ('refused' in checked) {
      if (isSurelyTaken(input, limits)) throw new Error('sure of what is refused')
      if (checked.refused.length > 100) throw new Error('a long reason')
      return checked.refused
    }
    const line = oneLine(input)
    if (line.includes('\n') || line.includes('\r')) throw new Error('a line break is left')
    if (!isDeepStrictEqual(JSON.parse(line.toString()), checked.record)) {
      throw new Error('in one line it is another')
    }
    return 'taken'
  },
}
