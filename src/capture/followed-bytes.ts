import type { Clock } from '../clock.ts'
import { StorageError } from '../errors.ts'
import type { Journal } from '../journal/contract.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import { appendAll } from './adapted-request.ts'
import { BulkAppends, Room } from './bulk-appends.ts'
import type { FeedContext, Parsed } from './feeds/adapter.ts'
import { adapters } from './feeds/adapters.ts'
import { countItems, type ItemCounter, type ItemCounts } from './feeds.ts'
import { inTurns } from './turns.ts'

export type FollowParts = Readonly<{
  journal: Pick<Journal, 'append'>
  clock: Clock
  limits: Pick<Limits, 'recordBytesMax' | 'feedChunkBytes' | 'feedItemsMax' | 'ingestBatchBytes'>
  log: Log
  items: ItemCounter
}>

/** Of refused items of one piece, so many are said by their places. */
const placesMax = 10
const firstPauseMs = 100
const longestPauseMs = 10_000

/** Where bytes lie: a file, and from which of its bytes on; of a socket only its path. */
export type Place = Readonly<{ path: string; offset?: number }>

/**
 * Turns what is read of one file or socket into records, one piece after the other. What is refused is not
 * kept: the operator's log names file, byte and reason, and all are counted.
 */
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
    this.#count({ taken: 0, repeated: 0, refused: 0 })
  }

  get name(): string {
    return this.#context.feed
  }

  /** As the journal names it. */
  get #source(): string {
    return `follow:${this.name}`
  }

  get isStopped(): boolean {
    return this.#stopped.aborted
  }

  /**
   * Resolves once all finished items are durable, with the number of bytes that are done with; tries until
   * the journal takes them. 0 when it was stopped before. Nothing more should be read meanwhile.
   */
  async take(bytes: Buffer, isWhole: boolean, place: Place): Promise<number> {
    const steps = adapters[this.#kind]!(bytes, { ...this.#context, isWhole })
    const parsed = await inTurns(steps, this.#parts.clock)
    if (!(await this.untilKept(() => this.#append(parsed)))) return 0
    // Those behind come once more.
    const refused = parsed.refused.filter(({ start }) => start < parsed.used)
    this.#refused(refused, place)
    return parsed.used
  }

  /** Says that what begins there is left out, as it is too long to be an event. */
  refuseLong(place: Place): void {
    this.#refused([{ start: 0, reason: 'larger than a record may be' }], place)
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

  #refused(
    refused: ReadonlyArray<Readonly<{ start: number; reason: string }>>,
    { path, offset }: Place,
  ): void {
    if (refused.length === 0) return
    this.#count({ taken: 0, repeated: 0, refused: refused.length })
    const places = refused.slice(0, placesMax).map(({ start, reason }) => ({
      ...(offset !== undefined && { byte: offset + start }),
      reason,
    }))
    this.warn('feed items refused', { path, items: refused.length, places })
  }

  #count(counts: ItemCounts): void {
    countItems(this.#parts.items, this.#source, counts)
  }

  async #append({ records }: Parsed): Promise<void> {
    if (records.length === 0) return
    const { journal, limits } = this.#parts
    const appends = new BulkAppends(journal, {
      from: this.#source,
      room: this.#room,
      batchBytes: limits.ingestBatchBytes,
    })
    try {
      await appendAll(records, appends)
    } finally {
      this.#count({ taken: appends.accepted, repeated: appends.duplicates, refused: 0 })
    }
  }
}
