import { createHash } from 'node:crypto'
import type { Checksum } from '../../checksums.ts'
import { checksumFor } from '../../checksums.ts'
import { ApiError } from '../../errors.ts'
import { ByteReader } from './byte-reader.ts'
import type { Scope } from './canonical-request.ts'
import { emptyHash, scopeText } from './canonical-request.ts'
import type { Framing } from './payload.ts'
import { sameText, signature } from './signing-key.ts'
import { readTrailers } from './trailers.ts'

/** What the chunks of one request are signed with: each signature covers the one before it. */
export type ChunkSigner = Readonly<{ key: Buffer; scope: Scope; seed: string }>

const headerBytesMax = 128

/**
 * The bytes inside an aws-chunked body. With a signer no byte of a chunk is given out before that
 * chunk's signature is proven, so one chunk is held in memory: `chunkBytesMax` at most. Checksums and
 * the announced length are proven before the iterable completes.
 *
 * Throws ApiError SignatureDoesNotMatch, BadDigest (a trailing checksum) and IncompleteBody (cut
 * short, too long, or not framed as it should be).
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export async function* decodeChunked(
  source: AsyncIterable<Buffer>,
  framing: Framing,
  options: Readonly<{ signer?: ChunkSigner; chunkBytesMax: number }>,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source)
  const chain = options.signer && new SignatureChain(options.signer)
  const checksums = new Map(framing.trailers.map((name) => [name, checksumFor(name)!]))
  const announced = framing.decodedBytes ?? Number.MAX_SAFE_INTEGER
  let decoded = 0
  for (;;) {
    const chunk = await readHeader(reader, framing.signedChunks)
    decoded += chunk.bytes
    if (decoded > announced) throw incompleteBody('is longer than announced')
    if (chain && chunk.bytes > options.chunkBytesMax) {
      throw incompleteBody(`has a signed chunk of more than ${options.chunkBytesMax} bytes`)
    }
    for await (const bytes of chain ? provenData(reader, chunk, chain) : data(reader, chunk)) {
      for (const checksum of checksums.values()) checksum.update(bytes)
      yield bytes
    }
    if (chunk.bytes === 0) break
    if ((await reader.line(1)) !== '\r') throw incompleteBody('has no line end after a chunk')
  }
  if (framing.decodedBytes !== undefined && decoded < announced) {
    throw incompleteBody('is shorter than announced')
  }
  await proveEnd(reader, framing, checksums, chain)
}

type Chunk = Readonly<{ bytes: number; signature: string }>

async function* data(reader: ByteReader, chunk: Chunk): AsyncGenerator<Buffer> {
  for (let left = chunk.bytes; left > 0; ) {
    const bytes = await reader.some(left)
    if (!bytes) throw incompleteBody('ended inside a chunk')
    left -= bytes.length
    yield bytes
  }
}

async function* provenData(
  reader: ByteReader,
  chunk: Chunk,
  chain: SignatureChain,
): AsyncGenerator<Buffer> {
  const whole = Buffer.allocUnsafe(chunk.bytes)
  let length = 0
  for await (const bytes of data(reader, chunk)) length += bytes.copy(whole, length)
  chain.proveChunk(whole, chunk.signature)
  if (length > 0) yield whole
}

async function readHeader(reader: ByteReader, signed: boolean): Promise<Chunk> {
  const line = await reader.line(headerBytesMax)
  const form = signed
    ? /^([0-9a-fA-F]{1,12});chunk-signature=([0-9a-f]{64})\r$/
    : /^([0-9a-fA-F]{1,12})\r$/
  const match = form.exec(line ?? '')
  if (!match) throw incompleteBody('has no chunk header where one is due')
  return { bytes: parseInt(match[1]!, 16), signature: match[2] ?? '' }
}

async function proveEnd(
  reader: ByteReader,
  framing: Framing,
  checksums: ReadonlyMap<string, Checksum>,
  chain: SignatureChain | undefined,
): Promise<void> {
  const signed = framing.signedChunks && framing.trailers.length > 0
  const trailers = await readTrailers(reader, framing.trailers, signed)
  if (await reader.some(1)) throw incompleteBody('goes on after its end')
  if (signed) chain?.proveTrailers(trailers.signedText, trailers.signature)
  for (const [name, checksum] of checksums) {
    if (checksum.base64() === trailers.values.get(name)) continue
    const algorithm = name.slice('x-amz-checksum-'.length).toUpperCase()
    throw new ApiError(
      'BadDigest',
      `The ${algorithm} you specified did not match the calculated checksum.`,
    )
  }
}

class SignatureChain {
  readonly #signer: ChunkSigner
  #previous: string

  constructor(signer: ChunkSigner) {
    this.#signer = signer
    this.#previous = signer.seed
  }

  proveChunk(bytes: Buffer, claimed: string): void {
    const hash = createHash('sha256').update(bytes).digest('hex')
    this.#prove('AWS4-HMAC-SHA256-PAYLOAD', [emptyHash, hash], claimed)
  }

  proveTrailers(text: string, claimed: string): void {
    const hash = createHash('sha256').update(text, 'latin1').digest('hex')
    this.#prove('AWS4-HMAC-SHA256-TRAILER', [hash], claimed)
  }

  #prove(algorithm: string, hashes: string[], claimed: string): void {
    const { key, scope } = this.#signer
    const lines = [algorithm, scope.timestamp, scopeText(scope), this.#previous, ...hashes]
    if (!sameText(signature(key, lines.join('\n')), claimed)) throw signatureMismatch()
    this.#previous = claimed
  }
}

/** The refusal of a signature that is not the one we calculate. */
export function signatureMismatch(): ApiError {
  return new ApiError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your AWS ' +
      'Secret Access Key and signing method. Consult the service documentation for details.',
  )
}

function incompleteBody(how: string): ApiError {
  return new ApiError('IncompleteBody', `The request body ${how}`)
}
