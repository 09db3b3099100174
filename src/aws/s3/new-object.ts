import { ApiError } from '../../errors.ts'
import type { ObjectVersion } from '../../objects/contract.ts'
import { parseTagging } from '../../objects/tags.ts'
import type { Context } from '../../operation.ts'
import { type AclInput, assertOwnersAcl } from './acl-input.ts'

/** What every operation that makes an object may say of it. */
export type NewObjectInput = AclInput &
  Readonly<{
    CacheControl?: string
    ContentDisposition?: string
    ContentEncoding?: string
    ContentLanguage?: string
    ContentType?: string
    Expires?: string
    Metadata?: Record<string, string>
    Tagging?: string
    StorageClass?: string
    ServerSideEncryption?: string
    SSECustomerAlgorithm?: string
    SSECustomerKey?: string
    SSECustomerKeyMD5?: string
    SSEKMSKeyId?: string
    SSEKMSEncryptionContext?: string
    BucketKeyEnabled?: boolean
    WebsiteRedirectLocation?: string
    ObjectLockMode?: string
    ObjectLockRetainUntilDate?: Date
    ObjectLockLegalHoldStatus?: string
  }>

/** Members of ObjectVersion that come from a request's head. */
export type ObjectHead = Pick<
  ObjectVersion,
  'headers' | 'metadata' | 'tags' | 'storageClass' | 'encryption'
>

/** Bytes of user metadata, names and values (AWS: 2 KB). */
const metadataBytesMax = 2_048

/** Those whose objects are read like any other; archives would have to be restored first. */
const storageClasses = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
]

/**
 * What the head of a request says of a new object. Throws ApiError NotImplemented for what is not built,
 * AccessControlListNotSupported, InvalidArgument, InvalidTag, and MetadataTooLarge.
 */
export function objectHead(input: NewObjectInput): ObjectHead {
  assertOwnersAcl(input)
  assertBuilt(input)
  const tags = parseTagging(input.Tagging)
  const { StorageClass: storageClass } = input
  return {
    headers: headersOf(input),
    metadata: checkedMetadata(input.Metadata ?? {}),
    ...(tags && { tags }),
    ...(storageClass && storageClass !== 'STANDARD' && { storageClass }),
    encryption: 'AES256',
  }
}

/** Asks for the permissions that tags and locks of a new object need besides that to put it. */
export function authorizeHead(
  input: NewObjectInput,
  arn: string,
  authorize: Context<unknown>['authorize'],
): void {
  if (input.Tagging) authorize('s3:PutObjectTagging', arn)
  if (input.ObjectLockMode) authorize('s3:PutObjectRetention', arn)
  if (input.ObjectLockLegalHoldStatus) authorize('s3:PutObjectLegalHold', arn)
}

function assertBuilt(input: NewObjectInput): void {
  const { ServerSideEncryption = 'AES256', StorageClass = 'STANDARD' } = input
  const customer = input.SSECustomerAlgorithm ?? input.SSECustomerKey ?? input.SSECustomerKeyMD5
  const keys = input.SSEKMSKeyId ?? input.SSEKMSEncryptionContext
  if (ServerSideEncryption !== 'AES256' || keys !== undefined || input.BucketKeyEnabled) {
    throw new ApiError('NotImplemented', 'Encryption by KMS keys is not built; use AES256.')
  }
  if (customer !== undefined) {
    throw new ApiError('NotImplemented', 'Encryption by keys of the customer is not built.')
  }
  if (!storageClasses.includes(StorageClass)) {
    throw new ApiError('NotImplemented', `The storage class ${StorageClass} is not built.`)
  }
  if (input.WebsiteRedirectLocation !== undefined) {
    throw new ApiError('NotImplemented', 'Websites of buckets are not built.')
  }
}

/** By the names that an answer shows them under. */
function headersOf(input: NewObjectInput): Record<string, string> {
  // The framing of the request's body is no coding of the object.
  const codings = input.ContentEncoding?.split(',').map((coding) => coding.trim())
  const named = {
    'cache-control': input.CacheControl,
    'content-disposition': input.ContentDisposition,
    'content-encoding': codings?.filter((coding) => coding !== 'aws-chunked').join(','),
    'content-language': input.ContentLanguage,
    'content-type': input.ContentType,
    expires: input.Expires,
  }
  const given = Object.entries(named).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return Object.fromEntries(given)
}

function checkedMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(metadata).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  )
  const bytes = entries.reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0)
  if (bytes <= metadataBytesMax) return Object.fromEntries(entries)
  const text = 'Your metadata headers exceed the maximum allowed metadata size'
  const details = { Size: String(bytes), MaxSizeAllowed: String(metadataBytesMax) }
  throw new ApiError('MetadataTooLarge', text, { details })
}
