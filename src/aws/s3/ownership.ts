import type {
  DeleteBucketOwnershipControlsRequest,
  GetBucketAclOutput,
  GetBucketAclRequest,
  GetBucketOwnershipControlsOutput,
  GetBucketOwnershipControlsRequest,
  PutBucketAclRequest,
  PutBucketOwnershipControlsRequest,
} from '../../gen/s3-types.ts'
import {
  checkOwnership,
  ownersAcl,
  ownershipOf,
  withoutSetting,
  withSetting,
} from '../../objects/bucket-settings.ts'
import { assertOwnersAcl, assertOwnersGrants } from './acl-input.ts'
import { changesBucket, readsBucket } from './setting.ts'

const put = 's3:PutBucketOwnershipControls'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html */
export const GetBucketOwnershipControls = readsBucket<
  GetBucketOwnershipControlsRequest,
  GetBucketOwnershipControlsOutput
>((bucket) => ({ OwnershipControls: ownershipOf(bucket) }))

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html */
export const PutBucketOwnershipControls = changesBucket<PutBucketOwnershipControlsRequest>(
  (bucket, { OwnershipControls }) => {
    checkOwnership(OwnershipControls)
    return withoutSetting(bucket, 'ownershipRemoved')
  },
  put,
)

/**
 * Nothing is shown any more; that the owner of the bucket owns all in it stays, as it is all there is.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html
 */
export const DeleteBucketOwnershipControls = changesBucket<DeleteBucketOwnershipControlsRequest>(
  (bucket) => withSetting(bucket, 'ownershipRemoved', true),
  put,
)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export const GetBucketAcl = readsBucket<GetBucketAclRequest, GetBucketAclOutput>(ownersAcl)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
export const PutBucketAcl = changesBucket<PutBucketAclRequest>((bucket, input) => {
  assertOwnersAcl(input, 'private')
  assertOwnersGrants(input.AccessControlPolicy, bucket)
  return bucket
})
