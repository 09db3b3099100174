import type { ListPartsOutput, ListPartsRequest } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import { findUpload, listParts, partNumberMax } from '../../objects/uploads.ts'
import type { Operation } from '../../operation.ts'
import { checksumMember } from './checksum-members.ts'
import { objectResources } from './object-resources.ts'
import { pageSize } from './page-size.ts'
import { abortShape, uploadShape } from './upload-shape.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export const ListParts: Operation<ListPartsRequest, ListPartsOutput> = {
  access: 'read',
  category: 'Data',
  action: 's3:ListMultipartUploadParts',

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx }) {
    const limit = pageSize(input.MaxParts, 'max-parts')
    const after = Math.min(Math.max(input.PartNumberMarker ?? 0, 0), partNumberMax)
    const bucket = getBucket(tx, input)
    const upload = await findUpload(tx, bucket, { key: input.Key, id: input.UploadId })
    const parts = await listParts(tx.rows, upload, { after, limit: limit + 1 })
    const page = parts.slice(0, limit)
    return {
      Bucket: bucket.name,
      ...uploadShape(upload, bucket),
      ...abortShape(upload, bucket),
      PartNumberMarker: after,
      NextPartNumberMarker: page.at(-1)?.number ?? 0,
      MaxParts: limit,
      IsTruncated: limit > 0 && parts.length > limit,
      Parts: page.map(({ number, lastModified, etag, blob, checksum }) => ({
        PartNumber: number,
        LastModified: new Date(lastModified),
        ETag: `"${etag}"`,
        Size: blob.size,
        ...checksumMember(upload.checksum?.algorithm, checksum),
      })),
    }
  },

  recorded: objectResources,
}
