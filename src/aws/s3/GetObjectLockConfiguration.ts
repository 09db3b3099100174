import { ApiError } from '../../errors.ts'
import type {
  GetObjectLockConfigurationOutput,
  GetObjectLockConfigurationRequest,
} from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import type { Operation } from '../../operation.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html */
export const GetObjectLockConfiguration: Operation<
  GetObjectLockConfigurationRequest,
  GetObjectLockConfigurationOutput
> = {
  access: 'read',
  action: 's3:GetBucketObjectLockConfiguration',

  resources: ({ Bucket }) => [bucketArn(Bucket)],

  async run(input, { tx }) {
    const { name, objectLock } = getBucket(tx, input)
    if (!objectLock) {
      const text = 'Object Lock configuration does not exist for this bucket'
      const details = { BucketName: name }
      throw new ApiError('ObjectLockConfigurationNotFoundError', text, { details })
    }
    const { mode: Mode, days: Days, years: Years } = objectLock.default ?? {}
    const Rule = objectLock.default && { DefaultRetention: { Mode, Days, Years } }
    return { ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule } }
  },
}
