import type { Transaction } from '../operation.ts'

/** A record that must reach the journal because the change it tells of is visible. */
export type OutboxEntry = Readonly<{
  eventID: string
  /** As in the journal's envelope. */
  from: string
  record: Buffer
  /** The journal's last durable sequence number when the entry was made: nothing older can hold it. */
  after: number
}>

/**
 * Control-plane state: small JSON documents by kind and key, all of them in memory, each change durable
 * in SQLite (WAL, synchronous=FULL, in a worker thread) before it is visible.
 */
export interface State {
  begin(): Transaction
  /**
   * Applies the transaction and adds `outbox` in one SQLite transaction; resolves once synced, and only
   * then do readers see it. Rejects with ConflictError (something read or written changed since; nothing
   * was kept) or StorageError (nothing is visible; where only the sync failed, a crash right after may
   * leave the change, with its record in the outbox).
   */
  commit(tx: Transaction, ...outbox: OutboxEntry[]): Promise<void>
  /** Entries whose record is not known to be in the journal; oldest first. */
  pendingOutbox(): OutboxEntry[]
  /** Forgets entries whose records are durable. May be lazy: replay is idempotent by event id. */
  settleOutbox(eventIDs: readonly string[]): Promise<void>
  close(): Promise<void>
}
