import { activityRecord } from './activity-record.ts'
import { type Adapter, collect, contentId, type FeedContext } from './adapter.ts'
import { checkedTime, fields, required, text, time } from './fields.ts'
import { jsonItems } from './items.ts'
import { type CompiledMap, compileMap, mapped } from './paths.ts'

/** The fields that a map may fill; `items` is where the events lie in what is sent. */
export const mappedFields = [
  'items',
  'eventID',
  'eventTime',
  'eventName',
  'eventSource',
  'readOnly',
  'principalType',
  'principalId',
  'sourceIPAddress',
  'userAgent',
  'errorCode',
  'errorMessage',
  'requestParameters',
  'responseElements',
] as const

/** JSON of any form, by the paths of the configuration. */
export const mapping: Adapter = (bytes, context) => {
  const map = compileMap(context.map ?? {})
  const cut = jsonItems(bytes, context, (value) => {
    const items = mapped(map, 'items', value)
    return Array.isArray(items) ? items : [value]
  })
  return collect(cut, context, (value) => [mappedRecord(value, map, context)])
}

/** The record of one event; throws Refusal where it has no time or no name. */
export function mappedRecord(value: unknown, map: CompiledMap, context: FeedContext): Buffer {
  const get = (field: (typeof mappedFields)[number]) => mapped(map, field, value)
  const readOnly = get('readOnly')
  return activityRecord(
    {
      nativeId: text(get('eventID')) ?? contentId(value),
      time: timeOf(get('eventTime')),
      eventName: required(get('eventName'), 'eventName'),
      eventSource: text(get('eventSource')),
      readOnly: readOnly === undefined ? undefined : readOnly === true || readOnly === 'true',
      userIdentity: {
        type: text(get('principalType')) ?? (text(get('principalId')) ? 'User' : 'Unknown'),
        principalId: text(get('principalId')),
      },
      sourceIPAddress: text(get('sourceIPAddress')),
      userAgent: text(get('userAgent')),
      errorCode: text(get('errorCode')),
      errorMessage: text(get('errorMessage')),
      requestParameters: asObject(get('requestParameters')),
      responseElements: asObject(get('responseElements')),
      raw: value,
    },
    context,
  )
}

/** ISO 8601, or a number of seconds, milliseconds, microseconds or nanoseconds, told by its size. */
function timeOf(value: unknown): number {
  const isNumber = typeof value === 'number' || /^\d{9,19}(\.\d+)?$/.test(String(value))
  if (!isNumber) return time(value)
  const given = Number(value)
  if (given < 1e11) return checkedTime(given * 1e3)
  if (given < 1e14) return checkedTime(given)
  return checkedTime(given < 1e17 ? given / 1e3 : given / 1e6)
}

function asObject(value: unknown): unknown {
  if (value === undefined || value === null) return undefined
  return Object.keys(fields(value)).length > 0 || typeof value === 'object' ? value : { value }
}
