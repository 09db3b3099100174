import { ApiError } from '../../errors.ts'
import type { PutObjectOutput, PutObjectRequest } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import type { ObjectServices } from '../../objects/contract.ts'
import { checkKey } from '../../objects/object-key.ts'
import { addVersion, currentVersion } from '../../objects/object-rows.ts'
import { retentionFor } from '../../objects/retention.ts'
import { assertWritable } from '../../objects/write-conditions.ts'
import type { Operation } from '../../operation.ts'
import { shownVersion } from './addressed.ts'
import { checksumMember, claimedChecksum } from './checksum-members.ts'
import { expirationShape } from './expiration-shape.ts'
import { authorizeHead, objectHead } from './new-object.ts'
import { receiveContent } from './object-content.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const PutObject: Operation<PutObjectRequest, PutObjectOutput, ObjectServices> = {
  access: 'write',
  category: 'Data',

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx, clock, ids, services: { blobs }, once, authorize }) {
    const { Bucket, Key: key } = input
    authorizeHead(input, bucketArn(Bucket, key), authorize)
    checkKey(key)
    if (input.WriteOffsetBytes !== undefined) {
      throw new ApiError('NotImplemented', 'Appending to an object is not built.')
    }
    assertChecked(input)
    const bucket = getBucket(tx, input)
    const about = { ...objectHead(input), ...retentionFor(bucket, input, clock.now()) }
    const content = await once(
      () => receiveContent(blobs, input),
      (unwanted) => blobs.release(unwanted.blobs),
    )
    // What is there is looked at when the body has come, however long that takes.
    assertWritable(await currentVersion(tx, bucket, key), key, input)
    const { accountId } = bucket
    const added = { key, ...about, ...content, accountId }
    const version = await addVersion(tx, bucket, added, { clock, ids, blobs })
    return {
      ETag: `"${version.etag}"`,
      ...shownVersion(bucket, version),
      ...expirationShape(bucket, version),
      ServerSideEncryption: version.encryption,
      ...checksumMember(content.checksum.algorithm, content.checksum.value),
      ChecksumType: content.checksum.type,
    }
  },

  recorded: objectResources,
}

/** What is to be kept for years must have come as it was sent. */
function assertChecked(input: PutObjectRequest): void {
  const { ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus } = input
  if (!(ObjectLockMode ?? ObjectLockRetainUntilDate ?? ObjectLockLegalHoldStatus)) return
  if (input.ContentMD5 ?? input.ChecksumAlgorithm ?? claimedChecksum(input)) return
  throw new ApiError(
    'InvalidRequest',
    'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock ' +
      'parameters',
  )
}
