import type { Blobs, Checksum, ObjectVersion, WrittenBlob } from '../../objects/contract.ts'
import { claimedChecksum } from './checksum-members.ts'
import { type BodyInput, receiveBody } from './received-body.ts'

/** Members of ObjectVersion that come from its bytes. */
export type ObjectContent = Pick<ObjectVersion, 'blobs' | 'size' | 'etag'> &
  Readonly<{ checksum: Checksum }>

/** What S3 computes where nobody asks for another. */
export const usualChecksum = 'CRC64NVME'

/**
 * Keeps a request's body as an object's content. Throws what `receiveBody` throws; then nothing is kept.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export async function receiveContent(blobs: Blobs, input: BodyInput): Promise<ObjectContent> {
  const isAsked = input.ChecksumAlgorithm !== undefined || claimedChecksum(input) !== undefined
  const { blob, checksum } = await receiveBody(blobs, input, isAsked ? [] : [usualChecksum])
  return contentOf(blob, checksum?.algorithm ?? usualChecksum)
}

/** What a blob is as the whole of an object; `algorithm` is one that was computed. */
export function contentOf(blob: WrittenBlob, algorithm: Checksum['algorithm']): ObjectContent {
  const { id, size, md5, checksums } = blob
  return {
    blobs: size > 0 ? [{ id, size }] : [],
    size,
    etag: md5,
    checksum: { algorithm, type: 'FULL_OBJECT', value: checksums[algorithm]! },
  }
}
