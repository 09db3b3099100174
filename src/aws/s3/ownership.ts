import { ApiError } from '../../errors.ts'
import type {
  DeleteBucketOwnershipControlsRequest,
  GetBucketAclOutput,
  GetBucketAclRequest,
  GetBucketOwnershipControlsOutput,
  GetBucketOwnershipControlsRequest,
  PutBucketAclRequest,
  PutBucketOwnershipControlsRequest,
} from '../../gen/s3-types.ts'
import { checkOwnership, isOwnersAcl, ownersAcl } from '../../objects/bucket-settings.ts'
import { assertPrivate } from './acl-input.ts'
import { changesBucket, readsBucket } from './setting.ts'

const put = 's3:PutBucketOwnershipControls'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html */
export const GetBucketOwnershipControls = readsBucket<
  GetBucketOwnershipControlsRequest,
  GetBucketOwnershipControlsOutput
>(() => ({ OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } }))

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html */
export const PutBucketOwnershipControls = changesBucket<PutBucketOwnershipControlsRequest>(
  (bucket, { OwnershipControls }) => {
    checkOwnership(OwnershipControls)
    return bucket
  },
  put,
)

/**
 * Back to the default, which is all there is.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html
 */
export const DeleteBucketOwnershipControls = changesBucket<DeleteBucketOwnershipControlsRequest>(
  (bucket) => bucket,
  put,
)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export const GetBucketAcl = readsBucket<GetBucketAclRequest, GetBucketAclOutput>(ownersAcl)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
export const PutBucketAcl = changesBucket<PutBucketAclRequest>((bucket, input) => {
  assertPrivate(input)
  const { AccessControlPolicy: policy } = input
  if (!policy || isOwnersAcl(bucket, policy)) return bucket
  throw new ApiError('AccessControlListNotSupported', 'The bucket does not allow ACLs')
})
