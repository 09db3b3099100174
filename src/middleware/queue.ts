import { AuditError } from './errors.ts'

type Pending = Readonly<{ line: Buffer; keep: () => void; lose: (error: AuditError) => void }>

/** Events in memory that wait to become durable, so many and no more. */
export class Queue {
  readonly #eventsMax: number
  readonly #bytesMax: number
  readonly #pending: Pending[] = []
  #bytes = 0

  constructor(max: Readonly<{ events: number; bytes: number }>) {
    this.#eventsMax = max.events
    this.#bytesMax = max.bytes
  }

  get length(): number {
    return this.#pending.length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Throws AuditError QueueFull. */
  checkRoom(bytes: number): void {
    if (this.#pending.length >= this.#eventsMax || this.#bytes + bytes > this.#bytesMax) {
      throw new AuditError('QueueFull', 'as many events wait to become durable as may')
    }
  }

  /** Settles as `settle` says. */
  add(line: Buffer): Promise<void> {
    this.#bytes += line.length
    return new Promise((keep, lose) => {
      this.#pending.push({ line, keep, lose })
    })
  }

  /** The oldest lines, at most `count`; they stay. */
  oldest(count: number): Buffer[] {
    return this.#pending.slice(0, count).map(({ line }) => line)
  }

  /** Removes the oldest; each is kept unless `failure` says why not. */
  settle(count: number, failure: (index: number) => AuditError | undefined): void {
    const settled = this.#pending.splice(0, count)
    for (const { line } of settled) this.#bytes -= line.length
    for (const [index, { keep, lose }] of settled.entries()) {
      const error = failure(index)
      error ? lose(error) : keep()
    }
  }
}
