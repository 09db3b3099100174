import { activityRecord } from './activity-record.ts'
import { type Adapter, collect, contentId, type FeedContext, Refusal } from './adapter.ts'
import { type Fields, fields, listed, number, text, time } from './fields.ts'
import { jsonItems } from './items.ts'
import { type S3Event, s3Record } from './s3-record.ts'

/** MinIO's names of operations where S3's are others. */
const operations: Readonly<Record<string, string>> = {
  CopyObjectPart: 'UploadPartCopy',
  DeleteMultipleObjects: 'DeleteObjects',
  GetBucketObjectLockConfig: 'GetObjectLockConfiguration',
  ListBucketVersions: 'ListObjectVersions',
  ListObjectParts: 'ListParts',
  ListObjectsV1: 'ListObjects',
  ListObjectVersionsM: 'ListObjectVersions',
  ListObjectsV2M: 'ListObjectsV2',
  NewMultipartUpload: 'CreateMultipartUpload',
  PostPolicyBucket: 'PutObject',
  PutBucket: 'CreateBucket',
  PutBucketObjectLockConfig: 'PutObjectLockConfiguration',
  PutObjectPart: 'UploadPart',
}

/**
 * MinIO's and AIStor's audit webhook: one entry of version 1 a request, or some of them one after the other.
 * Requests of S3 and STS become records of those; what concerns MinIO alone becomes an activity.
 *
 * https://min.io/docs/minio/linux/operations/monitoring/minio-logging.html
 */
export const minio: Adapter = (bytes, context) =>
  collect(jsonItems(bytes, context), context, (value) => {
    const entry = fields(value)
    const name = text(fields(entry['api'])['name']) ?? refusedEarly(entry)
    const path = text(entry['requestPath']) ?? ''
    const isOwn = path.startsWith('/minio/') || !text(entry['requestID']) || name === unknownCall
    return [
      isOwn
        ? activity(entry, name, context)
        : s3Record(s3Event(entry, name), source(name, context)),
    ]
  })

/** What MinIO refuses before it looks for the operation, for a wrong time or signature, has no name. */
function refusedEarly(entry: Fields): string {
  if (!text(entry['requestPath'])) throw new Refusal('no api.name')
  return unknownCall
}

const unknownCall = 'UnknownOperation'

/** STS lies on the same address. */
function source(name: string, context: FeedContext): FeedContext {
  return name.startsWith('AssumeRole') ? { ...context, eventSource: 'sts.amazonaws.com' } : context
}

function s3Event(entry: Fields, name: string): S3Event {
  const api = fields(entry['api'])
  const query = new URLSearchParams(texts(entry['requestQuery'])).toString()
  const headers = lowered(entry['requestHeader'])
  const answered = lowered(entry['responseHeader'])
  const status = number(api['statusCode']) ?? 0
  return {
    nativeId: nativeIdOf(entry),
    time: time(entry['time']),
    operation: listed(operations, name) ?? name,
    bucket: text(api['bucket']),
    key: text(api['object']),
    query,
    headers: {
      ...headers,
      host: text(entry['requestHost']) ?? headers['host'],
      'user-agent': agent(entry),
    },
    answered,
    status,
    errorCode: errorCode(status, text(api['status']), answered['x-minio-error-code']),
    errorMessage: text(entry['error']) ?? answered['x-minio-error-desc'],
    requestId: text(entry['requestID']),
    user: userOf(entry),
    signature: 'X-Amz-Signature' in fields(entry['requestQuery']) ? 'QueryString' : signed(headers),
    sourceIp: host(text(entry['remotehost'])),
    bytesIn: known(api['rx']),
    bytesOut: known(api['tx']),
    more: {
      deploymentId: text(entry['deploymentid']),
      timeToResponse: text(api['timeToResponse']),
      parentUser: text(entry['parentUser']),
      objects: objects(api['objects']),
    },
  }
}

function activity(entry: Fields, name: string, context: FeedContext): Buffer {
  const api = fields(entry['api'])
  const status = number(api['statusCode']) ?? 0
  const user = userOf(entry)
  return activityRecord(
    {
      nativeId: nativeIdOf(entry),
      time: time(entry['time']),
      eventName: name,
      eventSource: 'minio.internal',
      readOnly: /^(Get|List|Info|Server|Storage|DataUsage|Health|Metrics|Inspect|Trace)/.test(name),
      userIdentity: user
        ? { type: 'IAMUser', principalId: user.name, details: { accessKeyId: user.accessKeyId } }
        : { type: 'Unknown' },
      sourceIPAddress: host(text(entry['remotehost'])),
      userAgent: agent(entry),
      errorCode: errorCode(status, text(api['status']), undefined),
      errorMessage: text(entry['error']),
      requestParameters: {
        path: text(entry['requestPath']),
        bucketName: text(api['bucket']),
        key: text(api['object']),
        objects: objects(api['objects']),
        ...texts(entry['requestQuery']),
      },
      additionalEventData: { trigger: text(entry['trigger']), statusCode: status || undefined },
      raw: entry,
    },
    context,
  )
}

/** A request can make more than one entry. */
function nativeIdOf(entry: Fields): string {
  const requestId = text(entry['requestID'])
  if (requestId === undefined) return contentId(entry)
  const { name, object } = fields(entry['api'])
  return JSON.stringify([entry['deploymentid'], requestId, entry['time'], name, object])
}

/** The access key of a user is its name; of a service account or a session the parent has one. */
function userOf(entry: Fields): { name: string; accessKeyId?: string } | undefined {
  const claims = fields(entry['requestClaims'])
  const accessKeyId = text(entry['accessKey']) ?? text(claims['accessKey'])
  const name = text(entry['parentUser']) ?? text(claims['parent']) ?? accessKeyId
  return name === undefined ? undefined : { name, accessKeyId }
}

/** MinIO says a code of S3 only where it answers no body; a refusal is nearly always this one. */
function errorCode(status: number, said?: string, code?: string): string | undefined {
  if (status < 400) return undefined
  if (code) return code
  return status === 403 ? 'AccessDenied' : (said?.replaceAll(' ', '') ?? String(status))
}

/** A number of bytes; -1 stands for one that MinIO does not know. */
function known(bytes: unknown): number | undefined {
  const found = number(bytes)
  return found === undefined || found < 0 ? undefined : found
}

function objects(value: unknown): unknown {
  return Array.isArray(value) && value.length > 0 ? value.slice(0, 100) : undefined
}

function agent(entry: Fields): string | undefined {
  return text(entry['userAgent'])
}

function signed(headers: Fields): 'AuthHeader' | undefined {
  return 'authorization' in headers ? 'AuthHeader' : undefined
}

/** Without a port. */
function host(address: string | undefined): string | undefined {
  return address?.replace(/^\[(.*)\]:\d+$/, '$1').replace(/^([^:]+):\d+$/, '$1')
}

function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields(value)).flatMap(([name, one]) =>
      typeof one === 'string' ? [[name, one]] : [],
    ),
  )
}

function lowered(value: unknown): Record<string, string> {
  const all = Object.entries(texts(value))
  return Object.fromEntries(all.map(([name, one]) => [name.toLowerCase(), one]))
}
