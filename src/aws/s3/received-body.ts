import { ApiError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Blobs, Checksum, WrittenBlob } from '../../objects/contract.ts'
import { builtAlgorithm, claimedChecksum } from './checksum-members.ts'

/** What the head of a request says of its body. */
export type BodyInput = Readonly<{
  Body?: Buffer | AsyncIterable<Buffer>
  ContentMD5?: string
  ChecksumAlgorithm?: string
}>

/** A body that is kept, and the checksum that its sender asked for. */
export type Received = Readonly<{
  blob: WrittenBlob
  checksum?: Readonly<{ algorithm: Checksum['algorithm']; value: string }>
}>

/**
 * Keeps a body, and holds it against what its head says of it; `also` are checksums to compute besides.
 * Throws ApiError BadDigest, InvalidDigest, InvalidRequest, EntityTooLarge; then nothing is kept.
 */
export async function receiveBody(
  blobs: Blobs,
  input: BodyInput,
  also: ReadonlyArray<Checksum['algorithm']> = [],
): Promise<Received> {
  const md5 = claimedMd5(input.ContentMD5)
  const claimed = claimedChecksum(input)
  // A checksum behind the body is proven where the body comes in; here it is only named.
  const algorithm = claimed?.algorithm ?? builtAlgorithm(input.ChecksumAlgorithm)
  const checksums = [...new Set([...also, ...(algorithm ? [algorithm] : [])])]
  const bytesMax = limits.streamBytesMax
  const blob = await blobs.write(input.Body ?? Buffer.alloc(0), { bytesMax, checksums })
  const value = algorithm && blob.checksums[algorithm]
  if (md5 !== undefined && md5 !== blob.md5) {
    blobs.release([blob])
    throw new ApiError('BadDigest', 'The Content-MD5 you specified did not match what we received.')
  }
  if (claimed && claimed.value !== value) {
    blobs.release([blob])
    const text = `The ${claimed.algorithm} you specified did not match the calculated checksum.`
    throw new ApiError('BadDigest', text)
  }
  return { blob, ...(algorithm && value && { checksum: { algorithm, value } }) }
}

/** In hex. */
function claimedMd5(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const bytes = Buffer.from(header, 'base64')
  if (bytes.length === 16 && bytes.toString('base64') === header) return bytes.toString('hex')
  throw new ApiError('InvalidDigest', 'The Content-MD5 you specified was invalid.')
}
