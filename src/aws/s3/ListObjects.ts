import type { ListObjectsOutput, ListObjectsRequest } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import { listObjects } from '../../objects/list-objects.ts'
import type { Operation } from '../../operation.ts'
import { listedObject, ownerShape, shownAs } from './listing-shape.ts'
import { pageSize } from './page-size.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export const ListObjects: Operation<ListObjectsRequest, ListObjectsOutput> = {
  access: 'read',
  category: 'Data',
  action: 's3:ListBucket',

  resources: ({ Bucket }) => [bucketArn(Bucket)],

  async run(input, { tx }) {
    const { Prefix: prefix, Delimiter: delimiter, Marker: after, EncodingType } = input
    const limit = pageSize(input.MaxKeys, 'max-keys')
    const bucket = getBucket(tx, input)
    const page = await listObjects(tx.rows, bucket, { prefix, delimiter, after, limit })
    const shown = shownAs(EncodingType)
    return {
      Name: bucket.name,
      Prefix: shown(prefix ?? ''),
      Marker: shown(after ?? ''),
      // Without a delimiter the last key says it.
      NextMarker: delimiter && page.next && shown(page.next),
      Delimiter: delimiter && shown(delimiter),
      EncodingType,
      MaxKeys: limit,
      IsTruncated: page.next !== undefined,
      Contents: page.objects.map((version) => ({
        Key: shown(version.key),
        ...listedObject(version),
        ...ownerShape(version),
      })),
      CommonPrefixes: page.commonPrefixes.map((folder) => ({ Prefix: shown(folder) })),
    }
  },
}
