import type { Clock } from '../clock.ts'
import { StorageError } from '../errors.ts'
import type { Files } from '../files.ts'
import { limits as defaultLimits, type Limits } from '../limits.ts'
import { Batch, Chunks } from './batch.ts'
import type { Appended, Damage, Entry, Journal } from './contract.ts'
import { DiskSpace } from './disk-space.ts'
import { lineBytesMax, quoteSource } from './line.ts'
import { fingerprint } from './seen.ts'
import { type LogLimits, SegmentLog } from './segment-log.ts'

type JournalLimits = LogLimits &
  Pick<Limits, 'journalQueueBytesMax' | 'journalFailureMemory' | 'diskFreeBytesMin'>

export type JournalOptions = Readonly<{
  /** Made where there is none. One process at a time may have it open. */
  folder: string
  files: Files
  clock: Clock
  limits?: Partial<JournalLimits>
  /**
   * What consumers have read: no number up to it is given out again, also where the end of the journal is
   * gone, as a new record would be taken for one that was read. 0 by default.
   */
  readUpTo?: number
  /** Records younger than this stay, whatever `retain` is told. */
  retentionDays: number
  /** Told at the start of what is not as it was written: nothing is skipped in silence. */
  onDamage: (damage: Damage) => void
}>

/**
 * Opens the journal in a folder. Rejects with StorageError when the disk does not let it read or make
 * sure of what is there.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const limits = { ...defaultLimits, ...options.limits }
  try {
    const log = await SegmentLog.open({ readUpTo: 0, ...options, limits })
    return new FileJournal({ ...options, limits }, log)
  } catch (error) {
    throw storageError(error)
  }
}

const dayMs = 24 * 3600_000

/**
 * Group commit: appends encode their lines into the newest batch while the one before it is being
 * synced. Numbers are given out at once; should a write fail, everything that waits is refused, and so
 * the numbers behind it are free again.
 */
class FileJournal implements Journal {
  synced: number
  readonly #log: SegmentLog
  readonly #space: DiskSpace
  readonly #clock: Clock
  readonly #limits: JournalLimits
  readonly #retentionMs: number
  readonly #chunks = new Chunks()
  readonly #listeners = new Set<(seq: number) => void>()
  /** In order; the first is closed to more while it is `#writing`. */
  #batches: Batch[] = []
  #writing: Batch | undefined
  #running: Promise<void> | undefined
  #waitingBytes = 0
  #nextSeq: number
  /** The bulk records that are not synced yet. */
  readonly #pending = new Map<string, Batch>()
  #failed: Readonly<{ error: StorageError; until: number }> | undefined
  #retaining: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: JournalOptions & { limits: JournalLimits }, log: SegmentLog) {
    const { folder, files, clock, limits, retentionDays } = options
    this.#log = log
    this.#space = new DiskSpace(folder, files, clock, limits.diskFreeBytesMin)
    this.#clock = clock
    this.#limits = limits
    this.#retentionMs = retentionDays * dayMs
    this.#nextSeq = log.nextSeq
    this.synced = log.nextSeq - 1
  }

  async append(entries: readonly Entry[], options?: { once?: boolean }): Promise<Appended> {
    const sources = checkedSources(entries)
    this.#admit(entries, sources)
    const at = this.#clock.now()
    const seqs: Array<number | undefined> = []
    let last: Batch | undefined
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!
      const id = options?.once ? fingerprint(entry) : undefined
      const pending = id === undefined ? undefined : this.#pending.get(id)
      if (pending || (id !== undefined && this.#log.seen.has(id))) {
        // One that is still on its way is no duplicate of anything until it is synced.
        last = later(last, pending)
        seqs.push(undefined)
        continue
      }
      last = this.#batchFor(lineBytesMax(sources[i]!, entry.record.length))
      const before = last.bytes
      seqs.push(last.add(sources[i]!, entry.record, at))
      this.#waitingBytes += last.bytes - before
      this.#nextSeq = last.lastSeq + 1
      if (id !== undefined) {
        last.ids.push(id)
        this.#pending.set(id, last)
      }
    }
    await last?.done
    return { seqs }
  }

  has(entry: Entry): boolean {
    const id = fingerprint(entry)
    return this.#pending.has(id) || this.#log.seen.has(id)
  }

  async ready(): Promise<void> {
    this.#checkOpen()
    if (this.#failed && this.#clock.now() < this.#failed.until) throw this.#failed.error
    await this.#space.check().catch((error) => {
      throw storageError(error)
    })
  }

  onSynced(listener: (seq: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async retain(keepFrom: number): Promise<void> {
    const before = this.#clock.now() - this.#retentionMs
    const done = this.#retaining.then(() => this.#log.retain(keepFrom, before))
    this.#retaining = done.catch(() => {})
    await done.catch((error) => {
      throw storageError(error)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#running
    await this.#retaining
    await this.#log.close()
  }

  /** Refuses what cannot be taken, before anything of it is. */
  #admit(entries: readonly Entry[], sources: readonly string[]): void {
    this.#checkOpen()
    const bytes = entries.reduce(
      (sum, { record }, i) => sum + lineBytesMax(sources[i]!, record.length),
      this.#waitingBytes,
    )
    if (bytes > this.#limits.journalQueueBytesMax) {
      throw new StorageError('busy', 'Too much waits to be written to the journal')
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new StorageError('closed', 'The journal is closed')
  }

  /** The batch that takes the next line. */
  #batchFor(lineBytes: number): Batch {
    const newest = this.#batches.at(-1)
    const room = newest && newest.bytes + lineBytes <= this.#limits.journalBatchBytesMax
    if (room && newest !== this.#writing) return newest
    const batch = new Batch(this.#nextSeq, this.#chunks)
    this.#batches.push(batch)
    // Appends of the same turn of the event loop share the first write, too.
    this.#running ??= Promise.resolve().then(() => this.#run())
    return batch
  }

  /** Writes batch after batch until none waits. */
  async #run(): Promise<void> {
    for (let batch = this.#batches[0]; batch; batch = this.#batches[0]) {
      this.#writing = batch
      try {
        await this.#space.check()
        await this.#log.write(batch)
      } catch (error) {
        this.#refuseAll(storageError(error))
        continue
      }
      this.#settle(batch)
    }
    this.#writing = undefined
    this.#running = undefined
  }

  #settle(batch: Batch): void {
    this.#batches.shift()
    this.#waitingBytes -= batch.bytes
    for (const id of batch.ids) this.#pending.delete(id)
    batch.free()
    this.synced = batch.lastSeq
    this.#failed = undefined
    batch.resolve()
    for (const listener of this.#listeners) listener(batch.lastSeq)
  }

  /** Nothing that waits may be acknowledged once a part before it was not. */
  #refuseAll(error: StorageError): void {
    // Room on the disk is looked at whenever it is asked for.
    if (error.reason !== 'disk full') {
      this.#failed = { error, until: this.#clock.now() + this.#limits.journalFailureMemory }
    }
    this.#pending.clear()
    this.#waitingBytes = 0
    this.#nextSeq = this.synced + 1
    for (const batch of this.#batches.splice(0)) {
      batch.free()
      batch.reject(error)
    }
  }
}

/** Each entry's source as it stands in the line; throws RangeError for what no line can hold. */
function checkedSources(entries: readonly Entry[]): string[] {
  const quoted = new Map<string, string>()
  return entries.map(({ from, record }) => {
    if (record.includes(0x0a)) throw new RangeError('A record with a line break')
    const source = quoted.get(from) ?? quoteSource(from)
    quoted.set(from, source)
    return source
  })
}

function later(a: Batch | undefined, b: Batch | undefined): Batch | undefined {
  return a && b ? (a.firstSeq > b.firstSeq ? a : b) : (a ?? b)
}

/** What an operator can act on: a disk that is full, or one that fails. */
function storageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const { code, message } = error as NodeJS.ErrnoException
  const reason = code === 'ENOSPC' || code === 'EDQUOT' ? 'disk full' : 'i/o error'
  return new StorageError(reason, `The journal's files: ${message}`, { cause: error })
}
