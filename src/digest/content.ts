import { createHash, hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGunzip, gunzipSync } from 'node:zlib'

/** Bytes of an object as they are stored: at hand, or as they come. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>

/** Stored bytes that do not give the content they should: not gzip, cut short, or too large. */
export class ContentError extends Error {
  override readonly name = 'ContentError'
}

/** What is inflated in one call at most; larger objects go through a stream. */
const oneCallStoredBytes = 1024 * 1024
const oneCallInflatedBytes = 8 * 1024 * 1024

/**
 * The content of a stored object: its gzip members inflated, in chunks. Ends with a ContentError
 * past `inflatedBytesMax`, so that a small object which inflates to a huge one costs little.
 */
export async function* inflate(body: Body, inflatedBytesMax: number): AsyncGenerator<Buffer> {
  const inOneCall = body instanceof Uint8Array && inflateAtOnce(body, inflatedBytesMax)
  if (inOneCall) {
    yield inOneCall
    return
  }
  const input = Readable.from(body instanceof Uint8Array ? [body] : body, { objectMode: false })
  const gunzip = createGunzip()
  input.on('error', (error) => gunzip.destroy(error))
  let bytes = 0
  try {
    for await (const chunk of input.pipe(gunzip)) {
      bytes += chunk.length
      if (bytes > inflatedBytesMax) throw tooLarge(inflatedBytesMax)
      yield chunk
    }
  } catch (error) {
    throw asContentError(error)
  } finally {
    input.destroy()
  }
}

/** Undefined where the object is too large for one call. */
function inflateAtOnce(stored: Uint8Array, inflatedBytesMax: number): Buffer | undefined {
  if (stored.length > oneCallStoredBytes) return undefined
  const maxOutputLength = Math.min(oneCallInflatedBytes, inflatedBytesMax)
  try {
    return gunzipSync(stored, { maxOutputLength })
  } catch (error) {
    if (!isTooLarge(error)) throw asContentError(error)
    if (maxOutputLength === inflatedBytesMax) throw tooLarge(inflatedBytesMax)
    return undefined
  }
}

/** The whole content in memory, of an object that is known to be small. */
export async function inflateAll(body: Body, inflatedBytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of inflate(body, inflatedBytesMax)) chunks.push(chunk)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

/**
 * The hash a digest holds for a file, lower-case hex SHA-256. It covers the JSON and not the gzip
 * around it, which may differ from one compressor to the next.
 */
export async function contentHash(body: Body, inflatedBytesMax: number): Promise<string> {
  const sha256 = createHash('sha256')
  for await (const chunk of inflate(body, inflatedBytesMax)) sha256.update(chunk)
  return sha256.digest('hex')
}

/** The same of content that is inflated already. */
export function sha256Hex(content: Uint8Array): string {
  return hash('sha256', content, 'hex')
}

function tooLarge(inflatedBytesMax: number): ContentError {
  return new ContentError(`inflates to more than ${inflatedBytesMax} bytes`)
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
}

/** zlib's own refusals are about the content; anything else is an outage of the source. */
function asContentError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (!code?.startsWith('Z_')) return error
  const reason = code === 'Z_BUF_ERROR' ? 'is cut short' : 'is not gzip'
  return new ContentError(reason, { cause: error })
}
