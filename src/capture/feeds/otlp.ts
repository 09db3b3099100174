import { type Adapter, collect } from './adapter.ts'
import { type Fields, fields, list, text } from './fields.ts'
import { jsonItems } from './items.ts'
import { mappedRecord } from './mapping.ts'
import { compileMap } from './paths.ts'

/** OpenTelemetry's names; a feed's map counts before them. */
const usual = {
  eventID: 'attributes["log.record.uid"]',
  eventTime: 'time',
  eventName: 'eventName',
  principalId: 'user',
  sourceIPAddress: 'attributes["client.address"]',
  userAgent: 'attributes["user_agent.original"]',
  errorCode: 'attributes["error.type"]',
  errorMessage: 'attributes["exception.message"]',
  requestParameters: 'attributes',
}

/**
 * OpenTelemetry's log records as OTLP/HTTP sends them in JSON. Maps see each as
 * `{eventName, time, user, severity, body, attributes, resource, scope, traceId, spanId}`.
 *
 * https://opentelemetry.io/docs/specs/otlp/
 */
export const otlp: Adapter = (bytes, context) => {
  const map = compileMap({ ...usual, ...context.map })
  return collect(jsonItems(bytes, context, unfolded), context, (value) => [
    mappedRecord(value, map, context),
  ])
}

function* unfolded(sent: unknown): Iterable<unknown> {
  const all = fields(sent)['resourceLogs']
  // Nothing to tell is no fault; what is not of this form is one item that is refused.
  if (!Array.isArray(all)) {
    if (!isEmpty(sent)) yield undefined
    return
  }
  for (const ofResource of all) {
    const resource = attributes(fields(fields(ofResource)['resource'])['attributes'])
    for (const ofScope of list(fields(ofResource)['scopeLogs'])) {
      const { name, version } = fields(fields(ofScope)['scope'])
      const scope = { name: text(name), version: text(version) }
      for (const one of list(fields(ofScope)['logRecords'])) {
        yield seen(fields(one), resource, scope)
      }
    }
  }
}

function isEmpty(sent: unknown): boolean {
  return JSON.stringify(sent) === '{}'
}

function seen(one: Fields, resource: Fields, scope: Fields): Fields {
  const own = attributes(one['attributes'])
  const time = [one['timeUnixNano'], one['observedTimeUnixNano']]
    .map(text)
    .find((at) => at && at !== '0')
  return {
    eventName: text(one['eventName']) ?? text(own['event.name']),
    time,
    user: text(own['enduser.id']) ?? text(own['user.id']) ?? text(own['user.name']),
    severity: text(one['severityText']) ?? text(one['severityNumber']),
    body: anyValue(one['body'], 0),
    attributes: own,
    resource,
    scope,
    traceId: text(one['traceId']),
    spanId: text(one['spanId']),
  }
}

function attributes(value: unknown): Fields {
  return keyValues(value, 0)
}

function keyValues(value: unknown, depth: number): Fields {
  return Object.fromEntries(
    list(value).flatMap((one) => {
      const key = text(fields(one)['key'])
      return key === undefined ? [] : [[key, anyValue(fields(one)['value'], depth)]]
    }),
  )
}

/** The value that OTLP wraps in its type. Deeper ones than a record may hold are left out. */
function anyValue(wrapped: unknown, depth: number): unknown {
  const value = fields(wrapped)
  if (depth > 30) return undefined
  if ('stringValue' in value) return value['stringValue']
  if ('boolValue' in value) return value['boolValue']
  if ('intValue' in value) return value['intValue']
  if ('doubleValue' in value) return value['doubleValue']
  if ('bytesValue' in value) return value['bytesValue']
  if ('arrayValue' in value) {
    return list(fields(value['arrayValue'])['values']).map((one) => anyValue(one, depth + 1))
  }
  return 'kvlistValue' in value
    ? keyValues(fields(value['kvlistValue'])['values'], depth + 1)
    : undefined
}
