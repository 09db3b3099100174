import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { ConflictError, StorageError } from '../errors.ts'
import type { Transaction } from '../operation.ts'
import { workerUrl } from '../worker-url.ts'
import type { OutboxEntry, State } from './contract.ts'
import { Documents, parseFrozen } from './documents.ts'
import type { Batch, Contents, DatabaseData, FromDatabase, ToDatabase } from './protocol.ts'
import { RangeSet } from './range-set.ts'
import { ThreadedRowReader } from './row-reader.ts'
import { RecentRows, type RowReader, type RowWrite, StateRows } from './rows.ts'
import { documentId, isCurrent, StateTransaction, type Write } from './transaction.ts'

export type StateOptions = Readonly<{
  /** Holds `state.db`; made where there is none. One process at a time may have it open. */
  folder: string
  clock: Clock
}>

/**
 * Opens the state of a folder. Rejects with StorageError when it cannot be read ("damaged"), was
 * written by a newer version ("newer format"), or the disk fails.
 */
export function openState({ folder, clock }: StateOptions): Promise<State> {
  const workerData: DatabaseData = { folder }
  const thread = new Worker(workerUrl('./state-thread.ts', import.meta.url), { workerData })
  return new Promise<State>((resolve, reject) => {
    thread.once('error', reject)
    thread.once('message', (message: FromDatabase) => {
      thread.removeAllListeners('error')
      try {
        if (message.what === 'opened')
          resolve(new ThreadedState(thread, folder, clock, message.contents))
        else if (message.what === 'failed') throw refusal(message)
      } catch (error) {
        thread.postMessage({ what: 'close' } satisfies ToDatabase)
        reject(error)
      }
    })
  })
}

/** How long what is not urgent waits for a commit to go along with. */
const tidyDelayMs = 200
const retryDelayMs = 1_000

/** A commit from its validation until it is durable or refused. */
type Waiting = Readonly<{
  writes: readonly Write[]
  rows: ReadonlyMap<string, RowWrite>
  outbox: readonly OutboxEntry[]
  committed: ReadonlyArray<() => void>
  settled: PromiseWithResolvers<void>
}>

class ThreadedState implements State {
  readonly #thread: Worker
  readonly #clock: Clock
  readonly #documents = new Documents()
  readonly #reader: ThreadedRowReader
  readonly #recentRows = new RecentRows()
  /** By event id, oldest first. */
  readonly #outbox = new Map<string, OutboxEntry>()
  #queue: Waiting[] = []
  #inFlight: { commits: readonly Waiting[]; batch: Batch } | undefined
  /** Whose commit is about to change a document. */
  readonly #claims = new Map<string, Waiting>()
  /** Event ids that the database may still hold in its outbox, and need not. */
  readonly #settled = new Set<string>()
  /** Documents of refused commits: the database may hold what was refused, and is set right. */
  readonly #doubtful = new Map<string, readonly [kind: string, key: string]>()
  /** The same of rows, which the database's thread takes back by itself with the next batch. */
  #hasDoubtfulRows = false
  #cancelTidying: (() => void) | undefined
  #closed = false
  #idle: PromiseWithResolvers<void> | undefined
  readonly #ended: Promise<unknown>

  constructor(thread: Worker, folder: string, clock: Clock, { documents, outbox }: Contents) {
    this.#thread = thread
    this.#reader = new ThreadedRowReader(folder)
    this.#clock = clock
    for (const [kind, key, text] of documents) {
      this.#documents.set(kind, key, parseDocument(kind, key, text))
    }
    for (const { eventID, from, record, after } of outbox) {
      const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
      this.#outbox.set(eventID, { eventID, from, record: bytes, after })
    }
    this.#ended = new Promise((ended) => thread.once('exit', ended))
    thread.on('message', (message: FromDatabase) => this.#heard(message))
    thread.on('error', (error) => this.#heard(threadEnded(String(error))))
    thread.on('exit', () => {
      this.#closed = true
      this.#heard(threadEnded('it exited'))
    })
  }

  begin(): Transaction {
    return new StateTransaction(this.#documents, new StateRows(this.#rowReader, this.#recentRows))
  }

  /** While the database may hold rows that were refused, nobody is shown any. */
  readonly #rowReader: RowReader = {
    get: (table, key) => this.#whenSound(() => this.#reader.get(table, key)),
    range: (table, range) => this.#whenSound(() => this.#reader.range(table, range)),
  }

  async #whenSound<T>(read: () => Promise<T>): Promise<T> {
    const check = () => {
      if (!this.#hasDoubtfulRows) return
      throw new StorageError('i/o error', 'The last write failed; rows are read when one succeeds')
    }
    check()
    const found = await read()
    check()
    return found
  }

  async commit(tx: Transaction, ...outbox: OutboxEntry[]): Promise<void> {
    if (this.#closed) throw new StorageError('closed', 'The state is closed')
    if (!(tx instanceof StateTransaction)) throw new TypeError('Not a transaction of this state')
    if (!isCurrent(tx, this.#documents) || !this.#recentRows.isCurrent(tx.rows)) {
      throw new ConflictError('Another call changed it')
    }
    if (!tx.dirty && outbox.length === 0) {
      for (const task of tx.committed) task()
      return
    }
    const earlier = this.#claimant(tx)
    if (earlier) {
      // Refused at once, the caller would see the same again and again until the other is durable.
      await earlier.settled.promise.catch(() => {})
      throw new ConflictError('Another call changes it')
    }
    const waiting: Waiting = {
      writes: [...tx.writes.values()],
      rows: tx.rows.writes,
      outbox,
      committed: tx.committed,
      settled: Promise.withResolvers(),
    }
    for (const id of tx.writes.keys()) this.#claims.set(id, waiting)
    for (const id of tx.rows.writes.keys()) this.#claims.set(id, waiting)
    this.#queue.push(waiting)
    // Commits of the same turn of the event loop share the first batch, too.
    queueMicrotask(() => this.#send())
    await waiting.settled.promise
  }

  pendingOutbox(): OutboxEntry[] {
    return [...this.#outbox.values()]
  }

  /** Resolves at once: what is not written down before a crash is found settled by the next replay. */
  async settleOutbox(eventIDs: readonly string[]): Promise<void> {
    for (const eventID of eventIDs) {
      if (this.#outbox.delete(eventID)) this.#settled.add(eventID)
    }
    this.#tidyAfter(tidyDelayMs)
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      this.#cancelTidying?.()
      this.#send(true)
      while (this.#inFlight) {
        this.#idle = Promise.withResolvers()
        await this.#idle.promise
      }
      await this.#reader.close()
      this.#thread.postMessage({ what: 'close' } satisfies ToDatabase)
    }
    await this.#ended
  }

  /** The commit on its way that changes what this transaction saw or writes. */
  #claimant(tx: StateTransaction): Waiting | undefined {
    for (const id of [...tx.seen.keys(), ...tx.rows.rows.keys()]) {
      const claimant = this.#claims.get(id)
      if (claimant) return claimant
    }
    for (const { kind, prefix } of tx.seenLists) {
      const id = documentId(kind, prefix)
      for (const [other, claimant] of this.#claims) if (other.startsWith(id)) return claimant
    }
    const ranges = new RangeSet(tx.rows.ranges)
    for (const [id, claimant] of this.#claims) if (ranges.has(id)) return claimant
    return undefined
  }

  /** Sends all that waits as one batch; what is only tidying goes along, or alone when `tidy`. */
  #send(tidy = false): void {
    const untidy = this.#settled.size + this.#doubtful.size > 0 || this.#hasDoubtfulRows
    if (this.#inFlight || (this.#queue.length === 0 && !(tidy && untidy))) return
    const commits = this.#queue.splice(0)
    const corrections = [...this.#doubtful.values()].map(([kind, key]) => {
      const document = this.#documents.get(kind, key)
      return [kind, key, document ? JSON.stringify(document.value) : null] as const
    })
    const writes = commits.flatMap(({ writes }) => writes)
    const batch: Batch = {
      settled: [...this.#settled],
      documents: [
        ...corrections,
        ...writes.map(({ kind, key, text }) => [kind, key, text ?? null] as const),
      ],
      rows: commits
        .flatMap(({ rows }) => [...rows.values()])
        .map(({ table, key, text }) => [table, new Uint8Array(key), text ?? null] as const),
      outbox: commits
        .flatMap(({ outbox }) => outbox)
        // A copy of its own: with a view, a thread is handed all of the memory behind it.
        .map(({ record, ...entry }) => ({ ...entry, record: new Uint8Array(record) })),
    }
    this.#inFlight = { commits, batch }
    this.#thread.postMessage({ what: 'apply', batch } satisfies ToDatabase)
  }

  #heard(message: FromDatabase): void {
    const { commits, batch } = this.#inFlight ?? { commits: [] }
    this.#inFlight = undefined
    for (const { writes, rows } of commits) {
      for (const { kind, key } of writes) this.#claims.delete(documentId(kind, key))
      for (const id of rows.keys()) this.#claims.delete(id)
    }
    if (message.what === 'applied') {
      for (const eventID of batch!.settled) this.#settled.delete(eventID)
      this.#doubtful.clear()
      this.#hasDoubtfulRows = false
      for (const commit of commits) this.#show(commit)
      this.#send(this.#closed)
    } else if (message.what === 'failed') {
      for (const commit of commits) this.#refuse(commit, refusal(message))
      if (this.#closed) {
        // A thread that has ended takes no more.
        for (const commit of this.#queue.splice(0)) this.#refuse(commit, refusal(message))
      }
      this.#tidyAfter(retryDelayMs)
      this.#send()
    }
    if (!this.#inFlight) this.#idle?.resolve()
  }

  #show({ writes, rows, outbox, committed, settled }: Waiting): void {
    for (const { kind, key, value } of writes) this.#documents.set(kind, key, value)
    this.#recentRows.note(rows.keys())
    for (const entry of outbox) this.#outbox.set(entry.eventID, entry)
    for (const task of committed) task()
    settled.resolve()
  }

  /** What was refused may be in the database all the same, when only its sync failed. */
  #refuse({ writes, rows, outbox, settled }: Waiting, error: StorageError): void {
    if (rows.size > 0) this.#hasDoubtfulRows = true
    for (const { kind, key } of writes) this.#doubtful.set(documentId(kind, key), [kind, key])
    for (const { eventID } of outbox) this.#settled.add(eventID)
    settled.reject(error)
  }

  #tidyAfter(ms: number): void {
    if (this.#closed) return
    this.#cancelTidying ??= this.#clock.after(ms, () => {
      this.#cancelTidying = undefined
      this.#send(true)
    })
  }
}

function parseDocument(kind: string, key: string, text: string): unknown {
  try {
    return parseFrozen(text)
  } catch (error) {
    const message = `state.db: ${kind} ${key} is not JSON; contrail fsck names all damage`
    throw new StorageError('damaged', message, { cause: error })
  }
}

function refusal({ reason, message }: { reason: string; message: string }): StorageError {
  return new StorageError(reason, `The state was not written: ${message}`)
}

function threadEnded(reason: string): FromDatabase {
  return { what: 'failed', reason: 'closed', message: `its thread ended: ${reason}` }
}
