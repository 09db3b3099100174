import { ApiError } from '../../errors.ts'
import type {
  DeleteBucketPolicyRequest,
  GetBucketPolicyOutput,
  GetBucketPolicyRequest,
  GetBucketPolicyStatusOutput,
  GetBucketPolicyStatusRequest,
  PutBucketPolicyRequest,
} from '../../gen/s3-types.ts'
import { parsePolicy } from '../../identity/policy/parse.ts'
import { checkBucketPolicy, isPublicPolicy } from '../../objects/bucket-policy.ts'
import { settingOf, withoutSetting, withSetting } from '../../objects/bucket-settings.ts'
import type { Bucket } from '../../objects/contract.ts'
import { changesBucket, readsBucket } from './setting.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html */
export const GetBucketPolicy = readsBucket<GetBucketPolicyRequest, GetBucketPolicyOutput>(
  (bucket) => ({ Policy: policyOf(bucket) }),
)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html */
export const GetBucketPolicyStatus = readsBucket<
  GetBucketPolicyStatusRequest,
  GetBucketPolicyStatusOutput
>((bucket) => ({ PolicyStatus: { IsPublic: isPublicPolicy(policyOf(bucket)) } }))

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
export const PutBucketPolicy = changesBucket<PutBucketPolicyRequest>(
  (bucket, { Policy }, { caller }) => {
    checkBucketPolicy(Policy, bucket.name, (text) => parsePolicy(text, 'resource'))
    if (settingOf(bucket, 'publicAccessBlock')?.BlockPublicPolicy && isPublicPolicy(Policy)) {
      const resource = `resource: "arn:aws:s3:::${bucket.name}"`
      throw new ApiError(
        'AccessDenied',
        `User: ${caller.arn} is not authorized to perform: s3:PutBucketPolicy on ${resource} because ` +
          'public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.',
      )
    }
    return withSetting(bucket, 'policy', Policy)
  },
)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html */
export const DeleteBucketPolicy = changesBucket<DeleteBucketPolicyRequest>((bucket) =>
  withoutSetting(bucket, 'policy'),
)

function policyOf(bucket: Bucket): string {
  const policy = settingOf(bucket, 'policy')
  if (policy !== undefined) return policy
  throw new ApiError('NoSuchBucketPolicy', 'The bucket policy does not exist')
}
