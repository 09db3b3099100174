import type {
  DeleteBucketEncryptionRequest,
  GetBucketEncryptionOutput,
  GetBucketEncryptionRequest,
  PutBucketEncryptionRequest,
} from '../../gen/s3-types.ts'
import { encryptionOf, withEncryption, withoutSetting } from '../../objects/bucket-settings.ts'
import { changesBucket, readsBucket } from './setting.ts'

const put = 's3:PutEncryptionConfiguration'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html */
export const GetBucketEncryption = readsBucket<
  GetBucketEncryptionRequest,
  GetBucketEncryptionOutput
>(
  (bucket) => ({ ServerSideEncryptionConfiguration: encryptionOf(bucket) }),
  's3:GetEncryptionConfiguration',
)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html */
export const PutBucketEncryption = changesBucket<PutBucketEncryptionRequest>(
  (bucket, input) => withEncryption(bucket, input.ServerSideEncryptionConfiguration),
  put,
)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html */
export const DeleteBucketEncryption = changesBucket<DeleteBucketEncryptionRequest>(
  (bucket) => withoutSetting(bucket, 'encryption'),
  put,
)
