// A record's call and its answer as they may have been on the wire.
import { styleOf } from '../src/record/services/styles.ts'
import { wireError } from './encode/error.ts'
import {
  type Members,
  ownProtocol,
  type WireAnswer,
  type WireModel,
  type WireRequest,
  wireAnswer,
  wireRequest,
} from './encode/wire.ts'
import type { RealRecord } from './fidelity.ts'
import { filled, invert, invertEc2, NotRebuilt } from './fidelity-invert.ts'
import { s3Operation, s3Request } from './fidelity-s3.ts'

/** Of an event source, the model whose operations have that name. */
export type FindModel = (
  eventSource: string,
  isOperation: (model: WireModel) => boolean,
) => WireModel | undefined

export type Rebuilt = Readonly<{ request: WireRequest; answer: WireAnswer }>

/**
 * Signed by that access key, as far as anybody can tell who has no secret; with the client's name and address
 * that the record shows, and the ids that it was answered with. Throws NotRebuilt.
 */
export function rebuild(real: RealRecord, findModel: FindModel, accessKeyId: string): Rebuilt {
  if (!real['eventTime'] || !real['userIdentity']) throw new NotRebuilt('its publisher made it up')
  if (/"\.\.\."/.test(JSON.stringify(real))) throw new NotRebuilt('its publisher took values out')
  const { model, operation } = called(real, findModel)
  const request = requestOf(real, model, operation)
  const answer = answerOf(real, model, operation)
  const region = real['awsRegion']
  const scope = `${accessKeyId}/20230710/${region}/${model.signingName}/aws4_request`
  const host = real['tlsDetails']?.clientProvidedHostHeader
  const headers = {
    host: host ?? `${model.signingName}.${region}.amazonaws.com`,
    ...request.headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`,
    'user-agent': sentUserAgent(real),
    'x-forwarded-for': real['sourceIPAddress'],
  }
  const secondId = real['additionalEventData']?.['x-amz-id-2']
  const answered = { ...answer.headers, ...(secondId && { 'x-amz-id-2': secondId }) }
  return { request: { ...request, headers }, answer: { ...answer, headers: answered } }
}

/** S3's records put what the client calls itself in brackets. */
function sentUserAgent({ eventSource, userAgent = '' }: RealRecord): string {
  return eventSource === 's3.amazonaws.com' ? userAgent.replace(/^\[(.*)\]$/, '$1') : userAgent
}

function called(real: RealRecord, findModel: FindModel): { model: WireModel; operation: string } {
  const { eventSource, eventName } = real
  const isS3 = eventSource === 's3.amazonaws.com'
  const name = isS3 ? eventName : plainName(eventName)
  const model = findModel(eventSource, (one) =>
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
    : ownProtocol(model) === 'ec2Query'
      ? invertEc2(requestParameters, input, model, { operation, isAnswer: false })
      : invert(requestParameters, input, model)
  return wireRequest(model, operation, members as object as Members)
}

function answerOf(real: RealRecord, model: WireModel, operation: string): WireAnswer {
  const { responseElements, errorCode, requestID = 'none' } = real
  if (errorCode) return wireError(model, { ...wireErrorOf(real, model), requestId: requestID })
  const { output } = model.operations[operation]!
  const isRead = real['readOnly'] && !responseElements
  const isEmpty = output === undefined || (!responseElements && !isRead)
  const members = isEmpty
    ? {}
    : isRead
      ? filled(output, model)
      : ownProtocol(model) === 'ec2Query'
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
