import type { ListMultipartUploadsOutput, ListMultipartUploadsRequest } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import { listUploads } from '../../objects/list-uploads.ts'
import type { Operation } from '../../operation.ts'
import { pageSize } from './page-size.ts'
import { uploadShape } from './upload-shape.ts'
import { urlEncoded } from './url-encoding.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export const ListMultipartUploads: Operation<
  ListMultipartUploadsRequest,
  ListMultipartUploadsOutput
> = {
  access: 'read',
  action: 's3:ListBucketMultipartUploads',

  resources: ({ Bucket }) => [bucketArn(Bucket)],

  async run(input, { tx }) {
    const { Prefix, Delimiter, KeyMarker, UploadIdMarker, EncodingType } = input
    const limit = pageSize(input.MaxUploads, 'max-uploads')
    const bucket = getBucket(tx, input)
    const query = { prefix: Prefix, delimiter: Delimiter, keyMarker: KeyMarker, limit }
    const page = await listUploads(tx.rows, bucket, { ...query, uploadIdMarker: UploadIdMarker })
    const shown = (text: string) => (EncodingType === 'url' ? urlEncoded(text) : text)
    return {
      Bucket: bucket.name,
      KeyMarker: shown(KeyMarker ?? ''),
      UploadIdMarker: UploadIdMarker ?? '',
      NextKeyMarker: page.next && shown(page.next.keyMarker),
      NextUploadIdMarker: page.next && (page.next.uploadIdMarker ?? ''),
      Prefix: shown(Prefix ?? ''),
      Delimiter: Delimiter && shown(Delimiter),
      EncodingType,
      MaxUploads: limit,
      IsTruncated: page.next !== undefined,
      Uploads: page.uploads.map((upload) => ({
        ...uploadShape(upload, bucket),
        Key: shown(upload.key),
        Initiated: new Date(upload.initiatedAt),
      })),
      CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: shown(prefix) })),
    }
  },
}
