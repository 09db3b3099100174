import type { HeadObjectOutput, HeadObjectRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import type { Operation } from '../../operation.ts'
import { objectResources } from './object-resources.ts'
import { readVersion } from './read-version.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export const HeadObject: Operation<HeadObjectRequest, HeadObjectOutput> = {
  access: 'read',
  category: 'Data',
  action: ({ VersionId }) => (VersionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'),

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, context) {
    const { head } = await readVersion(input, context)
    return head
  },

  recorded: objectResources,
}
