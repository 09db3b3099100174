import type { Clock } from '../clock.ts'
import type { Entry, Journal } from '../journal/contract.ts'
import { lineBytesMax, quoteSource } from '../journal/line.ts'

/**
 * Bytes that may be on their way to the journal at once, over all requests: those that come later wait
 * their turn, and the journal keeps room for other writers.
 */
export class Room {
  readonly #bytesMax: number
  #taken = 0
  readonly #waiting: Array<{ bytes: number; enter(): void }> = []

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Resolves when there is room for so many bytes; what is larger than all of it waits to be alone. */
  async take(bytes: number): Promise<void> {
    await this.#enter(bytes, () => () => undefined)
  }

  /** The same, but false when there was none for `ms`: who holds room already must not wait for ever. */
  async takeWithin(bytes: number, ms: number, clock: Pick<Clock, 'after'>): Promise<boolean> {
    return await this.#enter(bytes, (giveUp) => clock.after(ms, giveUp))
  }

  giveBack(bytes: number): void {
    this.#taken -= bytes
    for (let next = this.#waiting[0]; next && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#taken += next.bytes
      next.enter()
    }
  }

  async #enter(bytes: number, wait: (giveUp: () => void) => () => void): Promise<boolean> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#taken += bytes
      return true
    }
    return await new Promise<boolean>((entered) => {
      const end = wait(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        entered(false)
        // It may have stood before others for whom there is room.
        this.giveBack(0)
      })
      const enter = () => {
        end()
        entered(true)
      }
      const waiting = { bytes, enter }
      this.#waiting.push(waiting)
    })
  }

  #fits(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.#bytesMax
  }
}

/** Appends under way at once for one request: one is synced while the next is gathered. */
const appendsMax = 2

/** Gathers one request's records and appends them some at a time, each unless it came in before. */
export class BulkAppends {
  /** Both are durable. */
  accepted = 0
  duplicates = 0
  /** As the journal names the source. */
  readonly from: string
  readonly #journal: Pick<Journal, 'append'>
  readonly #source: string
  readonly #room: Room
  readonly #batchBytes: number
  readonly #underWay = new Set<Promise<void>>()
  #failure: unknown
  #batch: Entry[] = []
  #bytes = 0

  constructor(
    journal: Pick<Journal, 'append'>,
    { from, room, batchBytes }: { from: string; room: Room; batchBytes: number },
  ) {
    this.#journal = journal
    this.from = from
    this.#source = quoteSource(from)
    this.#room = room
    this.#batchBytes = batchBytes
  }

  /** True when what is gathered should be appended before more comes: then call `flush`. */
  add(record: Buffer): boolean {
    this.#batch.push({ from: this.from, record })
    this.#bytes += lineBytesMax(this.#source, record.length)
    return this.#bytes >= this.#batchBytes
  }

  /** Begins to append what is gathered; waits while too much is under way. Rejects once any append failed. */
  async flush(): Promise<void> {
    if (this.#failure === undefined && this.#batch.length > 0) {
      const append = this.#append(this.#batch, this.#bytes)
        .catch((error) => {
          this.#failure ??= error
        })
        .finally(() => this.#underWay.delete(append))
      this.#underWay.add(append)
    }
    this.#batch = []
    this.#bytes = 0
    while (this.#underWay.size >= appendsMax) await Promise.race(this.#underWay)
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Resolves when all of it is durable; rejects with the first failure, once nothing is under way. */
  async end(): Promise<void> {
    const flushed = this.flush()
    await flushed.catch(() => undefined)
    await Promise.all(this.#underWay)
    if (this.#failure !== undefined) throw this.#failure
  }

  async #append(batch: readonly Entry[], bytes: number): Promise<void> {
    await this.#room.take(bytes)
    try {
      const { seqs } = await this.#journal.append(batch, { once: true })
      const accepted = seqs.filter((seq) => seq !== undefined).length
      this.accepted += accepted
      this.duplicates += seqs.length - accepted
    } finally {
      this.#room.giveBack(bytes)
    }
  }
}
