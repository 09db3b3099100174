import { batchEnd, batchEventsMax } from './batch.ts'
import { AuditError } from './errors.ts'
import type { Refusal } from './post.ts'
import type { Queue } from './queue.ts'

/** Lines that are sent and settled together. */
export type Load = Readonly<{ lines: readonly Buffer[] }>

/** Where events wait for the server. */
export interface Outbox {
  /** Throws AuditError QueueFull or SpoolFull where so many bytes more find no room. */
  checkRoom(bytes: number): void
  /** Resolves when the line is durable, rejects with AuditError where it is not kept. */
  add(line: Buffer): Promise<void>
  /** Resolves when all lines added so far are found by `next`, or lost. */
  written(): Promise<void>
  /** The oldest lines; undefined when there are none. They stay until settled. */
  next(): Promise<Load | undefined>
  /** The load is on the server but for the refusals, and is forgotten here. */
  settle(load: Load, refusals: readonly Refusal[]): Promise<void>
  close(): Promise<void>
}

/** Events that wait in memory: durable once the server has them. */
export class MemoryOutbox implements Outbox {
  readonly #queue: Queue
  readonly #onReady: (events: number) => void

  constructor(queue: Queue, onReady: (events: number) => void) {
    this.#queue = queue
    this.#onReady = onReady
  }

  checkRoom(bytes: number): void {
    this.#queue.checkRoom(bytes)
  }

  add(line: Buffer): Promise<void> {
    const added = this.#queue.add(line)
    this.#onReady(1)
    return added
  }

  async written(): Promise<void> {}

  async next(): Promise<Load | undefined> {
    const lines = this.#queue.oldest(batchEventsMax)
    return lines.length > 0 ? { lines: lines.slice(0, batchEnd(lines, 0)) } : undefined
  }

  async settle({ lines }: Load, refusals: readonly Refusal[]): Promise<void> {
    const reasons = new Map(refusals.map(({ index, reason }) => [index, reason]))
    this.#queue.settle(lines.length, (index) => {
      const reason = reasons.get(index)
      return reason === undefined ? undefined : new AuditError('Refused', `refused: ${reason}`)
    })
  }

  async close(): Promise<void> {
    const error = () => new AuditError('Closed', 'closed before the server took the event')
    this.#queue.settle(this.#queue.length, error)
  }
}
