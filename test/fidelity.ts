// How near the records that we make of calls come to those that AWS made of the same calls.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  type CapturedAnswer,
  type CapturedCall,
  type CapturedParameters,
  captureRecord,
} from '../src/record/captured.ts'
import { styleOf } from '../src/record/services/styles.ts'
import { filled, invert, invertEc2, NotRebuilt } from './fidelity-invert.ts'
import { s3Operation, s3Request } from './fidelity-s3.ts'
import {
  isEc2,
  type WireAnswer,
  type WireModel,
  type WireRequest,
  wireAnswer,
  wireError,
  wireRequest,
} from './fidelity-wire.ts'

export type RealRecord = Readonly<Record<string, any>>

/** What the proxy would make of a call's bytes. */
export type Read = Readonly<{
  call: CapturedCall
  parameters: CapturedParameters
  answer: CapturedAnswer
}>

/** The models, and the reading of calls by them. */
export type Registry = Readonly<{
  /** Of an event source, the one whose operations have that name. */
  model(eventSource: string, isOperation: (model: WireModel) => boolean): WireModel | undefined
  read(request: WireRequest, answer: WireAnswer): Read
}>

export type Difference = Readonly<{ path: string; real: unknown; ours: unknown }>
export type Outcome = Readonly<{
  eventSource: string
  eventName: string
}> &
  (
    | Readonly<{ compared: number; differences: readonly Difference[] }>
    | Readonly<{ notRebuilt: string }>
  )

/** API calls of all folders of real records, in order. */
export function realRecords(folder: string): RealRecord[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const packed = readFileSync(join(folder, name, 'events.ndjson.gz'))
      const lines = gunzipSync(packed).toString().trim().split('\n')
      return lines.map((line) => JSON.parse(line) as RealRecord)
    })
    .filter((record) => record['eventType'] === 'AwsApiCall')
}

/** Makes a record's call again, has it read and recorded, and compares. */
export function compare(real: RealRecord, registry: Registry): Outcome {
  const { eventSource, eventName } = real
  try {
    const { request, answer } = rebuild(real, registry)
    const { call, parameters, answer: read } = registry.read(request, answer)
    const exchange = {
      call,
      parameters,
      answer: read,
      caller: {},
      signature: 'AuthHeader' as const,
      sourceIp: real['sourceIPAddress'],
      http: {
        query: request.target.split('?')[1] ?? '',
        headers: request.headers,
        answered: answer.headers,
        bytesIn: request.body.length,
        bytesOut: answer.body.length,
      },
    }
    const ours = captureRecord(exchange, {
      eventID: real['eventID'],
      now: Date.parse(real['eventTime']),
      recipientAccountId: real['recipientAccountId'],
    })
    return { eventSource, eventName, ...differencesOf(real, JSON.parse(JSON.stringify(ours))) }
  } catch (error) {
    if (error instanceof NotRebuilt) return { eventSource, eventName, notRebuilt: error.message }
    throw error
  }
}

type Rebuilt = { request: WireRequest; answer: WireAnswer }

function rebuild(real: RealRecord, registry: Registry): Rebuilt {
  if (!real['eventTime'] || !real['userIdentity']) throw new NotRebuilt('its publisher made it up')
  if (/"\.\.\."/.test(JSON.stringify(real))) throw new NotRebuilt('its publisher took values out')
  const { model, operation } = called(real, registry)
  const request = requestOf(real, model, operation)
  const region = real['awsRegion']
  request.headers['host'] ??= `${model.signingName}.${region}.amazonaws.com`
  request.headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20230710/${region}/${model.signingName}` +
    '/aws4_request, SignedHeaders=host;x-amz-date, Signature=00'
  return { request, answer: answerOf(real, model, operation) }
}

function called(real: RealRecord, registry: Registry): { model: WireModel; operation: string } {
  const { eventSource, eventName } = real
  const isS3 = eventSource === 's3.amazonaws.com'
  const name = isS3 ? eventName : plainName(eventName)
  const model = registry.model(eventSource, (one) =>
    isS3 ? hasS3(one, name) : one.operations[name] !== undefined && isVersion(one, real),
  )
  if (!model) throw new NotRebuilt('no model has the operation')
  return { model, operation: isS3 ? s3Operation(model, name) : name }
}

function requestOf(real: RealRecord, model: WireModel, operation: string): WireRequest {
  const { eventSource, requestParameters } = real
  if (eventSource === 's3.amazonaws.com') {
    return s3Request(model, operation, requestParameters ?? {})
  }
  const { input } = model.operations[operation]!
  const isEmpty = requestParameters === null || input === undefined
  if (isEmpty && real['errorCode'] && input !== undefined) {
    throw new NotRebuilt('refused before its parameters were looked at')
  }
  const members = isEmpty
    ? {}
    : isEc2(model)
      ? invertEc2(requestParameters, input, model, { operation, isAnswer: false })
      : invert(requestParameters, input, model)
  return wireRequest(model, operation, members as object as Members)
}

type Members = Readonly<Record<string, unknown>>

function answerOf(real: RealRecord, model: WireModel, operation: string): WireAnswer {
  const { responseElements, errorCode, requestID = 'none' } = real
  if (errorCode) return wireError(model, wireErrorOf(real, model), requestID)
  const { output } = model.operations[operation]!
  const isRead = real['readOnly'] && !responseElements
  const isEmpty = output === undefined || (!responseElements && !isRead)
  const members = isEmpty
    ? {}
    : isRead
      ? filled(output, model)
      : isEc2(model)
        ? invertEc2(responseElements, output, model, { operation, isAnswer: true })
        : invert(rewrapped(real, responseElements, output, model), output, model)
  return wireAnswer(model, operation, { ...(members as Members), ...keyOf(real) }, requestID)
}

/** KMS answers with the key's ARN, which the records of reads have among their resources alone. */
function keyOf({ eventSource, resources }: RealRecord): Members {
  const isKms = eventSource === 'kms.amazonaws.com' && resources?.length === 1
  return isKms ? { KeyId: resources[0].ARN } : {}
}

function hasS3(model: WireModel, eventName: string): boolean {
  try {
    return s3Operation(model, eventName) !== undefined
  } catch {
    return false
  }
}

/** Load balancers have two APIs, told apart by their versions. */
function isVersion({ apiVersion }: WireModel, { apiVersion: shown }: RealRecord): boolean {
  return !/^\d{4}-\d\d-\d\d$/.test(shown ?? '') || shown === apiVersion
}

/** Lambda's names end with the date of the API. */
function plainName(eventName: string): string {
  return eventName.replace(/20\d{6}(v2)?$/, '')
}

/** RDS's answers lack the member around theirs; some of Secrets Manager's are shown in part. */
function rewrapped(
  { eventSource, eventName }: RealRecord,
  value: object,
  shapeName: string,
  model: WireModel,
): unknown {
  const names = styleOf(eventSource).answers?.[eventName]
  if (names) {
    const named = Object.entries(names).map(([name, shown]) => [shown, name])
    const inverse = Object.fromEntries(named)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [inverse[name], one]))
  }
  const shape = model.shapes[shapeName]
  if (!styleOf(eventSource).unwrapped || shape?.type !== 'structure') return value
  const [only, ...others] = Object.entries(shape.members)
  const isWrapper = only && others.length === 0 && model.shapes[only[1].shape]?.type === 'structure'
  return isWrapper ? { [only[0]]: value } : value
}

/** The wire's code of a recorded one. */
function wireErrorOf({ eventSource, errorCode, errorMessage }: RealRecord, model: WireModel) {
  const plain = String(errorCode).replace(/^(Client|Server)\./, '')
  const isJson = /^(awsJson|restJson)/.test(model.protocol)
  const named = Object.entries(model.errors).find(([, { name }]) => name === plain)
  const code =
    plain === 'AccessDenied' && isJson
      ? 'AccessDeniedException'
      : eventSource === 'iam.amazonaws.com' && named
        ? named[0]
        : plain
  return { code, message: errorMessage }
}

/** What is compared whole; parameters and elements are compared value by value. */
const whole = [
  'eventSource',
  'eventName',
  'awsRegion',
  'errorCode',
  'errorMessage',
  'readOnly',
  'resources',
  'eventType',
  'apiVersion',
  'managementEvent',
  'eventCategory',
]
/** Fields that older records do not have. */
const added = new Set(['readOnly', 'managementEvent', 'eventCategory'])
/** Of additional data: the rest tells of AWS's own network and hosts. */
const additional = ['SignatureVersion', 'AuthenticationMethod', 'bytesTransferredIn']

function differencesOf(real: RealRecord, ours: RealRecord) {
  const differences: Difference[] = []
  let compared = 0
  const check = (path: string, one: unknown, other: unknown) => {
    compared++
    if (canonical(one) !== canonical(other)) differences.push({ path, real: one, ours: other })
  }
  for (const name of whole) {
    if (name in real || (!added.has(name) && name in ours)) {
      check(name, real[name], ours[name])
    }
  }
  for (const name of ['requestParameters', 'responseElements']) {
    const [one, other] = [leaves(real[name]), leaves(ours[name])]
    for (const path of new Set([...one.keys(), ...other.keys()])) {
      check(`${name}${path}`, one.get(path), other.get(path))
    }
  }
  for (const name of additional) {
    const shown = real['additionalEventData']?.[name]
    if (shown !== undefined) check(name, shown, ours['additionalEventData']?.[name])
  }
  return { compared, differences }
}

/** Values by path; what is empty is a value too. */
function leaves(value: unknown, path = '', found = new Map<string, unknown>()) {
  const isNested = typeof value === 'object' && value !== null && Object.keys(value).length > 0
  if (!isNested) return found.set(path, value)
  for (const [name, one] of Object.entries(value)) leaves(one, `${path}.${name}`, found)
  return found
}

/** Order means nothing, nor does the comma that newer Java versions have in a time. */
function canonical(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.replace(/^(\w{3} \d+, \d{4}) (\d+:)/, '$1, $2'))
  }
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, one]) => `${name}:${canonical(one)}`)
    .sort()
    .join()
}
