import { lookupAttributes } from '../record/attributes.ts'

const member = Buffer.from('"eventTime":"')
const timeLength = '2026-11-21T04:44:23Z'.length
const written = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/**
 * Whether a record's event happened before a time (`2026-08-23T00:00:00Z`); false where it does not say. Most
 * records are not parsed for it: a text within them cannot hold these quotes without backslashes.
 */
export function isEarlier(record: Buffer, time: string): boolean {
  const at = record.indexOf(member) + member.length
  if (at >= member.length) {
    const text = record.toString('latin1', at, at + timeLength)
    if (written.test(text)) return text < time
  }
  return lookupAttributes(JSON.parse(record.toString('utf8'))).eventTime < Date.parse(time)
}
