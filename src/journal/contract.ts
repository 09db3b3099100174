/** What goes in: one JSON object in one line, bytes as received (a raw line break is the writer's error). */
export type Entry = Readonly<{
  /** `own`, `ingest:<feed>`, …: kept in the envelope. */
  from: string
  record: Buffer
}>

export type Appended = Readonly<{
  /** Sequence number of each entry, in order; undefined where `once` found it already there. */
  seqs: ReadonlyArray<number | undefined>
}>

export type JournalRecord = Readonly<{
  seq: number
  /** When it was appended: milliseconds since the epoch. */
  at: number
  from: string
  record: Buffer
  /** First sequence number of the segment it lies in, and the byte offset of its line there. */
  segment: number
  offset: number
}>

/** Something in the journal's files that is not as it was written. */
export type Damage = Readonly<{
  /** Its name in the journal's folder. */
  file: string
  /** Byte range in the file. */
  start: number
  end: number
  /** The sequence number where it can still be told. */
  seq?: number
  /** Short and fixed: "checksum", "header", "terminator", "sequence", "torn", "seal", "missing segment". */
  reason: string
}>

/**
 * The durable, ordered log; the truth that everything else is made from. Sequence numbers start at 1
 * and have no gaps but those that `readJournal` reports as damage.
 */
export interface Journal {
  /**
   * Resolves once every entry is synced (group commit: callers share a sync). Rejects with StorageError,
   * and then none of them was acknowledged; some may still be found after a restart. With `once`, an
   * entry whose bytes already came in from the same source within the last `limits.dedupeWindow`
   * entries is not written again. Bounded: rejects with reason "busy" past `limits.journalQueueBytesMax`.
   */
  append(entries: readonly Entry[], options?: { once?: boolean }): Promise<Appended>
  /** Whether `append` with `once` would find the entry there already, durable or on its way. */
  has(entry: Entry): boolean
  /**
   * Resolves when an append would not be refused outright; else rejects with the StorageError it would
   * meet: "disk full" or "closed", or the one that the last write met, for `limits.journalFailureMemory`
   * after it. It looks at the disk itself, so it sees room come back without traffic.
   */
  ready(): Promise<void>
  /** The last durable sequence number; 0 when there is none. */
  readonly synced: number
  /** Called after each sync with the new `synced`; returns the unsubscribe function. */
  onSynced(listener: (seq: number) => void): () => void
  /** Removes whole sealed segments all of whose records are below `keepFrom` and older than the retention. */
  retain(keepFrom: number): Promise<void>
  close(): Promise<void>
}
