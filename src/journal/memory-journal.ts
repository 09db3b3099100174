import type { Clock } from '../clock.ts'
import { StorageError } from '../errors.ts'
import { limits as defaultLimits, type Limits } from '../limits.ts'
import type { Appended, Entry, Journal, JournalRecord } from './contract.ts'
import { quoteSource } from './line.ts'
import type { Read, ReadOptions } from './read.ts'
import { fingerprint, Seen } from './seen.ts'

/** A journal that forgets everything with the process, for tests. `read` is its `readJournal`. */
export type MemoryJournal = Journal & { read(options: ReadOptions): Read }

export function openMemoryJournal(options: {
  clock: Clock
  retentionDays: number
  limits?: Partial<Pick<Limits, 'dedupeWindow' | 'journalQueueBytesMax'>>
}): MemoryJournal {
  const { clock, retentionDays } = options
  const limits = { ...defaultLimits, ...options.limits }
  const seen = new Seen(limits.dedupeWindow)
  const listeners = new Set<(seq: number) => void>()
  let records: JournalRecord[] = []
  let closed = false
  const ready = async () => refuseWhen(closed)
  const has = (entry: Entry) => seen.has(fingerprint(entry))
  const journal = { synced: 0, append, has, ready, onSynced, retain, close, read }
  return journal

  async function append(
    entries: readonly Entry[],
    { once = false }: { once?: boolean } = {},
  ): Promise<Appended> {
    for (const { from, record } of entries) {
      quoteSource(from)
      if (record.includes(0x0a)) throw new RangeError('A record with a line break')
    }
    refuseWhen(closed)
    const bytes = entries.reduce((sum, { record }) => sum + record.length, 0)
    if (bytes > limits.journalQueueBytesMax) throw new StorageError('busy', 'Too much at once')
    const seqs = entries.map((entry) => (once ? addOnce(entry) : add(entry)))
    // As with a disk, nobody is told within the same turn.
    await Promise.resolve()
    if (seqs.some((seq) => seq !== undefined)) {
      for (const listener of listeners) listener(journal.synced)
    }
    return { seqs }
  }

  function add({ from, record }: Entry): number {
    const seq = ++journal.synced
    const copy = Buffer.from(record)
    records.push({ seq, at: clock.now(), from, record: copy, segment: seq, offset: 0 })
    return seq
  }

  function addOnce(entry: Entry): number | undefined {
    if (has(entry)) return undefined
    seen.add(fingerprint(entry))
    return add(entry)
  }

  function onSynced(listener: (seq: number) => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  async function retain(keepFrom: number): Promise<void> {
    const before = clock.now() - retentionDays * 24 * 3600_000
    const kept = records.findIndex(({ seq, at }) => seq >= keepFrom || at >= before)
    records = kept < 0 ? [] : records.slice(kept)
  }

  async function close(): Promise<void> {
    closed = true
  }

  function read({ from, to = journal.synced, bytesMax }: ReadOptions): Read {
    const found: JournalRecord[] = []
    let bytes = 0
    for (const record of records.slice(Math.max(0, from - (records[0]?.seq ?? 1)))) {
      if (record.seq > to || bytes >= bytesMax) break
      found.push(record)
      bytes += record.record.length
    }
    return { records: found, damage: [], next: (found.at(-1)?.seq ?? from - 1) + 1 }
  }
}

function refuseWhen(closed: boolean): void {
  if (closed) throw new StorageError('closed', 'The journal is closed')
}
