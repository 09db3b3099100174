import { ApiError } from '../../errors.ts'
import type { AbortMultipartUploadOutput, AbortMultipartUploadRequest } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import type { ObjectServices } from '../../objects/contract.ts'
import { endUpload, findUpload } from '../../objects/uploads.ts'
import type { Operation } from '../../operation.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const AbortMultipartUpload: Operation<
  AbortMultipartUploadRequest,
  AbortMultipartUploadOutput,
  ObjectServices
> = {
  access: 'write',
  category: 'Data',

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx, services: { blobs } }) {
    if (input.IfMatchInitiatedTime !== undefined) {
      throw new ApiError(
        'NotImplemented',
        'x-amz-if-match-initiated-time is for directory buckets.',
      )
    }
    const bucket = getBucket(tx, input)
    const upload = await findUpload(tx, bucket, { key: input.Key, id: input.UploadId })
    await endUpload(tx, bucket, { upload, blobs })
    return {}
  },

  recorded: objectResources,
}
