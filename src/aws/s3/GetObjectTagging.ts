import type { GetObjectTaggingOutput, GetObjectTaggingRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import type { Operation } from '../../operation.ts'
import { addressed, shownVersion } from './addressed.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export const GetObjectTagging: Operation<GetObjectTaggingRequest, GetObjectTaggingOutput> = {
  access: 'read',
  category: 'Data',
  action: ({ VersionId }) => `s3:GetObject${VersionId === undefined ? '' : 'Version'}Tagging`,

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx }) {
    const { bucket, version } = await addressed(tx, input)
    const tags = Object.entries(version.tags ?? {})
    return {
      ...shownVersion(bucket, version),
      TagSet: tags.map(([Key, Value]) => ({ Key, Value })),
    }
  },

  recorded: objectResources,
}
