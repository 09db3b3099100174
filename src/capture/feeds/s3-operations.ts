import { listed } from './fields.ts'

/** What S3's access log calls the things that verbs are about. */
const things: Readonly<Record<string, string>> = {
  ACCELERATE: 'BucketAccelerateConfiguration',
  ACL: 'BucketAcl',
  ANALYTICS: 'BucketAnalyticsConfiguration',
  BUCKETPOLICY: 'BucketPolicy',
  CORS: 'BucketCors',
  ENCRYPTION: 'BucketEncryption',
  INTELLIGENT_TIERING: 'BucketIntelligentTieringConfiguration',
  INVENTORY: 'BucketInventoryConfiguration',
  LIFECYCLE: 'BucketLifecycleConfiguration',
  LOCATION: 'BucketLocation',
  LOGGING_STATUS: 'BucketLogging',
  METRICS: 'BucketMetricsConfiguration',
  NOTIFICATION: 'BucketNotificationConfiguration',
  OBJECT_ATTRIBUTES: 'ObjectAttributes',
  OBJECT_LOCK: 'ObjectLockConfiguration',
  OBJECT_LOCK_CONFIGURATION: 'ObjectLockConfiguration',
  OBJECT_LOCK_LEGALHOLD: 'ObjectLegalHold',
  OBJECT_LOCK_RETENTION: 'ObjectRetention',
  OBJECT_TAGGING: 'ObjectTagging',
  OWNERSHIP_CONTROLS: 'BucketOwnershipControls',
  POLICY_STATUS: 'BucketPolicyStatus',
  PUBLIC_ACCESS_BLOCK: 'PublicAccessBlock',
  REPLICATION: 'BucketReplication',
  REQUEST_PAYMENT: 'BucketRequestPayment',
  TAGGING: 'BucketTagging',
  TORRENT: 'ObjectTorrent',
  VERSIONING: 'BucketVersioning',
  WEBSITE: 'BucketWebsite',
}

/** Where verb and thing together are one operation. */
const whole: Readonly<Record<string, string>> = {
  'BATCH.DELETE.OBJECT': 'DeleteObject',
  'REST.COPY.OBJECT': 'CopyObject',
  'REST.COPY.OBJECT_GET': 'GetObject',
  'REST.COPY.PART': 'UploadPartCopy',
  'REST.COPY.PART_GET': 'GetObject',
  'REST.DELETE.BUCKET': 'DeleteBucket',
  'REST.DELETE.OBJECT': 'DeleteObject',
  'REST.DELETE.UPLOAD': 'AbortMultipartUpload',
  'REST.GET.BUCKET': 'ListObjects',
  'REST.GET.BUCKETVERSIONS': 'ListObjectVersions',
  'REST.GET.OBJECT': 'GetObject',
  'REST.GET.SERVICE': 'ListBuckets',
  'REST.GET.UPLOAD': 'ListParts',
  'REST.GET.UPLOADS': 'ListMultipartUploads',
  'REST.HEAD.BUCKET': 'HeadBucket',
  'REST.HEAD.OBJECT': 'HeadObject',
  'REST.POST.MULTI_OBJECT_DELETE': 'DeleteObjects',
  'REST.POST.OBJECT': 'PutObject',
  'REST.POST.RESTORE': 'RestoreObject',
  'REST.POST.SELECT': 'SelectObjectContent',
  'REST.POST.UPLOAD': 'CompleteMultipartUpload',
  'REST.POST.UPLOADS': 'CreateMultipartUpload',
  'REST.PUT.BUCKET': 'CreateBucket',
  'REST.PUT.OBJECT': 'PutObject',
  'REST.PUT.PART': 'UploadPart',
  'WEBSITE.GET.OBJECT': 'GetObject',
  'WEBSITE.HEAD.OBJECT': 'HeadObject',
}

/**
 * The operation of S3 that `REST.PUT.OBJECT`, or versitygw's `s3_PutObject`, stands for. Whatever is not in
 * the tables still has a name made of its words: `REST.GET.NEW_THING` is `GetNewThing`.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 */
export function operationOfLog(logged: string, hasKey: boolean): string {
  const plain = /^(?:s3_)?([A-Z][a-z]\w*)$/.exec(logged)?.[1]
  if (plain) return plain === 'ListAllMyBuckets' ? 'ListBuckets' : plain
  const known = listed(whole, logged)
  if (known) return known
  const [verb = '', ...rest] = logged.split('.').slice(1)
  const thing = rest.join('_')
  if (!verb || !thing) return logged
  if (hasKey && thing === 'ACL') return `${words(verb)}ObjectAcl`
  if (hasKey && thing === 'TAGGING') return `${words(verb)}ObjectTagging`
  return words(verb) + (listed(things, thing) ?? words(thing))
}

/** `NEW_THING` as `NewThing`. */
function words(text: string): string {
  return text
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join('')
}
