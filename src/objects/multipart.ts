import { createHash } from 'node:crypto'
import { checksumFor } from '../checksums.ts'
import { ApiError } from '../errors.ts'
import type { Checksum, ObjectVersion } from './contract.ts'
import { type CrcAlgorithm, combineCrcs } from './crc-combine.ts'
import { checksumOf, type Part, type Upload } from './uploads.ts'

type Algorithm = Checksum['algorithm']

/** A part as the caller believes it to be. */
export type ClaimedPart = Readonly<{ number: number; etag: string; checksums: Checksums }>

/** Base64 by algorithm. */
export type Checksums = Readonly<Partial<Record<Algorithm, string>>>

/** What a caller says of the whole; what is left out is not checked. */
export type ClaimedWhole = Readonly<{
  parts: readonly ClaimedPart[]
  checksums: Checksums
  checksumType?: Checksum['type']
  size?: number
}>

/** What parts make of an object. */
export type Assembled = Readonly<
  Pick<ObjectVersion, 'blobs' | 'size' | 'etag'> &
    Required<Pick<ObjectVersion, 'parts' | 'checksum'>>
>

/** The smallest part that is not the last (AWS: 5 MiB). */
const partBytesMin = 5 * 1024 ** 2

/**
 * The object that the caller's parts make, without a byte read or copied. `uploaded` are the upload's parts.
 * Throws ApiError InvalidPartOrder, InvalidPart, EntityTooSmall, InvalidRequest or BadDigest: what S3 finds
 * first.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export function assemble(
  upload: Pick<Upload, 'checksum'>,
  uploaded: readonly Part[],
  claimed: ClaimedWhole,
): Assembled {
  const wanted = checksumOf(upload)
  const parts = matchParts(uploaded, claimed.parts, upload.checksum && wanted.algorithm)
  const size = parts.reduce((sum, { blob }) => sum + blob.size, 0)
  checkSizes(parts, size, claimed)
  const checksum = wholeChecksum(wanted, parts, claimed)
  return {
    blobs: parts.map(({ blob }) => blob).filter((blob) => blob.size > 0),
    size,
    etag: etagOf(parts),
    parts: parts.map(({ number, blob, checksum }) => ({
      number,
      size: blob.size,
      ...(checksum && { checksum }),
    })),
    checksum,
  }
}

/** Where nobody asked for an algorithm, what the parts are said to have is no checksum that was kept. */
function matchParts(
  uploaded: readonly Part[],
  claimed: readonly ClaimedPart[],
  asked: Algorithm | undefined,
): Part[] {
  if (claimed.some(({ number }, i) => i > 0 && number <= claimed[i - 1]!.number)) {
    throw new ApiError(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
    )
  }
  const byNumber = new Map(uploaded.map((part) => [part.number, part]))
  return claimed.map(({ number, etag, checksums }) => {
    const part = byNumber.get(number)
    const differs = asked && Object.values(checksums).some((value) => value !== part?.checksum)
    if (part && part.etag === etag && !differs) return part
    throw new ApiError(
      'InvalidPart',
      'One or more of the specified parts could not be found.  The part may not have been uploaded, ' +
        "or the specified entity tag may not match the part's entity tag.",
    )
  })
}

function checkSizes(parts: readonly Part[], size: number, claimed: ClaimedWhole): void {
  if (parts.slice(0, -1).some(({ blob }) => blob.size < partBytesMin)) {
    const text = 'Your proposed upload is smaller than the minimum allowed size'
    throw new ApiError('EntityTooSmall', text)
  }
  if (claimed.size !== undefined && claimed.size !== size) {
    const text = `The provided 'x-amz-mp-object-size' header value ${claimed.size} does not match`
    throw new ApiError('InvalidRequest', `${text} what was computed: ${size}`)
  }
}

/** MD5 of the parts' MD5s, and how many they are. */
function etagOf(parts: readonly Part[]): string {
  const hash = createHash('md5')
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'))
  return `${hash.digest('hex')}-${parts.length}`
}

function wholeChecksum(
  { algorithm, type }: NonNullable<Upload['checksum']>,
  parts: readonly Part[],
  claimed: ClaimedWhole,
): Checksum {
  const name = algorithm.toLowerCase()
  if ((claimed.checksumType ?? type) !== type) {
    const text = `The upload was created using the ${type} checksum mode.`
    throw new ApiError(
      'InvalidRequest',
      `${text} The complete request must use the same checksum mode.`,
    )
  }
  const bare = claimed.parts.find(({ checksums }) => checksums[algorithm] === undefined)
  if (type === 'COMPOSITE' && bare) {
    throw new ApiError(
      'InvalidRequest',
      `The upload was created using a ${name} checksum. The complete request must include the checksum ` +
        `for each part. It was missing for part ${bare.number} in the request.`,
    )
  }
  const value = type === 'COMPOSITE' ? composite(algorithm, parts) : fullObject(algorithm, parts)
  if ((claimed.checksums[algorithm] ?? value) !== value) {
    throw new ApiError(
      'BadDigest',
      `The ${name} you specified did not match the calculated checksum.`,
    )
  }
  return { algorithm, type, value }
}

function composite(algorithm: Algorithm, parts: readonly Part[]): string {
  const whole = checksumFor(`x-amz-checksum-${algorithm.toLowerCase()}`)!
  for (const { checksum } of parts) whole.update(Buffer.from(checksum!, 'base64'))
  return `${whole.base64()}-${parts.length}`
}

function fullObject(algorithm: Algorithm, parts: readonly Part[]): string {
  const pieces = parts.map(({ checksum, blob }) => ({ crc: checksum!, size: blob.size }))
  return combineCrcs(algorithm as CrcAlgorithm, pieces)
}

/**
 * How an upload's object will be checked. Throws ApiError InvalidRequest for a pair that S3 does not have:
 * only CRCs of parts make one of the whole, and CRC64NVME is nothing else.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function checksumOfUpload(
  algorithm: Algorithm | undefined,
  type: Checksum['type'] | undefined,
): Upload['checksum'] {
  if (algorithm === undefined) {
    if (type === undefined) return undefined
    const text = 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm'
    throw new ApiError('InvalidRequest', `${text} header.`)
  }
  const whole = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'
  const only = algorithm.startsWith('SHA') ? 'COMPOSITE' : whole
  const chosen = type ?? whole
  const fits = chosen === only || algorithm === 'CRC32' || algorithm === 'CRC32C'
  if (fits) return { algorithm, type: chosen }
  const text = `The ${chosen} checksum type cannot be used with the ${algorithm.toLowerCase()}`
  throw new ApiError('InvalidRequest', `${text} checksum algorithm.`)
}
