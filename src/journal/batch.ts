import { encodeLine, lineBytesMax } from './line.ts'

const chunkBytes = 1024 * 1024
const spareMax = 16

/** Memory for lines, used again: fresh pages for every batch would cost more than filling them. */
export class Chunks {
  readonly #spare: Buffer[] = []

  take(bytesMin: number): Buffer {
    if (bytesMin > chunkBytes) return Buffer.allocUnsafeSlow(bytesMin)
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(chunkBytes)
  }

  give(chunks: readonly Buffer[]): void {
    for (const chunk of chunks) {
      if (chunk.length === chunkBytes && this.#spare.length < spareMax) this.#spare.push(chunk)
    }
  }
}

/** Lines that share one write and one sync, already as they will lie in the file. */
export class Batch {
  readonly firstSeq: number
  /** Below `firstSeq` while the batch is empty. */
  lastSeq: number
  bytes = 0
  newestAt = 0
  /** Fingerprints of its bulk records. */
  readonly ids: string[] = []
  /** Settles when the batch is synced, or is known not to be. */
  readonly done: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  readonly #source: Chunks
  readonly #chunks: Buffer[] = []
  /** Bytes used in each chunk. */
  readonly #used: number[] = []

  constructor(firstSeq: number, source: Chunks) {
    this.firstSeq = firstSeq
    this.lastSeq = firstSeq - 1
    this.#source = source
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.done = promise
    this.resolve = resolve
    this.reject = reject
    // Callers wait for the last batch they are in; one before it may have nobody to tell.
    promise.catch(() => {})
  }

  /** Adds a record's line and returns its sequence number. */
  add(source: string, record: Buffer, at: number): number {
    const needed = lineBytesMax(source, record.length)
    let last = this.#chunks.length - 1
    if (last < 0 || this.#chunks[last]!.length - this.#used[last]! < needed) {
      this.#chunks.push(this.#source.take(needed))
      this.#used.push(0)
      last++
    }
    const seq = this.lastSeq + 1
    const start = this.#used[last]!
    const end = encodeLine(this.#chunks[last]!, start, { seq, at, source, record })
    this.#used[last] = end
    this.bytes += end - start
    this.lastSeq = seq
    this.newestAt = Math.max(this.newestAt, at)
    return seq
  }

  lines(): Buffer[] {
    return this.#chunks.map((chunk, i) => chunk.subarray(0, this.#used[i]))
  }

  /** Gives its memory back; nobody may read the lines any more. */
  free(): void {
    this.#source.give(this.#chunks.splice(0))
  }
}
