import { type AccessLogEntry, accessLogEntry } from './access-log-line.ts'
import { type Adapter, collect, contentId, type Item, Refusal } from './adapter.ts'
import { checkedTime, fields, number, text, time } from './fields.ts'
import { jsonItem, jsonItems, textItems } from './items.ts'
import { operationOfLog } from './s3-operations.ts'
import { s3Record } from './s3-record.ts'

/**
 * S3's server access log: lines as AWS and versitygw write them to a file, and the JSON objects of
 * versitygw's webhook.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 */
export const s3AccessLog: Adapter = (bytes, context) => {
  const isBody = context.isWhole && /^[\s\ufeff]*[{[]/.test(bytes.toString('utf8', 0, 64))
  const cut = isBody ? jsonItems(bytes, context) : textItems(bytes, context)
  return collect(cut, context, (value, item) => {
    // What versitygw writes whenever it opens its file.
    if (typeof value === 'string' && value.startsWith('log starts ')) return []
    return [s3Record(eventOf(entryOf(value), item), context)]
  })
}

/** Of a line of either form, or of an object that was cut out already. */
function entryOf(value: unknown): AccessLogEntry {
  if (typeof value !== 'string') return ofWebhook(value)
  if (!value.startsWith('{')) return accessLogEntry(value)
  const found = jsonItem(value)
  if (found instanceof Refusal) throw found
  return ofWebhook(found)
}

/** versitygw's names begin with a capital; empty texts stand for none. */
function ofWebhook(value: unknown): AccessLogEntry {
  const sent = fields(value)
  const get = (name: string) => {
    const found = text(sent[name])
    return found === '-' ? undefined : found
  }
  if (!get('Operation')) throw new Refusal('no Operation')
  return {
    bucketOwner: get('BucketOwner'),
    bucket: get('Bucket'),
    time: get('Time'),
    remoteIp: get('RemoteIP'),
    requester: get('Requester'),
    requestId: get('RequestID'),
    operation: get('Operation'),
    key: get('Key'),
    requestUri: get('RequestURI'),
    status: get('HttpStatus'),
    errorCode: get('ErrorCode'),
    bytesSent: get('BytesSent'),
    objectSize: get('ObjectSize'),
    totalTime: get('TotalTime'),
    turnAroundTime: get('TurnAroundTime'),
    referrer: get('Referer'),
    userAgent: get('UserAgent'),
    versionId: get('VersionID'),
    hostId: get('HostID'),
    signatureVersion: get('SignatureVersion'),
    cipherSuite: get('CipherSuite'),
    authenticationType: get('AuthenticationType'),
    hostHeader: get('HostHeader'),
    tlsVersion: get('TLSVersion'),
    accessPointArn: get('AccessPointARN'),
    aclRequired: get('AclRequired'),
  }
}

function eventOf(entry: AccessLogEntry, item: Item) {
  const { operation, key, requestUri = '', tlsVersion, cipherSuite, requestId } = entry
  if (operation === undefined) throw new Refusal('no operation')
  const query = /\?([^\s]*)/.exec(requestUri)?.[1]
  return {
    nativeId: requestId
      ? JSON.stringify([requestId, operation, entry.bucket, key, entry.versionId])
      : contentId(item.value),
    time: timeOf(entry.time),
    operation: operationOfLog(operation, key !== undefined),
    bucket: entry.bucket,
    key,
    query,
    headers: { host: entry.hostHeader, 'user-agent': entry.userAgent, referer: entry.referrer },
    answered: {
      'x-amz-id-2': entry.hostId,
      ...(entry.versionId && { 'x-amz-version-id': entry.versionId }),
    },
    status: Number(entry.status ?? 0),
    errorCode: entry.errorCode,
    requestId,
    user: userOf(entry.requester),
    isService: operation.startsWith('S3.'),
    signature: signatureOf(entry.authenticationType),
    sourceIp: entry.remoteIp,
    bytesOut: number(entry.bytesSent) ?? 0,
    tls: tlsVersion && cipherSuite ? { version: tlsVersion, cipher: cipherSuite } : undefined,
    more: {
      SignatureVersion: entry.signatureVersion,
      bucketOwner: entry.bucketOwner,
      objectSize: number(entry.objectSize),
      totalTime: number(entry.totalTime),
      turnAroundTime: number(entry.turnAroundTime),
      referrer: entry.referrer?.replace(/\?.*/, ''),
      accessPointArn: entry.accessPointArn,
      aclRequired: entry.aclRequired,
      sourceRegion: entry.sourceRegion,
      operation,
    },
  }
}

/** A canonical user id, a user's ARN or, of versitygw, an access key, which is also the user's name there. */
function userOf(requester: string | undefined) {
  if (requester === undefined) return undefined
  const arn = /^arn:[^:]*:(?:iam|sts)::(\d*):(?:user|assumed-role)\/(.+)$/.exec(requester)
  if (!arn) return { name: requester, accessKeyId: requester.length < 64 ? requester : undefined }
  return { name: arn[2]!.split('/').at(-1)!, arn: requester, accountId: arn[1] || undefined }
}

function signatureOf(type: string | undefined): 'AuthHeader' | 'QueryString' | undefined {
  return type === 'AuthHeader' || type === 'QueryString' ? type : undefined
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')

/** `21/Nov/2026:04:44:23 +0000`, the month also in full; of the webhook ISO 8601. */
function timeOf(value: string | undefined): number {
  const parts = /^(\d\d)\/([A-Za-z]+)\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/.exec(value ?? '')
  if (!parts) return time(value)
  const [, day, month, year, clock, hours, minutes] = parts
  const index = months.indexOf(month!.slice(0, 3).toLowerCase()) + 1
  const iso = `${year}-${String(index).padStart(2, '0')}-${day}T${clock}${hours}:${minutes}`
  return checkedTime(Date.parse(iso))
}
