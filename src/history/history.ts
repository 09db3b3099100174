import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { StorageError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { workerUrl } from '../worker-url.ts'
import { dayFile, dayMs, listDays } from './days.ts'
import type { IndexerNotice } from './indexer.ts'
import type { FromIndexer, FromSearcher, ToIndexer, ToSearcher } from './protocol.ts'
import type { FollowPage, FollowQuery, LookupPage, LookupQuery } from './query.ts'

export type HistoryOptions = Readonly<{
  /** Made where there is none. */
  folder: string
  journalFolder: string
  clock: Clock
  limits: Pick<Limits, 'historyDays'>
  /** Told after each batch; see `cursor`. */
  onProgress?(cursor: number): void
  /** Told what an operator must know: databases moved aside, records left out, a disk that fails. */
  onTrouble?(trouble: Trouble): void
}>

export type Trouble =
  | IndexerNotice
  | Readonly<{ what: 'indexing fails' | 'a query failed' | 'a thread ended'; reason: string }>

/**
 * The last 90 days' events, found by their attributes: an index over the journal, made from it by one
 * thread and read by another. It lags behind the journal by its `lag` and never holds it up.
 */
export interface History {
  /** The journal is durable up to here. */
  advance(seq: number): void
  /** The journal is durable up to here, as far as told. */
  readonly durable: number
  /** Every journal record up to here is found. */
  readonly cursor: number
  /** Records that are durable and not found yet. */
  readonly lag: number
  /** Newest first. Rejects with StorageError when the index or the journal cannot be read. */
  lookup(query: LookupQuery): Promise<LookupPage>
  /** In the order of arrival, lagging behind nothing. Rejects like `lookup`. */
  follow(query: FollowQuery): Promise<FollowPage>
  /** Resolves with true once something behind `seq` is durable, with false when the signal aborts. */
  arrival(seq: number, signal: AbortSignal): Promise<boolean>
  /** Ends both threads; what is not indexed yet will be after the next start. */
  close(): Promise<void>
}

/** Starts history's threads. It answers at once with what the last run left, and catches up behind. */
export function openHistory(options: HistoryOptions): History {
  return new ThreadedHistory(options)
}

const restartPauseMs = 1_000

type Waiting = { resolve(page: LookupPage | FollowPage): void; reject(error: Error): void }

class ThreadedHistory implements History {
  cursor = 0
  durable = 0
  readonly #options: HistoryOptions
  #indexer: Worker
  /** Started with the first question: 12 MB that a server nobody asks does not need. */
  #searcher: Worker | undefined
  /** Days that have a database: at first those that the last run left. */
  #days: readonly number[]
  readonly #waiting = new Map<number, Waiting>()
  readonly #arrivals = new Set<() => void>()
  #lastId = 0
  /** It has been told of something new and has not answered: what comes meanwhile is told together. */
  #indexerIsBusy = false
  #closing = false

  constructor(options: HistoryOptions) {
    this.#options = options
    this.#days = existsSync(options.folder) ? listDays(options.folder) : []
    this.#indexer = this.#startIndexer()
  }

  get lag(): number {
    return Math.max(0, this.durable - this.cursor)
  }

  advance(seq: number): void {
    if (seq <= this.durable) return
    this.durable = seq
    if (!this.#indexerIsBusy) this.#advanceIndexer()
    for (const arrived of this.#arrivals) arrived()
  }

  lookup(query: LookupQuery): Promise<LookupPage> {
    const oldest = this.#options.clock.now() - this.#options.limits.historyDays * dayMs
    const from = Math.max(query.range.from ?? oldest, oldest)
    const clipped = { ...query, range: { ...query.range, from } }
    return this.#ask((id) => ({ what: 'lookup', id, query: clipped })) as Promise<LookupPage>
  }

  follow(query: FollowQuery): Promise<FollowPage> {
    const target = Math.min(query.to ?? this.durable, this.durable)
    return this.#ask((id) => ({ what: 'follow', id, query, target })) as Promise<FollowPage>
  }

  arrival(seq: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.durable <= seq && !signal.aborted) return
        this.#arrivals.delete(check)
        signal.removeEventListener('abort', check)
        resolve(this.durable > seq)
      }
      this.#arrivals.add(check)
      signal.addEventListener('abort', check)
      check()
    })
  }

  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    const ended = [this.#indexer, this.#searcher].map((thread) => {
      if (!thread || thread.threadId === -1) return undefined
      return new Promise<void>((done) => thread.once('exit', () => done()))
    })
    this.#tellIndexer({ what: 'close' })
    this.#tellSearcher({ what: 'close' })
    await Promise.all(ended)
    this.#refuseWaiting('history is closed')
  }

  #heardIndexer(message: FromIndexer): void {
    const { onProgress, onTrouble } = this.#options
    switch (message.what) {
      case 'progress':
        this.cursor = message.cursor
        this.#indexerIsBusy = false
        if (message.cursor < this.durable) this.#advanceIndexer()
        this.#days = message.days
        this.#tellSearcher({ what: 'days', days: message.days, changed: message.changed })
        onProgress?.(message.cursor)
        return
      case 'notice':
        // The searcher may hold a file that was moved aside.
        if (message.notice.what === 'database damaged') {
          const movedAside = basename(message.notice.file)
          this.#days = this.#days.filter((day) => dayFile(day) !== movedAside)
          this.#tellSearcher({ what: 'days', days: this.#days, changed: [] })
        }
        onTrouble?.(message.notice)
        return
      case 'failed':
        onTrouble?.({ what: 'indexing fails', reason: message.reason })
    }
  }

  #heardSearcher(message: FromSearcher): void {
    if (message.what === 'damaged') {
      this.#tellIndexer({ what: 'condemn', day: message.day, reason: message.reason })
      return
    }
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.what === 'page') waiting?.resolve(message.page)
    else {
      this.#options.onTrouble?.({ what: 'a query failed', reason: message.reason })
      waiting?.reject(new StorageError('i/o error', message.reason))
    }
  }

  #ask(request: (id: number) => ToSearcher): Promise<LookupPage | FollowPage> {
    if (this.#closing) return Promise.reject(new StorageError('closed', 'history is closed'))
    this.#searcher ??= this.#startSearcher()
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#tellSearcher(request(id))
    })
  }

  #advanceIndexer(): void {
    this.#indexerIsBusy = true
    this.#tellIndexer({ what: 'advance', seq: this.durable, now: this.#options.clock.now() })
  }

  #tellIndexer(message: ToIndexer): void {
    this.#indexer.postMessage(message)
  }

  #tellSearcher(message: ToSearcher): void {
    this.#searcher?.postMessage(message)
  }

  #startIndexer(): Worker {
    const { folder, journalFolder, clock, limits } = this.#options
    const thread = new Worker(workerUrl('./indexer-thread.ts', import.meta.url), {
      workerData: { folder, journalFolder, historyDays: limits.historyDays, now: clock.now() },
      // A batch lives and dies together: with room for it, little is copied by the collector.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    })
    thread.on('message', (message: FromIndexer) => this.#heardIndexer(message))
    this.#restartWhenEnded(thread, () => {
      this.#indexer = this.#startIndexer()
      this.#advanceIndexer()
    })
    return thread
  }

  #startSearcher(): Worker {
    const { folder, journalFolder } = this.#options
    const thread = new Worker(workerUrl('./searcher-thread.ts', import.meta.url), {
      workerData: { folder, journalFolder },
    })
    thread.on('message', (message: FromSearcher) => this.#heardSearcher(message))
    this.#restartWhenEnded(thread, () => {
      this.#refuseWaiting('the query took more than its thread had')
      this.#searcher = this.#startSearcher()
    })
    const days: ToSearcher = { what: 'days', days: this.#days, changed: [] }
    thread.postMessage(days)
    return thread
  }

  /** Threads end only when told to, or when memory runs out; nobody else has to go with them. */
  #restartWhenEnded(thread: Worker, start: () => void): void {
    thread.on('error', (error) => {
      this.#options.onTrouble?.({ what: 'a thread ended', reason: String(error) })
    })
    thread.on('exit', () => {
      this.#options.clock.after(restartPauseMs, () => {
        if (!this.#closing) start()
      })
    })
  }

  #refuseWaiting(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new StorageError('closed', reason))
    this.#waiting.clear()
  }
}
