import { ApiError } from '../../errors.ts'
import type { UploadPartCopyOutput, UploadPartCopyRequest } from '../../gen/s3-types.ts'
import { limits } from '../../limits.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import type { ObjectServices } from '../../objects/contract.ts'
import { checkPartNumber, checksumOf, findUpload, keepPart } from '../../objects/uploads.ts'
import type { Context, Operation } from '../../operation.ts'
import { addressed, shownVersion } from './addressed.ts'
import { checksumMember } from './checksum-members.ts'
import { assertCopyable, authorizeSource, copyRange, parseCopySource } from './copy-source.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export const UploadPartCopy: Operation<
  UploadPartCopyRequest,
  UploadPartCopyOutput,
  ObjectServices
> = {
  access: 'write',
  category: 'Data',
  action: 's3:PutObject',
  ownChecks: ['PartNumber'],

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, context) {
    const { tx, clock, services, once, authorize } = context
    const { Key: key, UploadId: id, PartNumber: number } = input
    checkPartNumber(number)
    authorizeSource(parseCopySource(input.CopySource), authorize)
    const bucket = getBucket(tx, input)
    const { blobs } = services
    const { blob, source, algorithm } = await once(
      () => copyPart(input, context),
      (unwanted) => blobs.release([unwanted.blob]),
    )
    const now = clock.now()
    const part = await keepPart(tx, bucket, { key, id, number, blob, now }, blobs)
    return {
      CopySourceVersionId: source.VersionId,
      ServerSideEncryption: 'AES256',
      CopyPartResult: {
        ETag: `"${part.etag}"`,
        LastModified: new Date(now),
        ...checksumMember(algorithm, part.checksum),
      },
    }
  },

  recorded: objectResources,
}

/** The part as a blob of its own: the source may go before the upload is completed. */
async function copyPart(
  input: UploadPartCopyRequest,
  { tx, services: { blobs } }: Context<ObjectServices>,
) {
  const upload = await findUpload(tx, getBucket(tx, input), { key: input.Key, id: input.UploadId })
  const { ExpectedSourceBucketOwner: ExpectedBucketOwner } = input
  const source = await addressed(tx, { ...parseCopySource(input.CopySource), ExpectedBucketOwner })
  assertCopyable(source.version, input)
  const { start, end } = copyRange(input.CopySourceRange, source.version.size)
  const bytesMax = limits.streamBytesMax
  if (end - start > bytesMax) {
    const text =
      'The specified copy source is larger than the maximum allowable size for a copy source'
    throw new ApiError('InvalidRequest', `${text}: ${bytesMax}`)
  }
  const body = blobs.read(source.version.blobs, start, end)
  const blob = await blobs.write(body, { bytesMax, checksums: [checksumOf(upload).algorithm] })
  const algorithm = upload.checksum?.algorithm
  return { blob, source: shownVersion(source.bucket, source.version), algorithm }
}
