import type { Clock } from '../clock.ts'
import { batchEventsMax } from './batch.ts'
import { deliver } from './deliver.ts'
import { AuditError } from './errors.ts'
import type { Outbox } from './outbox.ts'
import type { Post } from './post.ts'

/** Pauses after posts that failed: each twice the one before, in milliseconds. */
const firstPauseMs = 100
const longestPauseMs = 30_000

export type SenderOptions = Readonly<{
  outbox: Outbox
  post: Post
  clock: Clock
  /** How long events may wait for others to be posted with, in milliseconds. */
  delayMs: number
  onFailure: (error: AuditError) => void
}>

/** Empties an outbox into the server: soon after events come, and ever more slowly while that fails. */
export class Sender {
  /** Lines that the server has taken. */
  sent = 0
  readonly #options: SenderOptions
  #sending: Promise<void> | undefined
  #cancelTimer: (() => void) | undefined
  #pauseMs = 0
  #unsent = 0
  #isStopped = false

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** So many events more lie in the outbox. */
  soon(events: number): void {
    this.#unsent += events
    if (this.#pauseMs > 0 || this.#sending) return
    if (this.#unsent >= batchEventsMax) this.#later(0)
    else if (!this.#cancelTimer) this.#later(this.#options.delayMs)
  }

  /** Sends all there is; joins a sending that is under way. Rejects with AuditError when that fails. */
  send(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#sending ??= this.#sendAll().then(
      () => this.#ended(0),
      (error) => {
        this.#ended(Math.min(Math.max(this.#pauseMs * 2, firstPauseMs), longestPauseMs))
        const told = error instanceof AuditError ? error : failed(error)
        this.#options.onFailure(told)
        throw told
      },
    )
    return this.#sending
  }

  /** Resolves when a sending that is under way has ended. */
  async ended(): Promise<void> {
    await this.#sending?.catch(() => undefined)
  }

  /** No more is sent by itself. */
  stop(): void {
    this.#isStopped = true
    this.#cancelTimer?.()
  }

  #later(ms: number): void {
    if (this.#isStopped) return
    this.#cancelTimer?.()
    this.#cancelTimer = this.#options.clock.after(ms, () => {
      this.send().catch(() => undefined)
    })
  }

  #ended(pauseMs: number): void {
    this.#sending = undefined
    this.#pauseMs = pauseMs
    if (pauseMs > 0) this.#later(pauseMs)
    else if (this.#unsent > 0) this.#later(this.#options.delayMs)
  }

  async #sendAll(): Promise<void> {
    const { outbox, post } = this.#options
    this.#unsent = 0
    for (let load = await outbox.next(); load; load = await outbox.next()) {
      const refusals = await deliver(load.lines, post)
      await outbox.settle(load, refusals)
      this.sent += load.lines.length - refusals.length
    }
  }
}

/** The outbox's own disk: what is not settled stays and is sent again. */
function failed(cause: unknown): AuditError {
  return new AuditError('SpoolFailed', `the spool: ${(cause as Error).message}`, { cause })
}
