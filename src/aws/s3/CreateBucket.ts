import { ApiError } from '../../errors.ts'
import type { CreateBucketOutput, CreateBucketRequest } from '../../gen/s3-types.ts'
import { checkOwnership } from '../../objects/bucket-settings.ts'
import { bucketArn, createBucket } from '../../objects/buckets.ts'
import { checkBucketTags } from '../../objects/tags.ts'
import type { Operation } from '../../operation.ts'
import { assertPrivate } from './acl-input.ts'
import { regionFor } from './location.ts'
import type { S3Services } from './service.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export const CreateBucket: Operation<CreateBucketRequest, CreateBucketOutput, S3Services> = {
  access: 'write',
  ownChecks: ['CreateBucketConfiguration', 'ACL', 'ObjectOwnership'],

  resources: ({ Bucket }) => [bucketArn(Bucket)],

  async run(input, { caller, tx, services, clock, ids }) {
    const { Bucket: name, CreateBucketConfiguration: wanted = {}, ObjectOwnership } = input
    assertPrivate(input)
    if (ObjectOwnership) checkOwnership({ Rules: [{ ObjectOwnership }] })
    if (wanted.Location || wanted.Bucket || (input.BucketNamespace ?? 'global') !== 'global') {
      throw new ApiError('NotImplemented', 'Directory and account-regional buckets are not built.')
    }
    const region = regionFor(wanted.LocationConstraint, caller.region, services.regions)
    const settings = wanted.Tags?.length ? { tagging: checkBucketTags(wanted.Tags) } : {}
    const objectLock = input.ObjectLockEnabledForBucket === true
    const { accountId } = caller
    const bucket = { name, accountId, region, settings, objectLock }
    createBucket(tx, bucket, { now: clock.now(), ids })
    return { Location: region === 'us-east-1' ? `/${name}` : `http://${name}.s3.amazonaws.com/` }
  },
}
