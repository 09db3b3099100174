import type {
  GetBucketVersioningOutput,
  GetBucketVersioningRequest,
  PutBucketVersioningRequest,
} from '../../gen/s3-types.ts'
import { withVersioning } from '../../objects/bucket-settings.ts'
import { changesBucket, readsBucket } from './setting.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html */
export const GetBucketVersioning = readsBucket<
  GetBucketVersioningRequest,
  GetBucketVersioningOutput
>(({ versioning }) => (versioning ? { Status: versioning } : {}))

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html */
export const PutBucketVersioning = changesBucket<PutBucketVersioningRequest>(
  (bucket, { VersioningConfiguration }) => withVersioning(bucket, VersioningConfiguration),
)
