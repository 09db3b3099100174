import { isoSeconds } from '../clock.ts'
import { lookupAttributes } from '../record/attributes.ts'

/** What tables, lines and CSV files show of an event; all text, empty where there is none. */
export type EventRow = Readonly<{
  time: string
  name: string
  user: string
  source: string
  resourceType: string
  resourceName: string
  error: string
  readOnly: string
  accessKey: string
  ip: string
  region: string
  account: string
  id: string
}>

/** Reads a record for showing. */
export function eventRow(record: string): EventRow {
  const found = lookupAttributes(JSON.parse(record))
  return {
    time: Number.isFinite(found.eventTime) ? isoSeconds(found.eventTime) : '',
    name: found.eventName ?? '',
    user: found.username ?? '',
    source: found.eventSource ?? '',
    resourceType: found.resources.map(({ type }) => type ?? '').join(', '),
    resourceName: found.resources.map(({ name }) => name).join(', '),
    error: found.errorCode ?? '',
    readOnly: found.readOnly === undefined ? '' : String(found.readOnly),
    accessKey: found.accessKeyId ?? '',
    ip: found.sourceIp ?? '',
    region: found.region,
    account: found.accountId,
    id: found.eventID ?? '',
  }
}

/** Nothing that came from outside may move the cursor or colour the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\u{fffd}')
}
