import { lookupAttributes } from '../record/attributes.ts'
import type { EventAttributes } from './query.ts'

/** A record's clock may be wrong by this much, in milliseconds. */
const futureMax = 24 * 3600_000

/**
 * What the index needs of a record: undefined when it is no JSON object. `at` is when it came in, in
 * milliseconds since the epoch: an event whose own time cannot be read, or lies in the future, is found
 * there, since it must be found somewhere.
 */
export function readAttributes(record: string, at: number): EventAttributes | undefined {
  const parsed = parseObject(record)
  const found = parsed && lookupAttributes(parsed)
  if (!found) return undefined
  const isPlausible = found.eventTime <= at + futureMax
  const { accountId, region, category, readOnly, resources } = found
  return {
    time: isPlausible ? found.eventTime : at,
    scope: { accountId, region, category },
    resources,
    values: {
      eventID: one(found.eventID),
      accessKeyId: one(found.accessKeyId),
      resourceName: resources.map(({ name }) => name),
      errorCode: one(found.errorCode),
      username: one(found.username),
      sourceIp: one(found.sourceIp),
      eventName: one(found.eventName),
      resourceType: resources.flatMap(({ type }) => (type === undefined ? [] : [type])),
      eventSource: one(found.eventSource),
      readOnly: one(readOnly === undefined ? undefined : String(readOnly)),
    },
  }
}

function one(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value]
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
