import { ApiError } from '../../errors.ts'
import type { GetObjectOutput, GetObjectRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import { type ByteSelection, selectBytes } from '../../objects/byte-selection.ts'
import type { ObjectVersion } from '../../objects/contract.ts'
import { checkKey } from '../../objects/object-key.ts'
import { assertReadable, isSameRange } from '../../objects/read-conditions.ts'
import type { Context } from '../../operation.ts'
import { addressed, shownVersion } from './addressed.ts'
import { checksumMember } from './checksum-members.ts'
import { expirationShape } from './expiration-shape.ts'

/** What reading an object and looking at its head have in common: all of the answer but the content. */
export async function readVersion(
  input: Omit<GetObjectRequest, 'Body'>,
  { tx, authorize, header }: Pick<Context<unknown>, 'tx' | 'authorize' | 'header'>,
): Promise<{ version: ObjectVersion; selection: ByteSelection; head: GetObjectOutput }> {
  assertUnencrypted(input)
  checkKey(input.Key)
  const { bucket, version } = await addressed(tx, input).catch((error: unknown) => {
    // Whether a key exists is told to those only who may list the keys.
    if (error instanceof ApiError && error.code === 'NoSuchKey') {
      authorize('s3:ListBucket', bucketArn(input.Bucket))
    }
    throw error
  })
  assertReadable(version, input)
  const { Range, ...whole } = input
  const selection = selectBytes(version, isSameRange(version, header('if-range')) ? input : whole)
  const { start, end, range, partsCount, checksum } = selection
  const isShown = input.ChecksumMode === 'ENABLED' && checksum !== undefined
  const head = {
    ...shownVersion(bucket, version),
    ...versionHead(version, input),
    // Of a version that is named nobody knows here whether it is the current one.
    ...(input.VersionId === undefined && expirationShape(bucket, version)),
    AcceptRanges: 'bytes',
    ContentLength: end - start,
    ContentRange: range,
    PartsCount: partsCount,
    ...(isShown && checksumMember(checksum.algorithm, checksum.value)),
    ...(isShown && { ChecksumType: checksum.type }),
  }
  return { version, selection, head }
}

function assertUnencrypted(input: GetObjectRequest): void {
  const { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 } = input
  if ((SSECustomerAlgorithm ?? SSECustomerKey ?? SSECustomerKeyMD5) === undefined) return
  throw new ApiError('NotImplemented', 'Encryption by keys of the customer is not built.')
}

/** What was said of the object when it was made, or what the caller wants to be said of it. */
function versionHead(version: ObjectVersion, input: GetObjectRequest): GetObjectOutput {
  const { headers, tags, retention, legalHold } = version
  return {
    LastModified: new Date(version.lastModified),
    ETag: `"${version.etag}"`,
    CacheControl: input.ResponseCacheControl ?? headers['cache-control'],
    ContentDisposition: input.ResponseContentDisposition ?? headers['content-disposition'],
    ContentEncoding: input.ResponseContentEncoding ?? headers['content-encoding'],
    ContentLanguage: input.ResponseContentLanguage ?? headers['content-language'],
    ContentType: input.ResponseContentType ?? headers['content-type'] ?? 'binary/octet-stream',
    Expires: input.ResponseExpires?.toUTCString() ?? headers['expires'],
    Metadata: version.metadata,
    ServerSideEncryption: version.encryption,
    StorageClass: version.storageClass as GetObjectOutput['StorageClass'],
    TagCount: tags && (Object.keys(tags).length || undefined),
    ObjectLockMode: retention?.mode,
    ObjectLockRetainUntilDate: retention && new Date(retention.until),
    ObjectLockLegalHoldStatus: legalHold === undefined ? undefined : legalHold ? 'ON' : 'OFF',
  }
}
