import type { DeleteBucketRequest } from '../../gen/s3-types.ts'
import { bucketArn, deleteBucket, getBucket } from '../../objects/buckets.ts'
import type { Operation } from '../../operation.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export const DeleteBucket: Operation<DeleteBucketRequest, object> = {
  access: 'write',

  resources: ({ Bucket }) => [bucketArn(Bucket)],

  async run(input, { tx }) {
    await deleteBucket(tx, getBucket(tx, input))
    return {}
  },
}
