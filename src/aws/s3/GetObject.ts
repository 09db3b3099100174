import type { GetObjectOutput, GetObjectRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import type { ObjectServices } from '../../objects/contract.ts'
import type { Operation } from '../../operation.ts'
import { objectResources } from './object-resources.ts'
import { readVersion } from './read-version.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const GetObject: Operation<GetObjectRequest, GetObjectOutput, ObjectServices> = {
  access: 'read',
  category: 'Data',
  action: ({ VersionId }) => (VersionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'),

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { services: { blobs }, ...context }) {
    const { version, selection, head } = await readVersion(input, context)
    const { start, end } = selection
    return { ...head, Body: blobs.read(version.blobs, start, end) }
  },

  recorded: objectResources,
}
