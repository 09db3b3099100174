import { ApiError } from '../../errors.ts'
import type {
  PutObjectLockConfigurationOutput,
  PutObjectLockConfigurationRequest,
} from '../../gen/s3-types.ts'
import { bucketArn, getBucket, saveBucket } from '../../objects/buckets.ts'
import { withObjectLock } from '../../objects/lock-configuration.ts'
import type { Operation } from '../../operation.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html */
export const PutObjectLockConfiguration: Operation<
  PutObjectLockConfigurationRequest,
  PutObjectLockConfigurationOutput
> = {
  access: 'write',
  action: 's3:PutBucketObjectLockConfiguration',
  ownChecks: ['ObjectLockConfiguration'],

  resources: ({ Bucket }) => [bucketArn(Bucket)],

  async run(input, { tx }) {
    if (input.Token !== undefined) {
      throw new ApiError('NotImplemented', 'x-amz-bucket-object-lock-token is not built.')
    }
    saveBucket(tx, withObjectLock(getBucket(tx, input), input.ObjectLockConfiguration))
    return {}
  },
}
