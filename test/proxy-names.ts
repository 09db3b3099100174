// What a call is to be recorded as, told from the raw request and AWS's documentation alone: none of the
// product's models or tables is used.
import { bodyOf, headerOf } from './proxy-tap.ts'

/** `s3.amazonaws.com GetObject` */
export function recordedAs(request: Buffer): string {
  const [service] = scopeOf(request)
  const { method, url } = firstLine(request)
  return `${service}.amazonaws.com ${operationOf(service, { request, method, url })}`
}

/** For which service and Region a request is signed, in its headers or in its query. */
export function scopeOf(request: Buffer): [service: string, region: string] {
  const { method, url } = firstLine(request)
  const inQuery = url.searchParams.get('X-Amz-Credential')
  // The signature of old is S3's alone and names no Region; the server's is this one.
  if (url.searchParams.has('AWSAccessKeyId')) return ['s3', 'us-east-1']
  const text = headerOf(request, 'authorization') ?? `Credential=${inQuery}`
  const [, region, service] = /\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(text) ?? []
  if (!region || !service) throw new Error(`not signed: ${method} ${url}`)
  return [service, region]
}

function firstLine(request: Buffer): { method: string; url: URL } {
  const [method = '', target = ''] = request.toString('latin1', 0, 8_192).split(' ', 2)
  return { method, url: new URL(target, 'http://a') }
}

type Asked = Readonly<{ request: Buffer; method: string; url: URL }>

function operationOf(service: string, asked: Asked): string | undefined {
  const { request, url } = asked
  if (service === 's3') return s3Name(asked)
  if (service === 'lambda') return lambdaName(asked)
  const inPath = /^\/service\/\w+\/operation\/(\w+)$/.exec(url.pathname)?.[1]
  const inTarget = headerOf(request, 'x-amz-target')?.split('.').at(-1)
  const inForm = new URLSearchParams(bodyOf(request).toString('latin1')).get('Action')
  return inPath ?? inTarget ?? inForm ?? undefined
}

/**
 * By the API's own words for what stands in the query.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
 */
const ofBucket: Readonly<Record<string, string>> = {
  acl: 'BucketAcl',
  accelerate: 'AccelerateConfiguration',
  cors: 'BucketCors',
  encryption: 'BucketEncryption',
  lifecycle: 'BucketLifecycle',
  location: 'BucketLocation',
  logging: 'BucketLogging',
  notification: 'BucketNotification',
  'object-lock': 'BucketObjectLockConfiguration',
  ownershipControls: 'BucketOwnershipControls',
  policy: 'BucketPolicy',
  publicAccessBlock: 'BucketPublicAccessBlock',
  replication: 'BucketReplication',
  requestPayment: 'BucketRequestPayment',
  tagging: 'BucketTagging',
  versioning: 'BucketVersioning',
  website: 'BucketWebsite',
}
const ofObject: Readonly<Record<string, string>> = {
  acl: 'ObjectAcl',
  attributes: 'ObjectAttributes',
  'legal-hold': 'ObjectLegalHold',
  retention: 'ObjectRetention',
  tagging: 'ObjectTagging',
}
/** `GET /b/k?uploadId=…`; the first that fits. */
const s3Rows: ReadonlyArray<readonly [method: string, level: string, key: string, name: string]> = [
  ['GET', 'service', '', 'ListBuckets'],
  ['GET', 'bucket', 'versions', 'ListObjectVersions'],
  ['GET', 'bucket', 'uploads', 'ListMultipartUploads'],
  ['GET', 'bucket', '', 'ListObjects'],
  ['HEAD', 'bucket', '', 'HeadBucket'],
  ['PUT', 'bucket', '', 'CreateBucket'],
  ['DELETE', 'bucket', '', 'DeleteBucket'],
  ['POST', 'bucket', 'delete', 'DeleteObjects'],
  ['POST', 'object', 'uploads', 'CreateMultipartUpload'],
  ['PUT', 'object', 'uploadId', 'UploadPart'],
  ['POST', 'object', 'uploadId', 'CompleteMultipartUpload'],
  ['GET', 'object', 'uploadId', 'ListParts'],
  ['DELETE', 'object', 'uploadId', 'AbortMultipartUpload'],
  ['GET', 'object', '', 'GetObject'],
  ['HEAD', 'object', '', 'HeadObject'],
  ['PUT', 'object', '', 'PutObject'],
  ['DELETE', 'object', '', 'DeleteObject'],
]

function s3Name({ request, method, url }: Asked): string | undefined {
  const [bucket = '', ...rest] = url.pathname.slice(1).split('/')
  const isObject = rest.join('/') !== ''
  const level = isObject ? 'object' : bucket === '' ? 'service' : 'bucket'
  const about = isObject ? ofObject : ofBucket
  const part = [...url.searchParams.keys()].find((key) => Object.hasOwn(about, key))
  if (part) return method.slice(0, 1) + method.slice(1).toLowerCase() + about[part]
  const isCopy = method === 'PUT' && headerOf(request, 'x-amz-copy-source') !== undefined
  if (isCopy && isObject) return url.searchParams.has('uploadId') ? 'UploadPartCopy' : 'CopyObject'
  const fits = ([verb, of, key]: (typeof s3Rows)[number]) =>
    verb === method && of === level && (key === '' || url.searchParams.has(key))
  return s3Rows.find(fits)?.[3]
}

/** Method, path below the date, and the name with the date that CloudTrail gives it. */
const lambdaRows: ReadonlyArray<readonly [method: string, path: RegExp, name: string]> = [
  ['POST', /^\/2015-03-31\/functions\/?$/, 'CreateFunction20150331'],
  ['GET', /^\/2015-03-31\/functions\/?$/, 'ListFunctions20150331'],
  ['GET', /^\/2015-03-31\/functions\/[^/]+$/, 'GetFunction20150331v2'],
  ['DELETE', /^\/2015-03-31\/functions\/[^/]+$/, 'DeleteFunction20150331'],
  ['GET', /^\/2015-03-31\/functions\/[^/]+\/versions$/, 'ListVersionsByFunction20150331'],
  ['GET', /^\/2015-03-31\/functions\/[^/]+\/policy$/, 'GetPolicy20150331v2'],
  ['PUT', /\/functions\/[^/]+\/configuration$/, 'UpdateFunctionConfiguration20150331v2'],
  ['GET', /^\/2015-03-31\/functions\/[^/]+\/configuration$/, 'GetFunctionConfiguration20150331v2'],
  ['GET', /\/functions\/[^/]+\/code-signing-config$/, 'GetFunctionCodeSigningConfig'],
]

function lambdaName({ method, url }: Asked): string | undefined {
  return lambdaRows.find(([verb, path]) => verb === method && path.test(url.pathname))?.[2]
}
