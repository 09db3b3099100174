import { isUtf8 } from 'node:buffer'
import { type Found, isPlainRecord } from './plain-record.ts'

type Bounds = Readonly<{ recordBytesMax: number; nestingMax: number }>

/** What a record that comes in must be; anything else of it is kept as it is, whatever its age. */
export type Checked =
  | Readonly<{ record: Readonly<Record<string, unknown>> }>
  | Readonly<{ refused: string; eventID?: string }>

/** Members one of which every record has had, in every version; aggregated events have `eventType`. */
const markers = ['eventTime', 'eventName', 'eventID', 'eventSource', 'eventType']

/** Parses a record's bytes; `refused` is a short fixed reason that says what is wrong. */
export function checkRecord(bytes: Buffer, { recordBytesMax, nestingMax }: Bounds): Checked {
  if (bytes.length > recordBytesMax) return { refused: 'larger than a record may be' }
  if (!isUtf8(bytes)) return { refused: 'not UTF-8' }
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    return { refused: 'not JSON' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { refused: 'not a JSON object' }
  }
  const record = value as Record<string, unknown>
  const id = record['eventID']
  const eventID = typeof id === 'string' ? id.slice(0, 128) : undefined
  if (depth(record, nestingMax) > nestingMax) return { refused: 'nested too deep', eventID }
  if (!markers.some((name) => typeof record[name] === 'string')) {
    return { refused: 'not a CloudTrail record', eventID }
  }
  return { record }
}

/**
 * True for nearly every record that `checkRecord` takes and for none that it refuses, in half of its time.
 * For those who need to know no more; `isPlain` says that they know it for plain already, and what was
 * `found` in it.
 */
export function isSurelyTaken(
  bytes: Buffer,
  { recordBytesMax, nestingMax }: Bounds,
  isPlain = false,
  found?: Found,
): boolean {
  if (bytes.length > recordBytesMax || !isUtf8(bytes)) return false
  return isPlain || isPlainRecord(bytes, nestingMax, found)
}

/** How deep a value is nested, looked into no deeper than `max + 1`. */
function depth(value: unknown, max: number): number {
  if (typeof value !== 'object' || value === null || max < 0) return 0
  let deepest = 0
  for (const one of Object.values(value)) {
    if (typeof one === 'object' && one !== null) deepest = Math.max(deepest, depth(one, max - 1))
  }
  return deepest + 1
}
