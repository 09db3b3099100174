import { lookupAttributes } from '../record/attributes.ts'
import type { EventAttributes } from './query.ts'

/**
 * What the index needs of a record: undefined when it is no JSON object or lacks what every event has
 * (its time above all), so that it cannot be placed.
 */
export function readAttributes(record: string): EventAttributes | undefined {
  const parsed = parseObject(record)
  const found = parsed && lookupAttributes(parsed)
  if (!found || !Number.isFinite(found.eventTime)) return undefined
  const { accountId, region, category, readOnly, resources } = found
  return {
    time: found.eventTime,
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
