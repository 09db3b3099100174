import type { Transaction } from '../operation.ts'
import { compareBytes, type Documents, parseFrozen } from './documents.ts'
import type { StateRows } from './rows.ts'

/** A document a transaction saw, or is about to write; version 0 where there was none. */
export type Seen = Readonly<{ kind: string; key: string; version: number }>

/**
 * What a list saw. Both numbers are the same only while the list is: whatever comes into it is newer
 * than all it had, and a list that only lost something is shorter.
 */
export type SeenList = Readonly<{ kind: string; prefix: string; count: number; newest: number }>

/** `text` and `value` are undefined for a delete. */
export type Write = Readonly<{ kind: string; key: string; text?: string; value: unknown }>

/**
 * Reads what is visible and keeps its writes to itself. Values are handed out frozen and shared: reads
 * are many and then cost nothing, while a write has to become JSON anyway, and its frozen copy is
 * parsed from that JSON, which is exactly what a restart would find.
 */
export class StateTransaction implements Transaction {
  readonly #documents: Documents
  readonly seen = new Map<string, Seen>()
  readonly seenLists: SeenList[] = []
  readonly writes = new Map<string, Write>()
  readonly rows: StateRows
  readonly committed: Array<() => void> = []

  constructor(documents: Documents, rows: StateRows) {
    this.#documents = documents
    this.rows = rows
  }

  get dirty(): boolean {
    return this.writes.size + this.rows.writes.size > 0
  }

  whenCommitted(task: () => void): void {
    this.committed.push(task)
  }

  get<T>(kind: string, key: string): T | undefined {
    const written = this.writes.get(documentId(kind, key))
    if (written) return written.value as T | undefined
    this.#see(kind, key)
    return this.#documents.get(kind, key)?.value as T | undefined
  }

  list<T>(kind: string, prefix = ''): Array<readonly [key: string, value: T]> {
    const found = this.#documents.list(kind, prefix)
    this.seenLists.push({ kind, prefix, ...summary(found) })
    const values = new Map(found.map(([key, { value }]) => [key, value]))
    for (const write of this.writes.values()) {
      if (write.kind !== kind || !write.key.startsWith(prefix)) continue
      if (write.value === undefined) values.delete(write.key)
      else values.set(write.key, write.value)
    }
    const sorted = [...values].sort(([a], [b]) => compareBytes(a, b))
    return sorted as Array<readonly [string, T]>
  }

  /** Throws RangeError for a key that UTF-8 or SQLite would not keep as it is, and for no value. */
  put(kind: string, key: string, value: unknown): void {
    const text = JSON.stringify(value)
    if (text === undefined) throw new RangeError(`No JSON value for ${kind} ${key}`)
    if (!key.isWellFormed() || key.includes('\0')) throw new RangeError(`A key of ${kind} no text`)
    this.#write({ kind, key, text, value: parseFrozen(text) })
  }

  delete(kind: string, key: string): void {
    this.#write({ kind, key, value: undefined })
  }

  #write(write: Write): void {
    this.#see(write.kind, write.key)
    this.writes.set(documentId(write.kind, write.key), write)
  }

  /** The first sight counts: the second may already show another writer's change. */
  #see(kind: string, key: string): void {
    const id = documentId(kind, key)
    if (this.seen.has(id)) return
    this.seen.set(id, { kind, key, version: this.#documents.get(kind, key)?.version ?? 0 })
  }
}

/** Whether all that the transaction saw is still what is visible. */
export function isCurrent(tx: StateTransaction, documents: Documents): boolean {
  for (const { kind, key, version } of tx.seen.values()) {
    if ((documents.get(kind, key)?.version ?? 0) !== version) return false
  }
  return tx.seenLists.every(({ kind, prefix, count, newest }) => {
    const now = summary(documents.list(kind, prefix))
    return now.count === count && now.newest === newest
  })
}

/** One text for a document, for maps. */
export function documentId(kind: string, key: string): string {
  return `${kind}\0${key}`
}

function summary(list: ReadonlyArray<readonly [string, { version: number }]>) {
  const newest = list.reduce((newest, [, { version }]) => Math.max(newest, version), 0)
  return { count: list.length, newest }
}
