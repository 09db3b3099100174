import type { Clock } from '../clock.ts'
import type { Journal, JournalRecord } from '../journal/contract.ts'
import type { Log } from '../log.ts'
import type { OutboxEntry, State } from '../state/contract.ts'

export type OutboxOptions = Readonly<{
  state: Pick<State, 'pendingOutbox' | 'settleOutbox'>
  journal: Pick<Journal, 'append' | 'synced'>
  /** Reads the journal's records from one sequence number on, some at a time. */
  read(options: { from: number; to: number; bytesMax: number }): {
    records: readonly JournalRecord[]
    next: number
  }
  clock: Clock
  log: Pick<Log, 'warn'>
}>

/** Brings records that the journal did not take at first to it later, each exactly once. */
export interface Outbox {
  /**
   * Takes over an entry whose append failed: it is tried again, ever more slowly, until it is there.
   * Whoever called for it was not answered well, but its change is visible and needs its record.
   */
  retry(entry: OutboxEntry): void
  /** Entries that are still to be brought. */
  readonly waiting: number
  /** Stops trying; what is left is brought after the next start. */
  close(): Promise<void>
}

const firstPauseMs = 100
const longestPauseMs = 30_000
/** Journal bytes looked through at once, between which others get their turn. */
const searchBytesMax = 4 * 1024 * 1024

/**
 * Brings what the last run left behind, before anybody is answered; resolves after the first try. When
 * the journal takes nothing now, trying goes on behind.
 */
export async function startOutbox(options: OutboxOptions): Promise<Outbox> {
  const outbox = new RetryingOutbox(options)
  for (const entry of options.state.pendingOutbox()) outbox.add(entry)
  await outbox.run()
  return outbox
}

class RetryingOutbox implements Outbox {
  readonly #options: OutboxOptions
  readonly #entries = new Map<string, OutboxEntry>()
  #running: Promise<void> = Promise.resolve()
  #pauseMs = firstPauseMs
  #cancelTimer: (() => void) | undefined
  #closed = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  get waiting(): number {
    return this.#entries.size
  }

  add(entry: OutboxEntry): void {
    this.#entries.set(entry.eventID, entry)
  }

  retry(entry: OutboxEntry): void {
    this.add(entry)
    this.#later()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer?.()
    await this.#running
  }

  /** One try for all; the next one, if need be, after a pause. */
  run(): Promise<void> {
    this.#running = this.#bring().then(
      () => {
        this.#pauseMs = firstPauseMs
      },
      (error) => {
        this.#options.log.warn('records wait for the journal', {
          records: this.#entries.size,
          reason: String(error),
        })
        this.#later()
      },
    )
    return this.#running
  }

  async #bring(): Promise<void> {
    const { state, journal } = this.#options
    const entries = [...this.#entries.values()]
    if (entries.length === 0) return
    const missing = await this.#missing(entries)
    if (missing.length > 0) {
      await journal.append(missing.map(({ from, record }) => ({ from, record })))
    }
    for (const { eventID } of entries) this.#entries.delete(eventID)
    await state.settleOutbox(entries.map(({ eventID }) => eventID))
  }

  /** Those whose record is not in the journal. A failed append may have brought it there all the same. */
  async #missing(entries: readonly OutboxEntry[]): Promise<OutboxEntry[]> {
    const { journal, read } = this.#options
    const missing = new Map(entries.map((entry) => [entry.eventID, entry]))
    const sources = new Set(entries.map((entry) => entry.from))
    const to = journal.synced
    let from = Math.min(...entries.map(({ after }) => after)) + 1
    while (from <= to && missing.size > 0) {
      const { records, next } = read({ from, to, bytesMax: searchBytesMax })
      for (const record of records) {
        const eventID = sources.has(record.from) ? readEventID(record.record) : undefined
        if (eventID !== undefined && missing.get(eventID)?.from === record.from) {
          missing.delete(eventID)
        }
      }
      if (next <= from) break
      from = next
      await new Promise((resume) => setImmediate(resume))
    }
    return [...missing.values()]
  }

  #later(): void {
    if (this.#closed || this.#cancelTimer) return
    this.#cancelTimer = this.#options.clock.after(this.#pauseMs, () => {
      this.#cancelTimer = undefined
      void this.#running.then(() => (this.#closed ? undefined : this.run()))
    })
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
  }
}

function readEventID(record: Buffer): string | undefined {
  return (JSON.parse(record.toString()) as { eventID?: string }).eventID
}
