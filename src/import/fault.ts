import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { headBytes, isGzip } from './file-kind.ts'
import type { Content } from './files.ts'

/** Content up to this size is held to find where its JSON breaks. */
const parsedBytesMax = 64 * 1024 * 1024

/** Where a file that was refused breaks: a reason with the byte; undefined where that cannot be told. */
export async function faultIn(content: Content): Promise<string | undefined> {
  const stored = pieces(content)
  const first = (await stored.next()).value ?? Buffer.alloc(0)
  const whole = joined(first, stored)
  if (!isGzip(first)) return jsonFault(await held(whole), '')
  let storedBytes = 0
  const gunzip = createGunzip()
  const counted = async function* () {
    for await (const bytes of whole) {
      yield bytes
      storedBytes += bytes.length
    }
  }
  const input = Readable.from(counted(), { highWaterMark: 1 })
  input.on('error', (error) => gunzip.destroy(error))
  try {
    return jsonFault(await held(input.pipe(gunzip)), ' of the inflated content')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'Z_BUF_ERROR') return `the gzip is cut off after byte ${storedBytes}`
    if (!code?.startsWith('Z_')) throw error
    return `the gzip is damaged near byte ${gunzip.bytesWritten} (${(error as Error).message})`
  } finally {
    input.destroy()
  }
}

/** Small ones, so that a fault is found near its byte. */
async function* pieces(content: Content): AsyncGenerator<Buffer, undefined> {
  for await (const bytes of Buffer.isBuffer(content) ? [content] : content) {
    for (let at = 0; at < bytes.length; at += headBytes) yield bytes.subarray(at, at + headBytes)
  }
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* rest
}

/** The whole content; undefined, once it was read through, for more than can be held. */
async function held(content: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  let parts: Buffer[] = []
  let size = 0
  for await (const bytes of content) {
    size += bytes.length
    if (size > parsedBytesMax) parts = []
    else parts.push(bytes)
  }
  return size > parsedBytesMax ? undefined : Buffer.concat(parts)
}

/** Where one JSON value breaks; lines of values break nowhere by this. */
function jsonFault(content: Buffer | undefined, of: string): string | undefined {
  if (!content) return undefined
  const text = content.toString('utf8')
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const { message } = error as Error
    const position = / at position (\d+)/.exec(message)?.[1]
    const isEnd = position === undefined && /end of JSON input/.test(message)
    if (position === undefined && !isEnd) return undefined
    const byte = isEnd ? content.length : Buffer.byteLength(text.slice(0, Number(position)))
    return byte >= content.length
      ? `the JSON ends too early, after byte ${content.length}${of}`
      : `the JSON breaks at byte ${byte}${of}`
  }
}
