import type { GetObjectAttributesOutput, GetObjectAttributesRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import type { ObjectVersion } from '../../objects/contract.ts'
import type { Operation } from '../../operation.ts'
import { addressed, shownVersion } from './addressed.ts'
import { checksumMember } from './checksum-members.ts'
import { objectResources } from './object-resources.ts'
import { pageSize } from './page-size.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export const GetObjectAttributes: Operation<GetObjectAttributesRequest, GetObjectAttributesOutput> =
  {
    access: 'read',
    category: 'Data',
    action: ({ VersionId }) => `s3:GetObject${VersionId === undefined ? '' : 'Version'}Attributes`,

    resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

    async run(input, { tx, authorize }) {
      const { Bucket, Key, VersionId, ObjectAttributes } = input
      const read = VersionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'
      authorize(read, bucketArn(Bucket, Key))
      const { bucket, version } = await addressed(tx, input)
      const asked = new Set(ObjectAttributes)
      return {
        ...shownVersion(bucket, version),
        LastModified: new Date(version.lastModified),
        ...(asked.has('ETag') && { ETag: version.etag }),
        ...(asked.has('Checksum') && checksumShape(version)),
        ...(asked.has('ObjectParts') && partsShape(version, input)),
        ...(asked.has('StorageClass') && storageClassShape(version)),
        ...(asked.has('ObjectSize') && { ObjectSize: version.size }),
      }
    },

    recorded: objectResources,
  }

function checksumShape({ checksum }: ObjectVersion) {
  if (!checksum) return {}
  const { algorithm, value, type } = checksum
  return { Checksum: { ...checksumMember(algorithm, value), ChecksumType: type } }
}

type StorageClass = GetObjectAttributesOutput['StorageClass']

function storageClassShape({ storageClass = 'STANDARD' }: ObjectVersion) {
  return { StorageClass: storageClass as StorageClass }
}

/** S3 names the single parts only where they have checksums. */
function partsShape({ parts, checksum }: ObjectVersion, input: GetObjectAttributesRequest) {
  if (!parts) return {}
  const { PartNumberMarker: after = 0 } = input
  const limit = pageSize(input.MaxParts, 'max-parts')
  const rest = parts.filter(({ number }) => number > after)
  const page = rest.slice(0, limit)
  const named = page.map(({ number, size, checksum: value }) => ({
    PartNumber: number,
    Size: size,
    ...checksumMember(checksum?.algorithm, value),
  }))
  return {
    ObjectParts: {
      TotalPartsCount: parts.length,
      PartNumberMarker: after,
      NextPartNumberMarker: page.at(-1)?.number ?? 0,
      MaxParts: limit,
      IsTruncated: limit > 0 && rest.length > limit,
      ...(checksum && { Parts: named }),
    },
  }
}
