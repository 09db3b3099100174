import { lookupAttributes } from './attributes.ts'
import { afterPlainRecord } from './plain-record.ts'

const member = Buffer.from('"eventTime":"')
const timeLength = '2026-11-21T04:44:23Z'.length
const written = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/**
 * Whether a record's event happened before a time (`2026-08-23T00:00:00Z`); false where it does not say. Most
 * records are not parsed for it: a text within them cannot hold these quotes without backslashes.
 */
export function isEarlier(record: Buffer, time: string): boolean {
  return (
    isBefore(record, timeAt(record), time) ??
    lookupAttributes(JSON.parse(record.toString('utf8'))).eventTime < Date.parse(time)
  )
}

/**
 * True only for what is a record for certain, nested no deeper than `nestingMax`, and happened before `time`.
 * An object within a record may have an `eventTime`, too, so a yes takes a look at all of it, and a no is
 * free.
 */
export function isSurelyEarlier(record: Buffer, time: string, nestingMax: number): boolean {
  if (!isBefore(record, timeAt(record), time)) return false
  const found = { timeAt: -1, regionAt: -1 }
  const end = afterPlainRecord(record, 0, nestingMax, found)
  return end === record.length && isBefore(record, found.timeAt, time) === true
}

/** Behind the first quote of what is most likely the record's time; -1 when it has none. */
function timeAt(record: Buffer): number {
  const at = record.indexOf(member)
  return at < 0 ? -1 : at + member.length
}

/** Undefined where no time stands there in the usual form. */
function isBefore(record: Buffer, at: number, time: string): boolean | undefined {
  if (at < 0) return undefined
  const text = record.toString('latin1', at, at + timeLength)
  return written.test(text) ? text < time : undefined
}
