import { type Framing, NonsenseError, readHeaderLine } from './message-head.ts'

/** A line of a chunked body with all its extensions, and all trailers together. */
const lineBytesMax = 4 * 1024
const trailerBytesMax = 64 * 1024

/**
 * Follows a message's body through the bytes that carry it, without changing or keeping them, and shows
 * the body's own bytes to `seen`: those without chunk sizes and trailers.
 */
export class BodyReader {
  readonly #seen: (piece: Buffer) => void
  readonly #framing: Framing
  #expects: 'data' | 'size' | 'data end' | 'trailer' | 'nothing'
  /** Of the body, or of the chunk at hand. */
  #left: number
  #line = ''
  #trailerBytes = 0

  constructor(framing: Framing, seen: (piece: Buffer) => void) {
    this.#seen = seen
    this.#framing = framing
    this.#left = framing.kind === 'length' ? framing.bytes : Number.POSITIVE_INFINITY
    const isEmpty = framing.kind === 'none' || this.#left === 0
    this.#expects = isEmpty ? 'nothing' : framing.kind === 'chunked' ? 'size' : 'data'
  }

  /** The message is whole. Never true of one that ends with its connection. */
  get ended(): boolean {
    return this.#expects === 'nothing'
  }

  /** The end of the connection is the end of the message. */
  get endsWithConnection(): boolean {
    return this.#framing.kind === 'close'
  }

  /** How many of these bytes belong to the message. Throws NonsenseError for a chunk that is none. */
  take(bytes: Buffer): number {
    let at = 0
    while (at < bytes.length && this.#expects !== 'nothing') {
      at = this.#expects === 'data' ? this.#takeData(bytes, at) : this.#takeLine(bytes, at)
    }
    return at
  }

  #takeData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.#seen(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    this.#left -= end - at
    if (this.#left === 0) this.#expects = this.#framing.kind === 'chunked' ? 'data end' : 'nothing'
    return end
  }

  #takeLine(bytes: Buffer, at: number): number {
    const feed = bytes.indexOf(0x0a, at)
    const end = feed < 0 ? bytes.length : feed + 1
    this.#line += bytes.toString('latin1', at, end)
    if (this.#line.length > lineBytesMax) throw new NonsenseError('a chunk line too long')
    if (feed < 0) return end
    if (!this.#line.endsWith('\r\n')) throw new NonsenseError('a line without its end')
    const line = this.#line.slice(0, -2)
    this.#line = ''
    this.#expects = this.#after(line)
    return end
  }

  /** What comes after a line that is whole. */
  #after(line: string): 'data' | 'size' | 'trailer' | 'nothing' {
    if (this.#expects === 'data end') {
      if (line !== '') throw new NonsenseError('a chunk longer than its size')
      return 'size'
    }
    if (this.#expects === 'trailer') {
      if (line === '') return 'nothing'
      readHeaderLine(line)
      this.#trailerBytes += line.length
      if (this.#trailerBytes > trailerBytesMax) throw new NonsenseError('trailers too long')
      return 'trailer'
    }
    const size = /^([0-9a-fA-F]{1,13})(?:;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line)?.[1]
    if (size === undefined) throw new NonsenseError('a chunk without its size')
    this.#left = Number.parseInt(size, 16)
    return this.#left === 0 ? 'trailer' : 'data'
  }
}
