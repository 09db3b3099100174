import { isoSeconds } from '../clock.ts'
import type { ServiceModel } from '../gen/model.ts'
import { bounded, clipped } from './bounds.ts'
import { type Caller, callerIdentity, claimedBy } from './captured-identity.ts'
import { shapedCall } from './services/shaped-call.ts'

/** The service and operation that were called; what the registry makes of a request. */
export type CapturedCall = Readonly<{
  /** In the credential scope, or guessed: `ec2`. */
  signingName: string
  /** `ec2.amazonaws.com` */
  eventSource: string
  /** As the model names it, and as CloudTrail does: `CreateFunction`, `CreateFunction20150331`. */
  operation: string
  eventName: string
  /** `ec2Query`, `awsJson1.1`, … */
  protocol: string
  region: string
  /** Undefined for a service of which only names are known. */
  model?: CapturedModel
}>

/** What of a model a record needs; for a service of which only names are known it has no shapes. */
export type CapturedModel = Pick<ServiceModel, 'apiVersion' | 'operations' | 'shapes' | 'errors'>

/** What was asked for. */
export type CapturedParameters = Readonly<{
  /**
   * Members by the model's names; without a model as they came. Times are Date, or as on the wire; blobs are
   * bytes, or base64.
   */
  members?: Readonly<Record<string, unknown>>
  /** REST: parts of the path by the model's names. */
  labels?: Readonly<Record<string, string>>
  /** An XML body under its root's name. */
  document?: Readonly<Record<string, unknown>>
}>

/** What was answered. */
export type CapturedAnswer = Readonly<{
  status: number
  requestId?: string
  /** The code of the wire, without namespace. */
  error?: Readonly<{ code: string; message?: string }>
  /** As of parameters; undefined for an error and where the answer could not be read. */
  members?: Readonly<Record<string, unknown>>
}>

/** One call that passed by, and all that is known of it. */
export type CapturedExchange = Readonly<{
  call: CapturedCall
  parameters: CapturedParameters
  /** Undefined when there was none. */
  answer?: CapturedAnswer
  /** Why there was none, or none that is whole; counts before the answer's own error. */
  failure?: Readonly<{ code: string; message: string }>
  caller: Caller
  signature?: 'AuthHeader' | 'QueryString'
  sourceIp: string
  http: Readonly<{
    /** Raw, without `?`. */
    query: string
    /** By lower-case name. */
    headers: Readonly<Record<string, string | undefined>>
    answered: Readonly<Record<string, string | undefined>>
    /** Of the bodies. */
    bytesIn: number
    bytesOut: number
  }>
  tls?: Readonly<{ version: string; cipher: string }>
}>

export type CaptureOptions = Readonly<{
  eventID: string
  /** When the call ended: milliseconds since the epoch. */
  now: number
  recipientAccountId: string
}>

/**
 * The record of a call, as CloudTrail would have made it; members in its order (`core.md` 1.2). It holds no
 * secret that the model or our tables know of.
 */
export function captureRecord(
  exchange: CapturedExchange,
  { eventID, now, recipientAccountId }: CaptureOptions,
): Record<string, unknown> {
  const { call, answer, caller, http, sourceIp, tls } = exchange
  const shaped = shapedCall(exchange, recipientAccountId)
  const error = exchange.failure ?? shaped.error
  return {
    eventVersion: '1.11',
    userIdentity: callerIdentity(caller),
    eventTime: isoSeconds(now),
    eventSource: call.eventSource,
    eventName: shaped.eventName,
    awsRegion: shaped.awsRegion,
    sourceIPAddress: sourceIp,
    userAgent: clipped(shaped.userAgent),
    errorCode: clipped(error?.code),
    errorMessage: clipped(error?.message),
    requestParameters: bounded(shaped.requestParameters),
    responseElements: error ? null : bounded(shaped.responseElements),
    additionalEventData: withClaim(shaped.additionalEventData, claimedBy(caller)),
    requestID: clipped(answer?.requestId),
    eventID,
    readOnly: shaped.readOnly,
    resources: shaped.resources,
    eventType: 'AwsApiCall',
    apiVersion: shaped.apiVersion,
    managementEvent: shaped.category === 'Management',
    recipientAccountId,
    eventCategory: shaped.category,
    tlsDetails: {
      tlsVersion: tls?.version,
      cipherSuite: tls?.cipher,
      clientProvidedHostHeader: clipped(http.headers['host']),
    },
  }
}

function withClaim(
  data: Readonly<Record<string, unknown>> | undefined,
  claimedAccessKeyId: string | undefined,
): Readonly<Record<string, unknown>> | undefined {
  return claimedAccessKeyId ? { ...data, claimedAccessKeyId } : data
}
