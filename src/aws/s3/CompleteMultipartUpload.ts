import type {
  CompleteMultipartUploadOutput,
  CompleteMultipartUploadRequest,
} from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import { completeUpload } from '../../objects/complete-upload.ts'
import type { ObjectServices } from '../../objects/contract.ts'
import { malformedXml } from '../../objects/malformed-xml.ts'
import type { ClaimedWhole } from '../../objects/multipart.ts'
import { checkPartNumber, partNumberMax } from '../../objects/uploads.ts'
import { unquoted } from '../../objects/write-conditions.ts'
import type { Operation } from '../../operation.ts'
import { shownVersion } from './addressed.ts'
import { checksumMember, checksumsOf } from './checksum-members.ts'
import { expirationShape } from './expiration-shape.ts'
import { objectResources } from './object-resources.ts'
import { urlEncoded } from './url-encoding.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export const CompleteMultipartUpload: Operation<
  CompleteMultipartUploadRequest,
  CompleteMultipartUploadOutput,
  ObjectServices
> = {
  access: 'write',
  category: 'Data',
  action: 's3:PutObject',
  ownChecks: ['MultipartUpload'],

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx, clock, ids, services: { blobs } }) {
    const { Bucket, Key: key, UploadId: id, IfMatch, IfNoneMatch } = input
    const bucket = getBucket(tx, input)
    const asked = { key, id, whole: claimedWhole(input), conditions: { IfMatch, IfNoneMatch } }
    const completed = await completeUpload(tx, bucket, asked, { clock, ids, blobs })
    const { etag, checksum } = completed
    return {
      Location: `http://${Bucket}.s3.amazonaws.com/${urlEncoded(key)}`,
      Bucket,
      Key: key,
      ETag: `"${etag}"`,
      ...shownVersion(bucket, completed),
      ...expirationShape(bucket, { ...completed, key, lastModified: completed.at }),
      ServerSideEncryption: 'AES256',
      ...checksumMember(checksum?.algorithm, checksum?.value),
      ChecksumType: checksum?.type,
    }
  },

  recorded: objectResources,
}

/** Throws ApiError MalformedXML for no parts or too many, or one without its number or entity tag. */
function claimedWhole(input: CompleteMultipartUploadRequest): ClaimedWhole {
  const parts = input.MultipartUpload?.Parts ?? []
  if (parts.length === 0 || parts.length > partNumberMax) throw malformedXml()
  return {
    parts: parts.map(({ PartNumber: number, ETag, ...members }) => {
      if (number === undefined || ETag === undefined) throw malformedXml()
      checkPartNumber(number)
      return { number, etag: unquoted(ETag), checksums: checksumsOf(members) }
    }),
    checksums: checksumsOf(input),
    ...(input.ChecksumType && { checksumType: input.ChecksumType }),
    ...(input.MpuObjectSize !== undefined && { size: input.MpuObjectSize }),
  }
}
