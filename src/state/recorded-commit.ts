import { StorageError } from '../errors.ts'
import type { Entry, Journal } from '../journal/contract.ts'
import type { Transaction } from '../operation.ts'
import type { OutboxEntry, State } from './contract.ts'

export type RecordedCommitOptions = Readonly<{
  journal: Pick<Journal, 'append' | 'ready' | 'synced'>
  state: Pick<State, 'commit' | 'settleOutbox'>
  /** Takes over a record the journal did not take although its change is visible. */
  outbox: { retry(entry: OutboxEntry): void }
}>

/** A record with its own event id. */
export type RecordedEntry = Entry & Readonly<{ eventID: string }>

type RecordsAround = Readonly<{ before?: readonly Entry[]; after?: readonly RecordedEntry[] }>

/**
 * Makes a change visible with the record of it, so that there is never one without the other: both are
 * committed first, then the record goes to the journal. Rejects with ConflictError, and nothing happened, or
 * with StorageError. Records of what led to it go `before` it or not at all; those `after` it tell of parts
 * of the change and are kept as it is.
 */
export async function commitRecorded(
  { journal, state, outbox }: RecordedCommitOptions,
  tx: Transaction,
  main: RecordedEntry,
  { before = [], after = [] }: RecordsAround = {},
): Promise<void> {
  // A change whose record would only wait is refused while nothing has happened yet.
  await journal.ready()
  const synced = journal.synced
  const entries = [main, ...after].map((entry): OutboxEntry => ({ ...entry, after: synced }))
  await state.commit(tx, ...entries)
  try {
    await journal.append([...before, ...entries.map(({ from, record }) => ({ from, record }))])
  } catch (error) {
    for (const entry of entries) outbox.retry(entry)
    throw error instanceof StorageError
      ? error
      : new StorageError('i/o error', 'the record could not be appended', { cause: error })
  }
  // Forgetting may wait: an entry that is found again is looked up by its id before it is appended.
  void state.settleOutbox(entries.map(({ eventID }) => eventID)).catch(() => undefined)
}
