import type { Protocol, ServiceModel } from '../gen/model.ts'

/** How a call is written; `unknown` where nothing tells. */
export type CallProtocol = Protocol | 'ec2Query' | 'rpcV2Cbor' | 'unknown'

/** The beginning of a body that passed by; `isWhole` when that is all of it. */
export type KeptBody = Readonly<{ bytes: Buffer; isWhole: boolean }>

/** What a request asks for, as far as it tells. Nothing of it is proven. */
export type Recognised = Readonly<{
  /** The service of the credential scope, or guessed: `ec2`. */
  signingName: string
  /** Undefined for a service that no model describes. */
  model?: ServiceModel
  /** `ec2.amazonaws.com` */
  eventSource: string
  /** The model's name for it, or what the request calls it, or made of method and path. */
  operation: string
  /** CloudTrail's name for it: `CreateFunction20150331`. S3's own are `record/services/s3.ts`'s. */
  eventName: string
  region: string
  protocol: CallProtocol
  accessKeyId?: string
  kind: 'AuthHeader' | 'QueryString' | 'none'
  /** REST: parts of the path by the model's names, decoded. */
  labels: Readonly<Record<string, string>>
}>

/** What was asked for. */
export type Parameters = Readonly<{
  /**
   * By the model's names, times as Date and blobs as Buffer; as they came where no model fits. Undefined
   * where nothing could be read.
   */
  members?: Readonly<Record<string, unknown>>
  /** As recognised. */
  labels: Readonly<Record<string, string>>
  /** REST with XML: the body under its root's name. */
  document?: Readonly<Record<string, unknown>>
  /** There was more than was kept or could be read. */
  incomplete: boolean
}>

/** What was answered. */
export type Answer = Readonly<{
  status: number
  requestId?: string
  /** S3's second id. */
  hostId?: string
  /** As of parameters; undefined for an error. */
  members?: Readonly<Record<string, unknown>>
  /** The wire's code, without namespace or link. */
  error?: Readonly<{ code: string; message?: string }>
  incomplete: boolean
}>
