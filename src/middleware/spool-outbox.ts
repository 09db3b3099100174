import { batchEnd, batchEventsMax } from './batch.ts'
import { AuditError } from './errors.ts'
import type { Outbox } from './outbox.ts'
import type { Refusal } from './post.ts'
import type { Queue } from './queue.ts'
import type { Spool, SpoolLoad } from './spool.ts'

/** Events that wait on disk; in memory only until they are there. */
export class SpoolOutbox implements Outbox {
  readonly #queue: Queue
  readonly #spool: Spool
  readonly #bytesMax: number
  readonly #onReady: (events: number) => void
  #writing: Promise<void> | undefined
  #latest: Promise<void> = Promise.resolve()

  constructor(queue: Queue, spool: Spool, bytesMax: number, onReady: (events: number) => void) {
    this.#queue = queue
    this.#spool = spool
    this.#bytesMax = bytesMax
    this.#onReady = onReady
  }

  checkRoom(bytes: number): void {
    this.#queue.checkRoom(bytes)
    if (this.#spool.bytes + this.#queue.bytes + bytes >= this.#bytesMax) {
      throw new AuditError('SpoolFull', 'the spool has as many bytes as it may')
    }
  }

  add(line: Buffer): Promise<void> {
    this.#latest = this.#queue.add(line)
    this.#writing ??= this.#write()
    return this.#latest
  }

  async written(): Promise<void> {
    await this.#latest.catch(() => undefined)
  }

  next(): Promise<SpoolLoad | undefined> {
    return this.#spool.oldest()
  }

  settle(load: SpoolLoad, refusals: readonly Refusal[]): Promise<void> {
    return this.#spool.settle(load, refusals)
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#spool.close()
  }

  /** All that wait become durable at once, while others gather. */
  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const waiting = this.#queue.oldest(batchEventsMax)
      const lines = waiting.slice(0, batchEnd(waiting, 0))
      const failure = await this.#spool.append(lines).then(
        () => undefined,
        (cause) => new AuditError('SpoolFailed', `the spool: ${cause.message}`, { cause }),
      )
      this.#queue.settle(lines.length, () => failure)
      if (!failure) this.#onReady(lines.length)
    }
    this.#writing = undefined
  }
}
