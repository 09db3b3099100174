import type { Rows } from '../operation.ts'
import type { ObjectVersion } from './contract.ts'
import { behindRow } from './object-place.ts'

/** Rows read at once: few behind a seek, as many who seek will seek again. */
const readMin = 16
const readMax = 1_000

/**
 * Reads versions in the order of their rows: keys in byte order, of each key the newest first. Who has seen
 * enough of a key or of a folder seeks behind it, and what lies between is not read.
 */
export class VersionWalk {
  readonly #rows: Rows
  readonly #to: Buffer
  #from: Buffer
  #readNext = readMin
  #read: Array<readonly [row: Buffer, version: ObjectVersion]> = []
  #at = 0
  #isLastRead = false

  /** From `from` up to but not `to`: places of `object-place.ts`. */
  constructor(rows: Rows, { from, to }: Readonly<{ from: Buffer; to: Buffer }>) {
    this.#rows = rows
    this.#from = from
    this.#to = to
  }

  /** Undefined behind the last one. */
  async next(): Promise<Readonly<{ row: Buffer; version: ObjectVersion }> | undefined> {
    if (this.#at === this.#read.length && !(await this.#more())) return undefined
    const [row, version] = this.#read[this.#at++]!
    return { row, version }
  }

  /** Goes on at `place`, unless that lies behind. */
  seek(place: Buffer): void {
    const at = this.#at
    while (this.#at < this.#read.length) {
      if (Buffer.compare(this.#read[this.#at]![0], place) >= 0) return
      this.#at++
    }
    // Too much was read: the next seek may be as long.
    if (this.#at > at) this.#readNext = readMin
    if (Buffer.compare(place, this.#from) > 0) this.#from = place
  }

  async #more(): Promise<boolean> {
    if (this.#isLastRead || Buffer.compare(this.#from, this.#to) >= 0) return false
    const limit = this.#readNext
    this.#readNext = Math.min(2 * limit, readMax)
    this.#read = await this.#rows.range('object', { from: this.#from, to: this.#to, limit })
    this.#at = 0
    this.#isLastRead = this.#read.length < limit
    if (this.#read.length > 0) this.#from = behindRow(this.#read.at(-1)![0])
    return this.#read.length > 0
  }
}
