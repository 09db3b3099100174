import { ApiError } from '../../errors.ts'
import type { ByteReader } from './byte-reader.ts'

/** What follows the last chunk. */
export type Trailers = Readonly<{
  /** By name in lower case; exactly those announced. */
  values: ReadonlyMap<string, string>
  /** What the trailers' signature covers. */
  signedText: string
  signature: string
}>

const signatureName = 'x-amz-trailer-signature'
const lineBytesMax = 256

/**
 * Reads the trailers and the empty line that ends the body. Where they are signed, S3's own example
 * ends each with a bare line feed and puts an empty line before the signature; other clients send
 * plain lines. Both are read.
 *
 * Throws ApiError IncompleteBody unless exactly the announced ones come, once each.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function readTrailers(
  reader: ByteReader,
  announced: readonly string[],
  signed: boolean,
): Promise<Trailers> {
  const values = new Map<string, string>()
  const awaited = new Set(signed ? [...announced, signatureName] : announced)
  for (;;) {
    const line = await reader.line(lineBytesMax)
    if (line === '\r') {
      if (awaited.size === 0) break
      if (signed && awaited.size === 1 && awaited.has(signatureName)) continue
    }
    const match = /^([!-9;-~]+): ?([!-~]+)\r?$/.exec(line ?? '')
    const name = match?.[1]?.toLowerCase() ?? ''
    if (!match || !awaited.delete(name)) {
      throw new ApiError(
        'IncompleteBody',
        'The request body does not end in the announced trailers',
      )
    }
    values.set(name, match[2]!)
  }
  const signature = values.get(signatureName) ?? ''
  const signedText = announced
    .toSorted()
    .map((name) => `${name}:${values.get(name)}\n`)
    .join('')
  return { values, signedText, signature }
}
