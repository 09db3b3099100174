import type { HeadBucketOutput, HeadBucketRequest } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import type { Operation } from '../../operation.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export const HeadBucket: Operation<HeadBucketRequest, HeadBucketOutput> = {
  access: 'read',
  action: 's3:ListBucket',
  category: 'Data',

  resources: ({ Bucket }) => [bucketArn(Bucket)],

  async run(input, { tx }) {
    const { name, region } = getBucket(tx, input)
    return { BucketArn: bucketArn(name), BucketRegion: region, AccessPointAlias: false }
  },
}
