import type { PutObjectTaggingOutput, PutObjectTaggingRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import { replaceVersion } from '../../objects/object-rows.ts'
import { checkTags } from '../../objects/tags.ts'
import type { Operation } from '../../operation.ts'
import { addressed, shownVersion } from './addressed.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
export const PutObjectTagging: Operation<PutObjectTaggingRequest, PutObjectTaggingOutput> = {
  access: 'write',
  category: 'Data',
  action: ({ VersionId }) => `s3:PutObject${VersionId === undefined ? '' : 'Version'}Tagging`,
  // Keys and values have errors of their own, whatever is wrong with them.
  ownChecks: ['Tagging.TagSet'],

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx }) {
    const tags = checkTags(input.Tagging.TagSet)
    const { bucket, version } = await addressed(tx, input)
    await replaceVersion(tx, bucket, { ...version, tags })
    return shownVersion(bucket, version)
  },

  recorded: objectResources,
}
