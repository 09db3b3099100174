import type { UploadPartOutput, UploadPartRequest } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import type { ObjectServices } from '../../objects/contract.ts'
import { checkPartNumber, checksumOf, findUpload, keepPart } from '../../objects/uploads.ts'
import type { Operation } from '../../operation.ts'
import { checkPartChecksum, checksumMember } from './checksum-members.ts'
import { objectResources } from './object-resources.ts'
import { receiveBody } from './received-body.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export const UploadPart: Operation<UploadPartRequest, UploadPartOutput, ObjectServices> = {
  access: 'write',
  category: 'Data',
  action: 's3:PutObject',
  ownChecks: ['PartNumber'],

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx, clock, services: { blobs }, once }) {
    const { Key: key, UploadId: id, PartNumber: number } = input
    checkPartNumber(number)
    const bucket = getBucket(tx, input)
    const receive = async () => {
      const upload = await findUpload(tx, bucket, { key, id })
      checkPartChecksum(input, upload.checksum)
      return receiveBody(blobs, input, [checksumOf(upload).algorithm])
    }
    const { blob, checksum } = await once(receive, (unwanted) => blobs.release([unwanted.blob]))
    await keepPart(tx, bucket, { key, id, number, blob, now: clock.now() }, blobs)
    return {
      ETag: `"${blob.md5}"`,
      ServerSideEncryption: 'AES256',
      ...checksumMember(checksum?.algorithm, checksum?.value),
    }
  },

  recorded: objectResources,
}
