import type { ApiCall, OwnMembers, ServiceEvent } from '../../operation.ts'

/** What is asked of an S3 call, one of ours or a captured one. */
export type S3Call = Pick<
  ApiCall,
  | 'operation'
  | 'region'
  | 'access'
  | 'category'
  | 'host'
  | 'userAgent'
  | 'signature'
  | 'tls'
  | 'input'
  | 'output'
  | 'error'
  | 'http'
>

/** Whose a bucket is and where; undefined for none. */
export type FindBucket = (
  name: string,
) => Readonly<{ accountId: string; region: string }> | undefined

/** Operations whose records have the name of S3's older API (`capture-and-neighbours.md` A.2). */
export const recordedNames: Readonly<Record<string, string>> = {
  DeleteBucketAnalyticsConfiguration: 'DeleteAnalyticsConfiguration',
  DeleteBucketIntelligentTieringConfiguration: 'DeleteIntelligentTieringConfiguration',
  DeleteBucketInventoryConfiguration: 'DeleteInventoryConfiguration',
  DeleteBucketMetricsConfiguration: 'DeleteMetricsConfiguration',
  DeletePublicAccessBlock: 'DeleteBucketPublicAccessBlock',
  GetBucketAccelerateConfiguration: 'GetAccelerateConfiguration',
  GetBucketAnalyticsConfiguration: 'GetAnalyticsConfiguration',
  GetBucketIntelligentTieringConfiguration: 'GetIntelligentTieringConfiguration',
  GetBucketInventoryConfiguration: 'GetInventoryConfiguration',
  GetBucketLifecycleConfiguration: 'GetBucketLifecycle',
  GetBucketMetricsConfiguration: 'GetMetricsConfiguration',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  ListBucketAnalyticsConfigurations: 'ListAnalyticsConfigurations',
  ListBucketIntelligentTieringConfigurations: 'ListIntelligentTieringConfigurations',
  ListBucketInventoryConfigurations: 'ListInventoryConfigurations',
  ListBucketMetricsConfigurations: 'ListMetricsConfigurations',
  ListObjectsV2: 'ListObjects',
  PutBucketAccelerateConfiguration: 'PutAccelerateConfiguration',
  PutBucketAnalyticsConfiguration: 'PutAnalyticsConfiguration',
  PutBucketIntelligentTieringConfiguration: 'PutIntelligentTieringConfiguration',
  PutBucketInventoryConfiguration: 'PutInventoryConfiguration',
  PutBucketLifecycleConfiguration: 'PutBucketLifecycle',
  PutBucketMetricsConfiguration: 'PutMetricsConfiguration',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
}

/** Calls about the keys of a bucket, not one of them: their records have a prefix of ARNs. */
const ofManyKeys = new Set([
  'DeleteObjects',
  'HeadBucket',
  'ListMultipartUploads',
  'ListObjectVersions',
  'ListObjects',
  'ListObjectsV2',
])

/** Headers that say what is asked for; keys of encryption, tokens and what only carries the call are not. */
const shownHeaders = new RegExp(
  `^x-amz-(${[
    '(acl|grant-.*|storage-class|request-payer|website-redirect-location|rename-source)',
    '(copy-source|copy-source-if-.*|copy-source-range|metadata-directive|tagging-directive)',
    '(bucket-object-lock-enabled|object-lock-.*|bypass-governance-retention)',
    '(object-ownership|expected-bucket-owner)',
    'server-side-encryption(-(aws-kms-key-id|context|bucket-key-enabled|customer-algorithm))?',
  ].join('|')})$`,
)
/** Parameters of a presigned URL that could be used again. */
const hiddenParameters = new Set([
  'AWSAccessKeyId',
  'Signature',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
])
/** Headers of an answer that say what was made of the object. */
const shownAnswers =
  /^x-amz-(server-side-encryption|version-id|delete-marker|expiration|copy-source-version-id)/

/**
 * What the record of an S3 call has of its own: parameters under their names on the wire, the client's name
 * in brackets, the bytes that were moved, the bucket's Region and, for an event of an object, the object and
 * its bucket.
 */
export function s3Members(call: S3Call, findBucket: FindBucket): OwnMembers {
  const { Bucket } = call.http!.labels
  const bucket = Bucket === undefined ? undefined : findBucket(Bucket)
  return {
    eventName: Object.hasOwn(recordedNames, call.operation)
      ? recordedNames[call.operation]
      : call.operation,
    awsRegion: bucket?.region ?? call.region,
    userAgent: call.userAgent && `[${call.userAgent}]`,
    requestParameters: parameters(call),
    responseElements: elements(call),
    additionalEventData: {
      ...(call.signature && { SignatureVersion: versionOf(call.http!.query) }),
      CipherSuite: call.tls?.cipher,
      bytesTransferredIn: call.http!.bytesIn,
      AuthenticationMethod: call.signature,
      'x-amz-id-2': call.http!.answered['x-amz-id-2'],
      bytesTransferredOut: call.http!.bytesOut,
    },
    resources: resources(call, bucket?.accountId),
  }
}

/** The first signature is in the query alone here. */
function versionOf(query: string): 'SigV2' | 'SigV4' {
  return /(^|&)AWSAccessKeyId=/.test(query) ? 'SigV2' : 'SigV4'
}

function parameters(call: S3Call): Record<string, unknown> {
  const { labels, query, headers, document } = call.http!
  const { Bucket, Key } = labels
  const asked = [...new URLSearchParams(query)].filter(([name]) => !hiddenParameters.has(name))
  const sent = Object.entries(headers).filter(([name]) => shownHeaders.test(name))
  return {
    bucketName: Bucket,
    Host: call.host,
    ...Object.fromEntries([...asked, ...sent]),
    ...(call.category === 'Management' && document),
    ...(call.operation === 'PutBucketPolicy' && { bucketPolicy: policyOf(call) }),
    key: Key,
  }
}

/** As JSON where it is that. */
function policyOf({ input }: S3Call): unknown {
  const text = input?.['Policy']
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    return text
  }
}

function elements({ access, error, http }: S3Call): Record<string, unknown> | null {
  if (access === 'read' || error) return null
  const shown = Object.entries(http!.answered).filter(([name]) => shownAnswers.test(name))
  return shown.length > 0 ? Object.fromEntries(shown) : null
}

function resources(call: S3Call, accountId: string | undefined): object[] | undefined {
  const { Bucket, Key } = call.http!.labels
  if (Bucket === undefined || call.operation === 'CreateBucket') return undefined
  const arn = `arn:aws:s3:::${Bucket}`
  const bucket = { ...(accountId && { accountId }), type: 'AWS::S3::Bucket', ARN: arn }
  const type = 'AWS::S3::Object'
  if (Key !== undefined) return [{ type, ARN: `${arn}/${Key}` }, bucket]
  return ofManyKeys.has(call.operation) ? [{ type, ARNPrefix: `${arn}/` }, bucket] : [bucket]
}

/**
 * DeleteObjects does not show in its record what it deleted: CloudTrail has an event of its own for each
 * object (`core.md` 1.13). Their exact members are unconfirmed.
 */
export function s3Effects(call: S3Call, findBucket: FindBucket): ServiceEvent[] {
  if (call.operation !== 'DeleteObjects') return []
  const Bucket = call.http!.labels['Bucket']!
  const asked = (call.input?.['Delete'] as DeleteInput | undefined)?.Objects ?? []
  const errors = (call.output?.['Errors'] ?? []) as readonly ObjectName[]
  const refused = new Set(errors.map(nameOf))
  const deleted = new Map(asked.map((object) => [nameOf(object), object]))
  return [...deleted].flatMap(([name, { Key, VersionId }]) => {
    if (refused.has(name)) return []
    const http = { ...call.http!, labels: { Bucket, Key } }
    const requestParameters = {
      bucketName: Bucket,
      Host: call.host,
      key: Key,
      versionId: VersionId,
    }
    const own = resources({ ...call, http }, findBucket(Bucket)?.accountId)!
    return [{ eventName: 'DeleteObject', requestParameters, resources: own }]
  })
}

type ObjectName = Readonly<{ Key: string; VersionId?: string }>
type DeleteInput = Readonly<{ Objects?: readonly ObjectName[] }>

function nameOf({ Key, VersionId = '' }: ObjectName): string {
  return `${VersionId}\0${Key}`
}
