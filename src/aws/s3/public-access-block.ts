import { ApiError } from '../../errors.ts'
import type {
  DeletePublicAccessBlockRequest,
  GetPublicAccessBlockOutput,
  GetPublicAccessBlockRequest,
  PutPublicAccessBlockRequest,
} from '../../gen/s3-types.ts'
import { settingOf, withoutSetting, withPublicAccessBlock } from '../../objects/bucket-settings.ts'
import { changesBucket, readsBucket } from './setting.ts'

const put = 's3:PutBucketPublicAccessBlock'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html */
export const GetPublicAccessBlock = readsBucket<
  GetPublicAccessBlockRequest,
  GetPublicAccessBlockOutput
>((bucket) => {
  const PublicAccessBlockConfiguration = settingOf(bucket, 'publicAccessBlock')
  if (PublicAccessBlockConfiguration) return { PublicAccessBlockConfiguration }
  const text = 'The public access block configuration was not found'
  throw new ApiError('NoSuchPublicAccessBlockConfiguration', text)
}, 's3:GetBucketPublicAccessBlock')

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html */
export const PutPublicAccessBlock = changesBucket<PutPublicAccessBlockRequest>(
  (bucket, input) => withPublicAccessBlock(bucket, input.PublicAccessBlockConfiguration),
  put,
)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html */
export const DeletePublicAccessBlock = changesBucket<DeletePublicAccessBlockRequest>(
  (bucket) => withoutSetting(bucket, 'publicAccessBlock'),
  put,
)
