import type { Clock } from './clock.ts'
import type { OperationModel, ServiceModel } from './gen/model.ts'
import type { Ids } from './ids.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }

/** Who a verified signature proves the caller to be. */
export type Principal = Readonly<{
  type: 'Root' | 'IAMUser'
  accountId: string
  arn: string
  /** The account for a root, AIDA… for a user. */
  principalId: string
  userName?: string
  accessKeyId: string
}>

/** What an operation knows of the call it serves. */
export type Context<Services> = Readonly<{
  caller: Principal & Readonly<{ region: string }>
  /** Sees durable state and own writes; writes go in with the call's record, or not at all. */
  tx: Transaction
  services: Services
  clock: Clock
  ids: Ids
  requestId: string
  /** A header, by its name in lower case, that is no member of the input: S3's If-Range. */
  header(name: string): string | undefined
  /** Aborted when the caller hangs up or the server stops; long polls end then. */
  signal: AbortSignal
  /**
   * Runs `task` the first time only; later runs of the same call get what it gave then. For what cannot be
   * done twice, such as reading a body that streams: it must leave nothing behind that anybody sees. `undo`
   * gets what it gave when the call is refused after all.
   */
  once<T>(task: () => Promise<T>, undo?: (made: T) => void): Promise<T>
  /** What else the call needs, such as the source of a copy. Throws ApiError AccessDenied. */
  authorize(action: string, ...resources: string[]): void
}>

/**
 * One operation of an AWS API. Its input has been parsed and validated against the model and the
 * caller is authorised before `run` is called; `run` may be called again when its transaction met
 * another writer, so it has no effect but through `tx` and its answer.
 */
export interface Operation<In = any, Out = any, Services = any> {
  readonly access: 'read' | 'write'
  /** The IAM action when it is not `<signing name>:<operation>`. */
  readonly action?: string | ((input: In) => string)
  /** Members that the operation checks itself, with errors of its own; the model's constraints leave them. */
  readonly ownChecks?: readonly string[]
  /** No policy is asked (sts:GetCallerIdentity), or only by `run`, of each thing (s3:DeleteObjects). */
  readonly unguarded?: boolean
  /**
   * The ARNs a policy must allow; `*` where absent. `tx` is the one `run` gets: an ARN may hold what
   * only state knows, such as a user's path.
   */
  resources?(input: In, caller: Principal & { region: string }, tx: Transaction): string[]
  /** The tags that the call sets or takes away: conditions may ask for them. */
  tags?(input: In): readonly Tag[] | undefined
  run(input: In, context: Context<Services>): Promise<Out>
  /** The `resources` of the record: what the call touched. */
  recorded?(
    input: In,
    output: Out | undefined,
    caller: Principal & { region: string },
  ): RecordedResource[]
  /** 'Data' for a data event; 'Management' where absent. */
  readonly category?: 'Management' | 'Data'
}

/** One to be taken away may have its key alone. */
export type Tag = Readonly<{ Key: string; Value?: string }>

export type RecordedResource = Readonly<{ ARN: string; accountId?: string; type?: string }>

/** One service on the wire: what its model says and the operations that are built. */
export type Service = Readonly<{
  model: ServiceModel
  /** `iam.amazonaws.com` */
  eventSource: string
  /** Its records carry us-east-1 whatever Region was called: IAM (`core.md` 2.4). */
  global?: boolean
  operations: Readonly<Record<string, Operation>>
  services: unknown
  /** What its records have in a form of its own; where absent, the model's. */
  recorded?(call: ApiCall): OwnMembers
  /** What the service did in the course of a call and records besides it, as its own events. */
  effects?(call: ApiCall): readonly ServiceEvent[]
}>

/** An event of type AwsServiceEvent: the record of the call with these members in place of its own. */
export type ServiceEvent = Readonly<{
  eventName: string
  requestParameters: unknown
  resources: readonly object[]
}>

/** Members of a record that depend on the service. */
export type OwnMembers = Readonly<{
  /** Where it is another than the operation's. */
  eventName?: string
  awsRegion?: string
  userAgent?: string
  requestParameters: unknown
  responseElements: unknown
  additionalEventData?: Readonly<Record<string, unknown>>
  resources?: readonly object[]
}>

/**
 * Optimistic, in memory until commit. `get` and `list` remember what they saw; the commit fails with
 * ConflictError when any of it has changed.
 */
export interface Transaction {
  get<T>(kind: string, key: string): T | undefined
  /** Keys with the prefix, in byte order. */
  list<T>(kind: string, prefix?: string): Array<readonly [key: string, value: T]>
  put(kind: string, key: string, value: unknown): void
  delete(kind: string, key: string): void
  /** Documents that are too many for memory; they go in with the same commit. */
  readonly rows: Rows
  /** Called once the transaction's changes are durable and visible; never when they are refused. */
  whenCommitted(task: () => void): void
  readonly dirty: boolean
}

/** Where `range` reads: keys from `from` up to but not `to`, in byte order. */
export type RowRange = Readonly<{
  from: Buffer
  to: Buffer
  /** Rows at most. */
  limit: number
  /** From the last one backwards. */
  reverse?: boolean
  /** The commit fails when a row in the range came, changed or went since; else nobody looks. */
  exact?: boolean
}>

/**
 * JSON documents on disk, by table and key: bytes, in byte order. Reads show what was committed before they
 * began; `get` also this transaction's own writes, and its commit fails when the row has changed since.
 * Reads reject with StorageError.
 */
export interface Rows {
  get<T>(table: string, key: Buffer): Promise<T | undefined>
  range<T>(table: string, range: RowRange): Promise<Array<readonly [key: Buffer, value: T]>>
  put(table: string, key: Buffer, value: unknown): void
  delete(table: string, key: Buffer): void
}

/** All that is known of one call when it ends: what its record is made from. */
export type ApiCall = Readonly<{
  requestId: string
  service: Service
  operation: string
  model?: OperationModel
  access: 'read' | 'write'
  category: 'Management' | 'Data'
  /** Where the call is recorded: us-east-1 for a global service. */
  region: string
  accountId: string
  /** Milliseconds since the epoch. */
  startedAt: number
  sourceIp: string
  userAgent?: string
  host?: string
  tls?: Readonly<{ version: string; cipher: string }>
  /** Undefined when no valid signature proves anybody. */
  principal?: Principal
  signature?: 'AuthHeader' | 'QueryString'
  /** The access key id that a refused signature claimed; never shown as the identity. */
  claimedAccessKeyId?: string
  /** As parsed by the model; undefined when it could not be. */
  input?: Record<string, unknown>
  /** S3, whose records show the request as it was sent. */
  http?: Readonly<{
    /** Parts of the path by the model's names. */
    labels: Readonly<Record<string, string>>
    /** Raw. */
    query: string
    headers: Readonly<Record<string, string | undefined>>
    /** An XML body under its root's name. */
    document?: Readonly<Record<string, unknown>>
    /** Headers of the answer, by lower-case name. */
    answered: Readonly<Record<string, string>>
    /** Of the bodies. */
    bytesIn: number
    bytesOut: number
  }>
  output?: Record<string, unknown>
  error?: Readonly<{ code: string; message: string }>
  resources?: readonly RecordedResource[]
}>

/**
 * Makes the call's record and keeps it durably: with the transaction's changes when it has any.
 * The wire layer answers only after this resolves; ConflictError asks it to run the operation again.
 */
export type Complete = (call: ApiCall, tx?: Transaction) => Promise<void>
