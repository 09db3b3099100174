import { captureRecord } from '../../record/captured.ts'
import { eventIdOf, type FeedContext } from './adapter.ts'

/** A call that an S3 server tells of. */
export type S3Event = Readonly<{
  nativeId: string
  /** Milliseconds since the epoch. */
  time: number
  /** As S3's model names it: `ListObjectsV2`. */
  operation: string
  bucket?: string
  key?: string
  /** Raw, without `?`. */
  query?: string
  headers?: Readonly<Record<string, string | undefined>>
  answered?: Readonly<Record<string, string | undefined>>
  status: number
  errorCode?: string
  errorMessage?: string
  requestId?: string
  /** As the server proved it. */
  user?: Readonly<{ name?: string; arn?: string; accountId?: string; accessKeyId?: string }>
  /** The server did it by itself. */
  isService?: boolean
  signature?: 'AuthHeader' | 'QueryString'
  sourceIp?: string
  bytesIn?: number
  bytesOut?: number
  tls?: Readonly<{ version: string; cipher: string }>
  /** What CloudTrail has no member for, by the server's names. */
  more?: Readonly<Record<string, unknown>>
}>

/** CloudTrail's for a request that nobody signed, and for what the service does by itself. */
const anonymous = { type: 'AWSAccount', principalId: '', accountId: 'ANONYMOUS_PRINCIPAL' }
const service = { type: 'AWSService', invokedBy: 's3.amazonaws.com' }

/** The record as CloudTrail would have it of the call. What the server does not tell is not in it. */
export function s3Record(event: S3Event, context: FeedContext): Buffer {
  const { bucket: Bucket, key: Key, user, requestId, status } = event
  const { operation } = event
  const isRole = user?.arn?.includes(':assumed-role/') ?? false
  // Some tell only the status.
  const code = event.errorCode ?? (status >= 400 ? String(status) : undefined)
  const record = captureRecord(
    {
      call: {
        signingName: 's3',
        // The rules of S3, whatever the source is called here.
        eventSource: 's3.amazonaws.com',
        operation,
        eventName: operation,
        protocol: 'restXml',
        region: context.region,
      },
      parameters: { labels: { ...(Bucket && { Bucket }), ...(Key && { Key }) } },
      answer: {
        status,
        requestId,
        ...(code && { error: { code, message: event.errorMessage } }),
      },
      caller: {
        accessKeyId: user?.accessKeyId,
        principal: {
          type: isRole ? 'AssumedRole' : 'IAMUser',
          principalId: user?.name,
          userName: isRole ? undefined : user?.name,
          arn: user?.arn,
          accountId: user?.accountId ?? context.accountId,
        },
      },
      signature: event.signature,
      sourceIp: event.sourceIp ?? 'unknown',
      http: {
        query: event.query ?? '',
        headers: event.headers ?? {},
        answered: event.answered ?? {},
        bytesIn: event.bytesIn ?? 0,
        bytesOut: event.bytesOut ?? 0,
      },
      tls: event.tls,
    },
    {
      eventID: eventIdOf(context.feed, event.nativeId),
      now: event.time,
      recipientAccountId: context.accountId,
    },
  )
  const additionalEventData = {
    ...(record['additionalEventData'] as object),
    ...(event.bytesIn === undefined && { bytesTransferredIn: undefined }),
    ...(event.bytesOut === undefined && { bytesTransferredOut: undefined }),
    ...event.more,
  }
  return Buffer.from(
    JSON.stringify({
      ...record,
      ...(event.isService ? { userIdentity: service } : !user && { userIdentity: anonymous }),
      eventSource: context.eventSource,
      additionalEventData,
      tlsDetails: event.tls && record['tlsDetails'],
    }),
  )
}
