import type { IncomingMessage } from 'node:http'
import { pipeline, type Transform } from 'node:stream'
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import type { Clock } from '../clock.ts'
import type { Limits } from '../limits.ts'

/** A request that is refused as a whole; the message says how to mend it. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** Throws RequestError for a body that is said to be too long, before any of it is read. */
export function checkLength(request: IncomingMessage, bytesMax: number): void {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax)
}

function tooLarge(bytesMax: number): RequestError {
  return new RequestError(413, `send at most ${bytesMax} bytes at once`)
}

const chunkSize = 128 * 1024
const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip({ chunkSize }),
  'x-gzip': () => createGunzip({ chunkSize }),
  deflate: () => createInflate({ chunkSize }),
  zstd: () => createZstdDecompress({ chunkSize }),
}
/** How compressed bytes begin; no record does. */
const magics = [
  { encoding: 'gzip', bytes: Buffer.from([0x1f, 0x8b]) },
  { encoding: 'zstd', bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) },
]

/**
 * The request's body as it comes, inflated. Compression is known by `Content-Encoding`, or by the first
 * bytes: a log file is mostly sent as it lies in its bucket. Throws RequestError for an encoding that is not
 * known (415), past `bytesMax` inflated bytes, so that a small body cannot become an endless one (413), and
 * for one that is damaged or cut off (400).
 */
export async function* inflatedBody(
  request: IncomingMessage,
  bytesMax: number,
): AsyncGenerator<Buffer> {
  let size = 0
  try {
    for await (const bytes of inflated(request)) {
      size += bytes.length
      if (size > bytesMax) throw tooLarge(bytesMax)
      yield bytes
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (/^Z(STD)?_/.test(code)) {
      throw new RequestError(400, 'the compressed body is damaged or cut off', { cause: error })
    }
    throw code === 'ECONNRESET' ? cutOff(error) : error
  }
  if (!request.complete) throw cutOff()
}

function cutOff(cause?: unknown): RequestError {
  return new RequestError(400, 'the request was cut off before its end', { cause })
}

async function* inflated(request: IncomingMessage): AsyncGenerator<Buffer> {
  // The iterator would destroy the socket when it is left early, and the answer with it.
  const pieces: AsyncIterator<Buffer, undefined> = request.iterator({ destroyOnReturn: false })
  const first = (await pieces.next()).value ?? Buffer.alloc(0)
  const decoder = decoderOf(request, first)
  const body = joined(first, pieces)
  if (!decoder) {
    yield* body
    return
  }
  // A failure of either side reaches whoever reads the decoder.
  pipeline(body, decoder, () => undefined)
  yield* decoder
}

async function* joined(
  first: Buffer,
  rest: AsyncIterator<Buffer, undefined>,
): AsyncGenerator<Buffer> {
  yield first
  yield* { [Symbol.asyncIterator]: () => rest }
}

function decoderOf(request: IncomingMessage, first: Buffer): Transform | undefined {
  const stated = request.headers['content-encoding']?.trim().toLowerCase() || 'identity'
  if (stated !== 'identity') {
    const decoder = Object.hasOwn(decoders, stated) ? decoders[stated] : undefined
    if (decoder) return decoder()
    throw new RequestError(
      415,
      `Content-Encoding ${stated} is not known; send gzip, zstd, deflate or none`,
    )
  }
  const magic = magics.find(({ bytes }) => first.subarray(0, bytes.length).equals(bytes))
  return magic && decoders[magic.encoding]!()
}

/**
 * Reads on, up to `bytesMax`, and forgets it: an answer to a client that still sends would be lost with the
 * connection. False when there is more.
 */
export async function isReadThrough(request: IncomingMessage, bytesMax: number): Promise<boolean> {
  let left = bytesMax
  try {
    if (!request.complete && !request.destroyed) {
      for await (const bytes of request.iterator({ destroyOnReturn: false })) {
        left -= bytes.length
        if (left < 0) return false
      }
    }
  } catch {
    return false
  }
  return request.complete
}

/**
 * Hangs up on a sender that has brought fewer than `ingestPeriodBytesMin` bytes when another
 * `requestTimeout` is over: a long body may take hours as long as it moves.
 */
export function keepMoving(
  request: IncomingMessage,
  { clock, limits }: Readonly<{ clock: Clock; limits: MovingLimits }>,
): void {
  const { socket } = request
  let before = socket.bytesRead
  let cancel = () => {}
  const look = () => {
    if (request.complete) return
    if (socket.bytesRead - before < limits.ingestPeriodBytesMin) request.destroy()
    before = socket.bytesRead
    cancel = clock.after(limits.requestTimeout, look)
  }
  cancel = clock.after(limits.requestTimeout, look)
  request.once('close', () => cancel())
}

export type MovingLimits = Pick<Limits, 'requestTimeout' | 'ingestPeriodBytesMin'>
