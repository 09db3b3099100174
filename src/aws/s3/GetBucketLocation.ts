import type { GetBucketLocationOutput, GetBucketLocationRequest } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import type { Operation } from '../../operation.ts'
import { locationConstraint } from './location.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export const GetBucketLocation: Operation<GetBucketLocationRequest, GetBucketLocationOutput> = {
  access: 'read',

  resources: ({ Bucket }) => [bucketArn(Bucket)],

  async run(input, { tx }) {
    const LocationConstraint = locationConstraint(getBucket(tx, input).region)
    return { LocationConstraint } as GetBucketLocationOutput
  },
}
