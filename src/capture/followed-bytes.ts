import type { Clock } from '../clock.ts'
import { StorageError } from '../errors.ts'
import type { Journal } from '../journal/contract.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import { appendAll } from './adapted-request.ts'
import { BulkAppends, Room } from './bulk-appends.ts'
import type { FeedContext, Parsed } from './feeds/adapter.ts'
import { adapters } from './feeds/adapters.ts'

export type FollowParts = Readonly<{
  journal: Pick<Journal, 'append'>
  clock: Clock
  limits: Pick<Limits, 'recordBytesMax' | 'feedChunkBytes' | 'feedItemsMax' | 'ingestBatchBytes'>
  log: Log
}>

const firstPauseMs = 100
const longestPauseMs = 10_000

/** Turns what is read of one file or socket into records, one piece after the other. */
export class FollowedBytes {
  readonly #kind: string
  readonly #context: Omit<FeedContext, 'isWhole'>
  readonly #parts: FollowParts
  readonly #room: Room
  readonly #stopped: AbortSignal

  constructor(
    { kind, context }: Readonly<{ kind: string; context: Omit<FeedContext, 'isWhole'> }>,
    parts: FollowParts,
    stopped: AbortSignal,
  ) {
    this.#kind = kind
    this.#context = context
    this.#parts = parts
    this.#room = new Room(parts.limits.ingestBatchBytes)
    this.#stopped = stopped
  }

  get name(): string {
    return this.#context.feed
  }

  get isStopped(): boolean {
    return this.#stopped.aborted
  }

  /**
   * Resolves once all finished items are durable, with the number of bytes that are done with; tries until
   * the journal takes them. 0 when it was stopped before. Nothing more should be read meanwhile.
   */
  async take(bytes: Buffer, isWhole: boolean): Promise<number> {
    const parsed = this.#parse(bytes, isWhole)
    return (await this.untilKept(() => this.#append(parsed))) ? parsed.used : 0
  }

  /** Says what is left out because it is too long to be an event. */
  refuse(reason: string): void {
    this.#parts.log.warn('feed item refused', { feed: this.name, reason })
  }

  warn(event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#parts.log.warn(event, { feed: this.name, ...fields })
  }

  /** Tries `task` once, and then until storage takes it; false when stopped before. */
  async untilKept(task: () => Promise<void>): Promise<boolean> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await task()
        return true
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        this.warn('a feed waits for storage', { reason: error.reason })
        await this.pause(pauseMs)
        if (this.isStopped) return false
      }
    }
  }

  /** Resolves after the time, or when stopped. */
  async pause(ms: number): Promise<void> {
    if (this.isStopped) return
    await new Promise<void>((resume) => {
      const end = () => {
        cancel()
        this.#stopped.removeEventListener('abort', end)
        resume()
      }
      const cancel = this.#parts.clock.after(ms, end)
      this.#stopped.addEventListener('abort', end)
    })
  }

  #parse(bytes: Buffer, isWhole: boolean): Parsed {
    const parsed = adapters[this.#kind]!(bytes, { ...this.#context, isWhole })
    const [first] = parsed.refused
    if (first) {
      const { length: items } = parsed.refused
      this.warn('feed items refused', { items, first: first.reason })
    }
    return parsed
  }

  async #append({ records }: Parsed): Promise<void> {
    if (records.length === 0) return
    const { journal, limits } = this.#parts
    const appends = new BulkAppends(journal, {
      from: `follow:${this.name}`,
      room: this.#room,
      batchBytes: limits.ingestBatchBytes,
    })
    await appendAll(records, appends)
  }
}
