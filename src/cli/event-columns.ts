import { isoSeconds } from '../clock.ts'
import { lookupAttributes } from '../record/attributes.ts'

/** What tables, lines and CSV files show of an event; all text, empty where there is none. */
export type EventRow = Readonly<{
  time: string
  name: string
  user: string
  source: string
  resourceName: string
  /** As JSON: `[{"resourceType":…,"resourceName":…}]`. */
  resources: string
  error: string
  readOnly: string
  accessKey: string
  ip: string
  agent: string
  region: string
  account: string
  type: string
  category: string
  id: string
  requestId: string
}>

/** Reads a record for showing. */
export function eventRow(record: string): EventRow {
  const members = JSON.parse(record)
  const found = lookupAttributes(members)
  const own = (name: string) => text(members[name]) || text(members.eventData?.[name])
  const resources = found.resources.map(({ type, name }) => ({
    resourceType: type,
    resourceName: name,
  }))
  return {
    time: Number.isFinite(found.eventTime) ? isoSeconds(found.eventTime) : '',
    name: found.eventName ?? '',
    user: found.username ?? '',
    source: found.eventSource ?? '',
    resourceName: found.resources.map(({ name }) => name).join(', '),
    resources: JSON.stringify(resources),
    error: found.errorCode ?? '',
    readOnly: found.readOnly === undefined ? '' : String(found.readOnly),
    accessKey: found.accessKeyId ?? '',
    ip: found.sourceIp ?? '',
    agent: own('userAgent'),
    region: found.region,
    account: found.accountId,
    type: own('eventType'),
    category: found.category,
    id: found.eventID ?? '',
    requestId: own('requestID'),
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Nothing that came from outside may move the cursor or colour the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\u{fffd}')
}
