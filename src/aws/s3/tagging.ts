import { ApiError } from '../../errors.ts'
import type {
  DeleteBucketTaggingRequest,
  GetBucketTaggingOutput,
  GetBucketTaggingRequest,
  PutBucketTaggingRequest,
} from '../../gen/s3-types.ts'
import { settingOf, withoutSetting, withSetting } from '../../objects/bucket-settings.ts'
import { checkBucketTags } from '../../objects/tags.ts'
import { changesBucket, readsBucket } from './setting.ts'

const put = 's3:PutBucketTagging'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html */
export const GetBucketTagging = readsBucket<GetBucketTaggingRequest, GetBucketTaggingOutput>(
  (bucket) => {
    const tags = settingOf(bucket, 'tagging')
    if (!tags?.length) throw new ApiError('NoSuchTagSet', 'The TagSet does not exist')
    return { TagSet: [...tags] }
  },
)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html */
export const PutBucketTagging = changesBucket<PutBucketTaggingRequest>((bucket, { Tagging }) =>
  withSetting(bucket, 'tagging', checkBucketTags(Tagging.TagSet)),
)

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html */
export const DeleteBucketTagging = changesBucket<DeleteBucketTaggingRequest>(
  (bucket) => withoutSetting(bucket, 'tagging'),
  put,
)
