import type { DeleteObjectTaggingOutput, DeleteObjectTaggingRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import { replaceVersion } from '../../objects/object-rows.ts'
import type { Operation } from '../../operation.ts'
import { addressed, shownVersion } from './addressed.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export const DeleteObjectTagging: Operation<DeleteObjectTaggingRequest, DeleteObjectTaggingOutput> =
  {
    access: 'write',
    category: 'Data',
    action: ({ VersionId }) => `s3:DeleteObject${VersionId === undefined ? '' : 'Version'}Tagging`,

    resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

    async run(input, { tx }) {
      const { bucket, version } = await addressed(tx, input)
      const { tags: _, ...untagged } = version
      await replaceVersion(tx, bucket, untagged)
      return shownVersion(bucket, version)
    },

    recorded: objectResources,
  }
