import { checksumFor } from '../../checksums.ts'
import { ApiError } from '../../errors.ts'
import type { Claim } from './claim.ts'
import type { RequestHead } from './request-head.ts'
import { header, queryPairs } from './request-head.ts'

/**
 * How a request's body is tied to its signature. `signedAs` is what stands for the body in the
 * canonical request; undefined when that is the body's own hash, known only at its end.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 */
export type Payload =
  | Readonly<{ kind: 'hashed'; signedAs: string | undefined }>
  | Readonly<{ kind: 'unsigned'; signedAs: string }>
  | (Readonly<{ kind: 'chunked'; signedAs: string }> & Framing)

/** What the head says of an aws-chunked body. */
export type Framing = Readonly<{
  signedChunks: boolean
  /** The trailers announced, in lower case; each is a checksum we can verify. */
  trailers: readonly string[]
  /** Bytes once decoded, where announced. */
  decodedBytes?: number
}>

const signedChunks = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
const signedChunksAndTrailer = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
const trailerOnly = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
const unsigned = 'UNSIGNED-PAYLOAD'
const contentHash = 'x-amz-content-sha256'

/**
 * What the head says of the body. Throws ApiError InvalidRequest or InvalidArgument, as S3 does, for
 * what we could not verify: silence would pass as proof.
 */
export function readPayload(head: RequestHead, claim: Pick<Claim, 'kind' | 'service'>): Payload {
  const stated = statedHash(head, claim.kind)
  const framing = readFraming(head, stated)
  if (framing) return { kind: 'chunked', signedAs: stated!, ...framing }
  if (stated === undefined) return unstated(claim)
  if (stated === unsigned) return { kind: 'unsigned', signedAs: unsigned }
  if (/^[0-9a-f]{64}$/.test(stated)) return { kind: 'hashed', signedAs: stated }
  throw new ApiError(
    'InvalidArgument',
    `${contentHash} must be ${unsigned}, ${trailerOnly}, ${signedChunks}, ` +
      `${signedChunksAndTrailer} or a valid sha256 value.`,
  )
}

/** The framing of an aws-chunked body; undefined when the body is sent as it is. */
export function readFraming(
  head: RequestHead,
  stated: string | undefined = statedHash(head, 'AuthHeader'),
): Framing | undefined {
  if (!stated || ![signedChunks, signedChunksAndTrailer, trailerOnly].includes(stated)) {
    return undefined
  }
  return {
    signedChunks: stated !== trailerOnly,
    trailers: stated === signedChunks ? [] : readTrailerNames(head),
    decodedBytes: readDecodedBytes(head),
  }
}

/** The header wins: a presigned URL names it only because its signer had to put it somewhere. */
function statedHash(head: RequestHead, kind: Claim['kind']): string | undefined {
  const stated = header(head, contentHash)
  if (stated !== undefined || kind === 'AuthHeader') return stated
  return queryPairs(head).find(([name]) => name.toLowerCase() === contentHash)?.[1]
}

function unstated({ kind, service }: Pick<Claim, 'kind' | 'service'>): Payload {
  if (service !== 's3') return { kind: 'hashed', signedAs: undefined }
  if (kind === 'QueryString') return { kind: 'unsigned', signedAs: unsigned }
  throw new ApiError('InvalidRequest', `Missing required header for this request: ${contentHash}`)
}

function readTrailerNames(head: RequestHead): string[] {
  const announced = header(head, 'x-amz-trailer') ?? ''
  const names = announced.split(',').map((name) => name.trim().toLowerCase())
  const listed = names.filter((name) => name !== '')
  if (listed.some((name) => !checksumFor(name)) || new Set(listed).size < listed.length) {
    throw new ApiError(
      'InvalidRequest',
      'The value specified in the x-amz-trailer header is not supported',
    )
  }
  return listed
}

function readDecodedBytes(head: RequestHead): number | undefined {
  const text = header(head, 'x-amz-decoded-content-length')
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) {
    throw new ApiError('InvalidArgument', 'x-amz-decoded-content-length must be a number of bytes')
  }
  return Number(text)
}
