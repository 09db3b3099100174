import { ApiError } from '../../errors.ts'
import type { ListObjectVersionsOutput, ListObjectVersionsRequest } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import { listVersions, type VersionPage } from '../../objects/list-objects.ts'
import type { Operation } from '../../operation.ts'
import { checkVersionId } from './addressed.ts'
import { listedObject, ownerShape, shownAs, wholeSeconds } from './listing-shape.ts'
import { pageSize } from './page-size.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export const ListObjectVersions: Operation<ListObjectVersionsRequest, ListObjectVersionsOutput> = {
  access: 'read',
  category: 'Data',
  action: 's3:ListBucketVersions',

  resources: ({ Bucket }) => [bucketArn(Bucket)],

  async run(input, { tx }) {
    const { Prefix: prefix, Delimiter: delimiter, KeyMarker, VersionIdMarker } = input
    const limit = pageSize(input.MaxKeys, 'max-keys')
    checkMarkers(input)
    const bucket = getBucket(tx, input)
    const query = { prefix, delimiter, after: KeyMarker, afterVersion: VersionIdMarker, limit }
    const { versions, commonPrefixes, next } = await listVersions(tx.rows, bucket, query)
    const shown = shownAs(input.EncodingType)
    const isMarker = ({ version }: Listed) => version.isDeleteMarker === true
    return {
      Name: bucket.name,
      Prefix: shown(prefix ?? ''),
      KeyMarker: shown(KeyMarker ?? ''),
      VersionIdMarker: VersionIdMarker ?? '',
      NextKeyMarker: next && shown(next.after),
      NextVersionIdMarker: next?.afterVersion,
      Delimiter: delimiter && shown(delimiter),
      EncodingType: input.EncodingType,
      MaxKeys: limit,
      IsTruncated: next !== undefined,
      Versions: versions.filter((one) => !isMarker(one)).map(versionShape),
      DeleteMarkers: versions.filter(isMarker).map(markerShape),
      CommonPrefixes: commonPrefixes.map((folder) => ({ Prefix: shown(folder) })),
    }

    function versionShape(one: Listed) {
      const { StorageClass: _, ...object } = listedObject(one.version)
      // The model knows but one class here; S3 shows the version's.
      const StorageClass = (one.version.storageClass ?? 'STANDARD') as 'STANDARD'
      return { ...markerShape(one), ...object, StorageClass }
    }

    function markerShape({ version, isLatest }: Listed) {
      return {
        Key: shown(version.key),
        VersionId: version.versionId,
        IsLatest: isLatest,
        LastModified: wholeSeconds(version.lastModified),
        ...ownerShape(version),
      }
    }
  },
}

type Listed = VersionPage['versions'][number]

function checkMarkers({ KeyMarker, VersionIdMarker }: ListObjectVersionsRequest): void {
  if (!VersionIdMarker) return
  if (KeyMarker) {
    checkVersionId(VersionIdMarker)
    return
  }
  const text = 'A version-id marker cannot be specified without a key marker.'
  const details = { ArgumentName: 'version-id-marker', ArgumentValue: VersionIdMarker }
  throw new ApiError('InvalidArgument', text, { details })
}
