/**
 * Reads lines and counted bytes from a stream of buffers of any sizes, holding no more than what one
 * call asks for and the buffer it ended in. The source is read on demand and never closed from here:
 * a refused request's socket is still needed for the answer.
 */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Some bytes, `max` at most; undefined at the end. */
  async some(max: number): Promise<Buffer | undefined> {
    while (this.#held.length === 0) {
      if (!(await this.#fill())) return undefined
    }
    const bytes = this.#held.subarray(0, max)
    this.#held = this.#held.subarray(bytes.length)
    return bytes
  }

  /** A line without its line feed; undefined when none ends within `max` bytes or before the end. */
  async line(max: number): Promise<string | undefined> {
    let line = ''
    for (;;) {
      if (this.#held.length === 0 && !(await this.#fill())) return undefined
      const room = this.#held.subarray(0, max + 1 - line.length)
      const end = room.indexOf(0x0a)
      if (end < 0 && line.length + room.length > max) return undefined
      line += room.toString('latin1', 0, end < 0 ? room.length : end)
      this.#held = this.#held.subarray(end < 0 ? room.length : end + 1)
      if (end >= 0) return line
    }
  }

  /** Everything up to the end, as it comes. */
  async *rest(): AsyncGenerator<Buffer> {
    for (;;) {
      const bytes = await this.some(Number.MAX_SAFE_INTEGER)
      if (!bytes) return
      yield bytes
    }
  }

  async #fill(): Promise<boolean> {
    const { done, value } = await this.#source.next()
    if (!done) this.#held = value
    return !done
  }
}
