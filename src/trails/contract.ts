import type { Transaction } from '../operation.ts'

/** A trail as it is set; document `trail`, key `trailKey`. */
export type Trail = Readonly<{
  /** Never used again, also when a trail of the same name is made anew. */
  id: string
  name: string
  accountId: string
  homeRegion: string
  /** `arn:aws:cloudtrail:<homeRegion>:<accountId>:trail/<name>` */
  arn: string
  /** Counts the changes: the higher one is the later one. */
  version: number
  bucket: string
  /** Without a slash at its end; '' for none. */
  prefix: string
  includeGlobalServiceEvents: boolean
  isMultiRegion: boolean
  logFileValidation: boolean
  /**
   * Whether what the trail causes by delivering is delivered too (AWS: true; here false where not asked for).
   */
  recursiveLogging: boolean
  isLogging: boolean
  /** Most recent of each, milliseconds since the epoch. */
  startedAt?: number
  stoppedAt?: number
  createdAt: number
  selectors: Selectors
  insightSelectors: ReadonlyArray<Readonly<{ InsightType: string; EventCategories?: string[] }>>
  tags: Readonly<Record<string, string>>
}>

/** As put, in the model's members, with defaults filled in. `undefined` lists are those not in force. */
export type Selectors = Readonly<{
  /** Something other than the default was put. */
  isCustom: boolean
  basic?: readonly BasicSelector[]
  advanced?: readonly AdvancedSelector[]
}>

export type BasicSelector = Readonly<{
  ReadWriteType: 'All' | 'ReadOnly' | 'WriteOnly'
  IncludeManagementEvents: boolean
  DataResources: ReadonlyArray<Readonly<{ Type: string; Values: readonly string[] }>>
  ExcludeManagementEventSources: readonly string[]
}>

export type AdvancedSelector = Readonly<{
  Name?: string
  FieldSelectors: readonly FieldSelector[]
}>

export type FieldSelector = Readonly<{
  Field: string
  Equals?: readonly string[]
  NotEquals?: readonly string[]
  StartsWith?: readonly string[]
  NotStartsWith?: readonly string[]
  EndsWith?: readonly string[]
  NotEndsWith?: readonly string[]
}>

/**
 * A change of a trail, kept until its consumers have passed it: document `trail-change`, key
 * `<trail id>/<requestId of the call>`. It takes effect at the journal position of that call's record: what
 * lies before is judged by the trail as it was, what lies behind by `after`. Of two whose records lie the
 * other way round than their versions, the lower version has no effect.
 */
export type TrailChange = Readonly<{
  requestId: string
  /** Undefined: the trail was deleted. */
  after: Trail | undefined
  version: number
  at: number
}>

/** How far a trail's log files have got: document `trail-status`, key `<trail id>/<region>`. Times in ms. */
export type TrailStatus = Readonly<{
  latestDeliveryTime?: number
  latestDeliveryError?: string
  latestAttemptTime?: number
}>

/** The same of its digests: document `digest-status`, key `<trail id>/<region>`. */
export type DigestStatus = Readonly<{
  latestDigestDeliveryTime?: number
  latestDigestDeliveryError?: string
}>

/**
 * A log file that lies in the bucket and in no digest yet: document `delivered-file`, key
 * `<trail id>/<region>/<deliveredAt, 13 digits>/<object key>`. Written by delivery in the commit that moves
 * its cursor; taken away by the commit that keeps the digest which lists it.
 */
export type DeliveredLogFile = Readonly<{
  bucket: string
  key: string
  /** Of the content before gzip, lower-case hex. */
  sha256: string
  newestEventTime: number
  oldestEventTime: number
  deliveredAt: number
}>

/**
 * Where log files and digests go. `embedded` is this server's own S3; `aws` any S3 endpoint. Rejects with
 * SinkError: `code` is S3's (`NoSuchBucket`, `AccessDenied`) or undefined when nobody answered.
 */
export interface Sink {
  /**
   * Tries what a delivery needs, as AWS does when a trail is made: reads the bucket's ACL and asks whether
   * the service principal may put objects under `prefix`.
   */
  check(destination: Destination): Promise<void>
  /** Durable when it resolves. The same key with the same bytes again is a success. */
  put(destination: Destination, object: SinkObject): Promise<void>
}

export type Destination = Readonly<{
  bucket: string
  prefix: string
  trailArn: string
  accountId: string
  /** The Region whose events are delivered: where the footprint is recorded. */
  region: string
}>

export type SinkObject = Readonly<{
  key: string
  body: Buffer
  /**
   * `content-type`, `content-encoding`, `x-amz-server-side-encryption`, `x-amz-meta-…`, all in lower case.
   */
  headers: Readonly<Record<string, string>>
}>

export class SinkError extends Error {
  override readonly name = 'SinkError'
  readonly code: string | undefined

  constructor(code: string | undefined, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** `<account>/<home Region>/<name>` */
export function trailKey({
  accountId,
  homeRegion,
  name,
}: Pick<Trail, 'accountId' | 'homeRegion' | 'name'>): string {
  return `${accountId}/${homeRegion}/${name}`
}

/** Every trail of an account, by home Region and name. */
export function listTrails(tx: Transaction, accountId: string): Trail[] {
  return tx.list<Trail>('trail', `${accountId}/`).map(([, trail]) => trail)
}
