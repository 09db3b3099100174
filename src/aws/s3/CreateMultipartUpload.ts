import type {
  CreateMultipartUploadOutput,
  CreateMultipartUploadRequest,
} from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import { checksumOfUpload } from '../../objects/multipart.ts'
import { checkKey } from '../../objects/object-key.ts'
import { askedLock } from '../../objects/retention.ts'
import { beginUpload } from '../../objects/uploads.ts'
import type { Operation } from '../../operation.ts'
import { builtAlgorithm } from './checksum-members.ts'
import { authorizeHead, objectHead } from './new-object.ts'
import { objectResources } from './object-resources.ts'
import { abortShape } from './upload-shape.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export const CreateMultipartUpload: Operation<
  CreateMultipartUploadRequest,
  CreateMultipartUploadOutput
> = {
  access: 'write',
  category: 'Data',
  action: 's3:PutObject',

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { caller, tx, clock, ids, authorize }) {
    const { Bucket, Key: key } = input
    authorizeHead(input, bucketArn(Bucket, key), authorize)
    checkKey(key)
    const now = clock.now()
    const bucket = getBucket(tx, input)
    const checksum = checksumOfUpload(builtAlgorithm(input.ChecksumAlgorithm), input.ChecksumType)
    const intent = {
      ...objectHead(input),
      ...askedLock(bucket, input, now),
      ...(checksum && { checksum }),
    }
    const upload = beginUpload(tx, { bucket, key, caller }, intent, { now, ids })
    return {
      Bucket,
      Key: key,
      UploadId: upload.id,
      ServerSideEncryption: 'AES256',
      ChecksumAlgorithm: checksum?.algorithm,
      ChecksumType: checksum?.type,
      ...abortShape(upload, bucket),
    }
  },

  recorded: objectResources,
}
