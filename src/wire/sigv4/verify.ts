import { createHash } from 'node:crypto'
import { ApiError } from '../../errors.ts'
import type { Limits } from '../../limits.ts'
import type { Principal } from '../../operation.ts'
import { ByteReader } from './byte-reader.ts'
import { canonicalRequest, emptyHash, stringToSign } from './canonical-request.ts'
import { decodeChunked, signatureMismatch } from './chunked-body.ts'
import type { Claim } from './claim.ts'
import { clipped, isoBasic, parseBasic } from './claim.ts'
import type { Payload } from './payload.ts'
import { readFraming, readPayload } from './payload.ts'
import type { RequestHead } from './request-head.ts'
import { headersByName } from './request-head.ts'
import { SigningKeys, sameText, signature } from './signing-key.ts'

export type { Claim } from './claim.ts'
export { readClaim } from './claim.ts'
export type { RequestHead } from './request-head.ts'

/** What is known of an access key id. */
export type Credential = Readonly<{
  secret: string
  active: boolean
  principal: Principal
  /** Temporary credentials are valid only together with this token. */
  sessionToken?: string
  /** When temporary credentials end: milliseconds since the epoch. */
  expires?: number
}>

export type VerifyOptions = Readonly<{
  /** Undefined for an access key id that nobody has. */
  credential: Credential | undefined
  /** Milliseconds since the epoch. */
  now: number
  /** The service the request is for, where something other than the scope tells; Regions we are. */
  expect: Readonly<{ service?: string; regions: readonly string[] }>
  limits: Pick<Limits, 'clockSkew' | 'presignedExpiryMax' | 'chunkBytesMax'>
  /** Derived keys of earlier calls. */
  keys?: SigningKeys
  /** SHA-256 of the body, hex, where it is known already: then the head alone is proof or none. */
  bodyHash?: string
}>

/**
 * A body on its way in. `decodeBody` gives the bytes the caller meant and proves them on the way: it
 * throws before it completes, so nothing may be done with a body that was not read to its end, not
 * even with an empty one. The source is never closed by it.
 */
export type VerifiedCall = Readonly<{
  decodeBody(source: AsyncIterable<Buffer>): AsyncIterable<Buffer>
}>

/** Unknown keys are checked against this, so that they take the work a wrong secret takes. */
const decoySecret = 'no access key has this secret'

/**
 * Proves that the holder of the claimed key signed this head, for us and for now. Throws ApiError in
 * AWS's words: MissingAuthenticationToken, IncompleteSignature, SignatureDoesNotMatch, RequestExpired,
 * InvalidClientTokenId, ExpiredToken; InvalidRequest or InvalidArgument for a payload that cannot be
 * verified. Where the request does not state its body's hash the signature is proven at the body's end.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export function verify(
  head: RequestHead,
  claim: Claim | undefined,
  options: VerifyOptions,
): VerifiedCall {
  if (!claim) {
    throw new ApiError('MissingAuthenticationToken', 'Request is missing Authentication Token')
  }
  checkScope(claim, options.expect)
  checkTime(claim, options)
  checkSignedHeaders(head, claim)
  const payload = readPayload(head, claim)

  const { credential, keys = new SigningKeys(1) } = options
  const key = keys.derive(credential?.secret ?? decoySecret, claim)
  const isProven = (payloadHash: string) => {
    const text = stringToSign(claim, canonicalRequest(head, claim, payloadHash))
    return sameText(signature(key, text), claim.signature)
  }
  const signedAs = payload.signedAs ?? options.bodyHash
  const proven = isProven(signedAs ?? emptyHash)
  checkCredential(credential, claim, options.now)
  if (signedAs !== undefined && !proven) throw signatureMismatch()

  return {
    decodeBody(source) {
      if (payload.kind === 'unsigned') return new ByteReader(source).rest()
      if (payload.kind === 'hashed') return hashedBody(source, payload, claim, isProven)
      const signer = payload.signedChunks ? { key, scope: claim, seed: claim.signature } : undefined
      const { chunkBytesMax } = options.limits
      return decodeChunked(source, payload, { signer, chunkBytesMax })
    },
  }
}

/**
 * The same decoding for servers that take every caller's word: checksums count, signatures do not.
 * Throws ApiError InvalidRequest or InvalidArgument for a framing that cannot be read.
 */
export function decodeUnverified(head: RequestHead): VerifiedCall {
  const framing = readFraming(head)
  return {
    decodeBody(source) {
      if (!framing) return new ByteReader(source).rest()
      return decodeChunked(source, framing, { chunkBytesMax: Number.MAX_SAFE_INTEGER })
    },
  }
}

async function* hashedBody(
  source: AsyncIterable<Buffer>,
  { signedAs }: Payload,
  { service }: Claim,
  isProven: (payloadHash: string) => boolean,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const bytes of new ByteReader(source).rest()) {
    hash.update(bytes)
    yield bytes
  }
  const found = hash.digest('hex')
  if (signedAs === undefined) {
    if (!isProven(found)) throw signatureMismatch()
  } else if (signedAs !== found) {
    if (service !== 's3') throw signatureMismatch()
    throw new ApiError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
  }
}

function checkScope(claim: Claim, expect: VerifyOptions['expect']): void {
  const { date, region, service, terminator, timestamp } = claim
  const wrong: string[] = []
  if (!expect.regions.includes(region)) {
    wrong.push(`Credential should be scoped to a valid region, not '${clipped(region)}'.`)
  }
  if (expect.service !== undefined && service !== expect.service) {
    wrong.push(`Credential should be scoped to correct service: '${expect.service}'.`)
  }
  if (terminator !== 'aws4_request') {
    const found = clipped(terminator)
    wrong.push(
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${found}'.`,
    )
  }
  const day = timestamp.slice(0, 8)
  if (date !== day) {
    wrong.push(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        `'${clipped(date)}' != '${day}', from '${timestamp}'.`,
    )
  }
  if (wrong.length > 0) throw new ApiError('SignatureDoesNotMatch', wrong.join(' '))
}

function checkTime(claim: Claim, { now, limits }: VerifyOptions): void {
  const signedAt = parseBasic(claim.timestamp)
  const minutes = limits.clockSkew / 60_000
  const bound = (ms: number, sign: string) =>
    `${isoBasic(ms)} (${isoBasic(now)} ${sign} ${minutes} min.)`
  const earliest = now - limits.clockSkew
  const latest = now + limits.clockSkew
  if (signedAt > latest) {
    const than = bound(latest, '+')
    const text = `Signature not yet current: ${claim.timestamp} is still later than ${than}`
    throw new ApiError('RequestExpired', text)
  }
  const lifetime = readLifetime(claim, limits.presignedExpiryMax)
  if (lifetime === undefined) {
    if (signedAt >= earliest) return
    const than = bound(earliest, '-')
    const text = `Signature expired: ${claim.timestamp} is now earlier than ${than}`
    throw new ApiError('RequestExpired', text)
  }
  if (now < signedAt + lifetime) return
  const code = claim.service === 's3' ? 'AccessDenied' : 'RequestExpired'
  throw new ApiError(code, 'Request has expired')
}

/** A presigned URL's life in milliseconds; undefined where only the clocks' difference counts. */
function readLifetime({ kind, service, expires }: Claim, max: number): number | undefined {
  if (kind === 'AuthHeader') return undefined
  if (expires === undefined && service !== 's3') return undefined
  const seconds = /^\d{1,9}$/.test(expires ?? '') ? Number(expires) : 0
  if (seconds >= 1 && seconds * 1000 <= max) return seconds * 1000
  throw new ApiError(
    'IncompleteSignature',
    `X-Amz-Expires must be a number of seconds between 1 and ${max / 1000}`,
  )
}

/** What is not signed could have been added on the way: the host and every x-amz- header must be. */
function checkSignedHeaders(head: RequestHead, claim: Claim): void {
  const present = headersByName(head)
  const signed = new Set(claim.signedHeaders)
  const due = ['host', ...[...present.keys()].filter((name) => name.startsWith('x-amz-'))]
  const unsigned = due.filter((name) => !signed.has(name))
  if (unsigned.length > 0 && claim.service === 's3') {
    const text = 'There were headers present in the request which were not signed'
    const details = { HeadersNotSigned: clipped(unsigned.join(', ')) }
    throw new ApiError('AccessDenied', text, { details })
  }
  if (unsigned.length > 0) {
    const text = `'${clipped(unsigned[0]!)}' must be a 'SignedHeader' in the AWS Authorization.`
    throw new ApiError('SignatureDoesNotMatch', text)
  }
  if (claim.signedHeaders.some((name) => !present.has(name))) throw signatureMismatch()
}

function checkCredential(credential: Credential | undefined, claim: Claim, now: number): void {
  const token = sameText(claim.sessionToken ?? '', credential?.sessionToken ?? '')
  if (!credential?.active || !token) {
    throw unknownKey(claim)
  }
  if (credential.expires !== undefined && now >= credential.expires) {
    throw new ApiError('ExpiredToken', 'The security token included in the request is expired')
  }
}

/** The refusal of a key that is not there, not in use, or not the session's. */
export function unknownKey({ service }: Pick<Claim, 'service'>): ApiError {
  const text =
    service === 's3'
      ? 'The AWS Access Key Id you provided does not exist in our records.'
      : 'The security token included in the request is invalid.'
  return new ApiError('InvalidClientTokenId', text)
}
