import type { ListObjectsV2Output, ListObjectsV2Request } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import { listObjects } from '../../objects/list-objects.ts'
import type { Operation } from '../../operation.ts'
import { readContinuation, writeContinuation } from './continuation-token.ts'
import { listedObject, ownerShape, shownAs } from './listing-shape.ts'
import { pageSize } from './page-size.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const ListObjectsV2: Operation<ListObjectsV2Request, ListObjectsV2Output> = {
  access: 'read',
  category: 'Data',
  action: 's3:ListBucket',

  resources: ({ Bucket }) => [bucketArn(Bucket)],

  async run(input, { tx }) {
    const { Prefix: prefix, Delimiter: delimiter, StartAfter, ContinuationToken: token } = input
    const limit = pageSize(input.MaxKeys, 'max-keys')
    const after = token === undefined ? StartAfter : readContinuation(token)
    const bucket = getBucket(tx, input)
    const page = await listObjects(tx.rows, bucket, { prefix, delimiter, after, limit })
    const shown = shownAs(input.EncodingType)
    return {
      Name: bucket.name,
      Prefix: shown(prefix ?? ''),
      StartAfter: StartAfter && shown(StartAfter),
      ContinuationToken: token,
      NextContinuationToken: page.next && writeContinuation(page.next),
      Delimiter: delimiter && shown(delimiter),
      EncodingType: input.EncodingType,
      KeyCount: page.objects.length + page.commonPrefixes.length,
      MaxKeys: limit,
      IsTruncated: page.next !== undefined,
      Contents: page.objects.map((version) => ({
        Key: shown(version.key),
        ...listedObject(version),
        ...(input.FetchOwner && ownerShape(version)),
      })),
      CommonPrefixes: page.commonPrefixes.map((folder) => ({ Prefix: shown(folder) })),
    }
  },
}
