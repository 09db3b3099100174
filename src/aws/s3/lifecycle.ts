import { ApiError } from '../../errors.ts'
import type {
  DeleteBucketLifecycleRequest,
  GetBucketLifecycleConfigurationOutput,
  GetBucketLifecycleConfigurationRequest,
  PutBucketLifecycleConfigurationOutput,
  PutBucketLifecycleConfigurationRequest,
} from '../../gen/s3-types.ts'
import { settingOf, withoutSetting, withSetting } from '../../objects/bucket-settings.ts'
import { bucketArn, getBucket, saveBucket } from '../../objects/buckets.ts'
import { checkedRules, shownRules } from '../../objects/lifecycle-settings.ts'
import { malformedXml } from '../../objects/malformed-xml.ts'
import type { Operation } from '../../operation.ts'
import { changesBucket, readsBucket } from './setting.ts'

const put = 's3:PutLifecycleConfiguration'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html */
export const GetBucketLifecycleConfiguration = readsBucket<
  GetBucketLifecycleConfigurationRequest,
  GetBucketLifecycleConfigurationOutput
>((bucket) => {
  const lifecycle = settingOf(bucket, 'lifecycle')
  if (!lifecycle) {
    const text = 'The lifecycle configuration does not exist'
    throw new ApiError('NoSuchLifecycleConfiguration', text)
  }
  return {
    Rules: shownRules(lifecycle),
    TransitionDefaultMinimumObjectSize: lifecycle.minimumSize,
  }
}, 's3:GetLifecycleConfiguration')

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html */
export const PutBucketLifecycleConfiguration: Operation<
  PutBucketLifecycleConfigurationRequest,
  PutBucketLifecycleConfigurationOutput
> = {
  access: 'write',
  action: put,

  resources: ({ Bucket }) => [bucketArn(Bucket)],

  async run(input, { tx, ids }) {
    if (!input.LifecycleConfiguration) throw malformedXml()
    const Rules = checkedRules(input.LifecycleConfiguration, ids)
    const minimumSize = input.TransitionDefaultMinimumObjectSize ?? 'all_storage_classes_128K'
    saveBucket(tx, withSetting(getBucket(tx, input), 'lifecycle', { Rules, minimumSize }))
    return { TransitionDefaultMinimumObjectSize: minimumSize }
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html */
export const DeleteBucketLifecycle = changesBucket<DeleteBucketLifecycleRequest>(
  (bucket) => withoutSetting(bucket, 'lifecycle'),
  put,
)
