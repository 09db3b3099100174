import type { CopyObjectOutput, CopyObjectRequest } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import type { ObjectServices } from '../../objects/contract.ts'
import { checkKey } from '../../objects/object-key.ts'
import { addVersion, currentVersion } from '../../objects/object-rows.ts'
import { retentionFor } from '../../objects/retention.ts'
import { assertWritable } from '../../objects/write-conditions.ts'
import type { Operation } from '../../operation.ts'
import { shownVersion } from './addressed.ts'
import { checksumMember } from './checksum-members.ts'
import { copiedContent } from './copied-content.ts'
import { authorizeCopiedTags, copiedHead } from './copied-head.ts'
import { authorizeSource, parseCopySource } from './copy-source.ts'
import { expirationShape } from './expiration-shape.ts'
import { wholeSeconds } from './listing-shape.ts'
import { authorizeHead } from './new-object.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const CopyObject: Operation<CopyObjectRequest, CopyObjectOutput, ObjectServices> = {
  access: 'write',
  category: 'Data',
  action: 's3:PutObject',
  ownChecks: ['CopySource', 'MetadataDirective', 'TaggingDirective'],

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, context) {
    const { tx, clock, ids, services, once, authorize } = context
    const { Bucket, Key: key } = input
    authorizeSource(parseCopySource(input.CopySource), authorize)
    authorizeHead(input, bucketArn(Bucket, key), authorize)
    checkKey(key)
    const bucket = getBucket(tx, input)
    const lock = retentionFor(bucket, input, clock.now())
    const { source, content } = await once(
      () => copiedContent(input, context),
      (unwanted) => services.blobs.release(unwanted.content.blobs),
    )
    authorizeCopiedTags(input, source.version, authorize)
    assertWritable(await currentVersion(tx, bucket, key), key, input)
    const head = copiedHead(input, source.version)
    const added = { key, ...head, ...lock, ...content, accountId: bucket.accountId }
    const { blobs } = services
    const version = await addVersion(tx, bucket, added, { clock, ids, blobs })
    const { algorithm, value, type } = content.checksum
    return {
      CopySourceVersionId: shownVersion(source.bucket, source.version).VersionId,
      ...shownVersion(bucket, version),
      ...expirationShape(bucket, version),
      ServerSideEncryption: version.encryption,
      CopyObjectResult: {
        ETag: `"${version.etag}"`,
        LastModified: wholeSeconds(version.lastModified),
        ...checksumMember(algorithm, value),
        ChecksumType: type,
      },
    }
  },

  recorded: objectResources,
}
