import type { RowRange, Rows } from '../operation.ts'
import { parseFrozen } from './documents.ts'
import { type IdRange, RangeSet } from './range-set.ts'

/** Reads what is committed: texts, in byte order of their keys. Rejects with StorageError. */
export interface RowReader {
  get(table: string, key: Buffer): Promise<string | undefined>
  range(table: string, range: RowRange): Promise<Array<readonly [key: Buffer, text: string]>>
}

/** `text` is undefined for a delete. */
export type RowWrite = Readonly<{ table: string; key: Buffer; text?: string }>

/** How many changes of rows are remembered, to tell a transaction that what it read has changed. */
const recentMax = 10_000

/**
 * What changed lately, so that a commit can tell whether rows it read are still what they were, without
 * asking the disk. A transaction so old that its time is forgotten counts as having met a change.
 */
export class RecentRows {
  /** When each row changed last. */
  readonly #changed = new Map<string, number>()
  /** What changed at each time, oldest first: a range looks at what is newer than itself alone. */
  readonly #changes = new Map<number, readonly string[]>()
  #count = 0
  #now = 0
  #forgotten = 0

  /** The time that a read which begins now has. */
  get now(): number {
    return this.#now
  }

  note(ids: Iterable<string>): void {
    const changed = [...ids]
    if (changed.length === 0) return
    this.#now++
    this.#changes.set(this.#now, changed)
    this.#count += changed.length
    for (const id of changed) this.#changed.set(id, this.#now)
    for (const [at, old] of this.#changes) {
      if (this.#count <= recentMax) break
      this.#forget(at, old)
    }
  }

  #forget(at: number, ids: readonly string[]): void {
    this.#changes.delete(at)
    this.#count -= ids.length
    for (const id of ids) if (this.#changed.get(id) === at) this.#changed.delete(id)
    this.#forgotten = at
  }

  /** Whether nothing of it changed since. */
  isCurrent({ rows, ranges }: Pick<StateRows, 'rows' | 'ranges'>): boolean {
    for (const [id, since] of rows) {
      if (since < this.#forgotten || (this.#changed.get(id) ?? 0) > since) return false
    }
    return this.#areCurrent(ranges)
  }

  #areCurrent(ranges: readonly SeenRange[]): boolean {
    const oldest = ranges.reduce((oldest, { since }) => Math.min(oldest, since), this.#now)
    if (oldest < this.#forgotten) return false
    if (oldest === this.#now) return true
    const all = new RangeSet(ranges)
    for (let at = oldest + 1; at <= this.#now; at++) {
      const found = this.#changes.get(at)?.filter((id) => all.has(id)) ?? []
      const isMet = (id: string) => ranges.some((one) => one.since < at && isWithin(id, one))
      if (found.some(isMet)) return false
    }
    return true
  }
}

/** A range that must not have changed; `from` and `to` are row ids. */
export type SeenRange = IdRange & Readonly<{ since: number }>

/** The rows of one transaction: what it read and when, and what it writes. */
export class StateRows implements Rows {
  readonly #reader: RowReader
  readonly #recent: RecentRows
  readonly rows = new Map<string, number>()
  readonly ranges: SeenRange[] = []
  readonly writes = new Map<string, RowWrite>()

  constructor(reader: RowReader, recent: RecentRows) {
    this.#reader = reader
    this.#recent = recent
  }

  async get<T>(table: string, key: Buffer): Promise<T | undefined> {
    const id = rowId(table, key)
    const written = this.writes.get(id)
    if (!written) this.#see(id)
    const text = written ? written.text : await this.#reader.get(table, key)
    return text === undefined ? undefined : (parseFrozen(text) as T)
  }

  async range<T>(table: string, range: RowRange): Promise<Array<readonly [Buffer, T]>> {
    if (range.exact) {
      const [from, to] = [rowId(table, range.from), rowId(table, range.to)]
      this.ranges.push({ from, to, since: this.#recent.now })
    }
    const found = await this.#reader.range(table, range)
    return found.map(([key, text]) => [key, parseFrozen(text) as T] as const)
  }

  /** Throws RangeError for no value. */
  put(table: string, key: Buffer, value: unknown): void {
    const text = JSON.stringify(value)
    if (text === undefined) throw new RangeError(`No JSON value for a row of ${table}`)
    this.#write({ table, key: Buffer.from(key), text })
  }

  delete(table: string, key: Buffer): void {
    this.#write({ table, key: Buffer.from(key) })
  }

  #write(write: RowWrite): void {
    const id = rowId(write.table, write.key)
    this.#see(id)
    this.writes.set(id, write)
  }

  /** The first sight counts: the second may already show another writer's change. */
  #see(id: string): void {
    if (!this.rows.has(id)) this.rows.set(id, this.#recent.now)
  }
}

/**
 * One text for a row, for maps; in byte order within a table. No document has the same id: their kinds do not
 * begin with a control character.
 */
export function rowId(table: string, key: Buffer): string {
  return `\x01${table}\0${key.toString('latin1')}`
}

function isWithin(id: string, { from, to }: IdRange): boolean {
  return id >= from && id < to
}
