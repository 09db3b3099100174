import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { openForReading } from './database.ts'
import { dayMs } from './days.ts'
import { keyOf, keysOfAll } from './keys.ts'
import { attributeNames, type Filter, type Position, type Scope } from './query.ts'

/** An event the index offers: `time` in milliseconds since the epoch, and its place in the journal. */
export type Candidate = Position & Readonly<{ segment: number; offset: number }>

/** Candidates lie at or above `from` and strictly before `before`, in the order of time and seq. */
export type Window = Readonly<{ from: number; before: Position }>

type Part = Readonly<{ part: number; oldest: number; newest: number }>
/** Keys that an event must have, and the parts where some have the first of them. */
type KeyList = Readonly<{ keys: readonly number[]; parts: ReadonlySet<number> }>

/**
 * Reads one day's database, beside a writer: as it was when first asked, until `renew`. One that does
 * not change costs no locks then, and a value that few days have is looked for in all of them. Every
 * method throws SQLite's errors; then `close` and open it anew.
 */
export class DayReader {
  readonly #start: number
  readonly #database: DatabaseSync
  readonly #statements = new Map<number, StatementSync>()
  /** As of the read transaction that is open; undefined where none is. Newest first. */
  #parts: readonly Part[] | undefined
  /** What it has for the filter asked last, as of the same transaction. */
  #asked: Readonly<{ filter: Filter; lists: readonly KeyList[] }> | undefined

  constructor(path: string, day: number) {
    this.#start = day * dayMs
    this.#database = openForReading(path)
    try {
      this.#database.exec('PRAGMA cache_size = -1000')
      this.#database.prepare('SELECT count(*) FROM scope').get()
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  /**
   * The newest events of the window that may have every value of the filter, newest first, at most
   * `limit` of them.
   */
  find(filter: Filter, { from, before }: Window, limit: number): Candidate[] {
    this.#parts ??= this.#begin()
    const lists = this.#listsOf(filter)
    let found: Candidate[] = []
    for (const { part, oldest, newest } of this.#parts) {
      if (newest < from || oldest > before.time) continue
      if (found.length === limit && found.at(-1)!.time > newest) break
      for (const { keys, parts } of lists) {
        if (!parts.has(part)) continue
        found.push(...this.#findInPart(part, keys, { from, before }, limit))
      }
      found = newestFirst(found).slice(0, limit)
    }
    return found
  }

  /** The database has changed: the next question sees it as it is then. */
  renew(): void {
    if (this.#parts) this.#database.exec('COMMIT')
    this.#parts = undefined
    this.#asked = undefined
  }

  close(): void {
    this.#database.close()
  }

  /** An organisation's day has thousands of scopes, and its hours are asked one after another. */
  #listsOf(filter: Filter): readonly KeyList[] {
    if (this.#asked?.filter === filter) return this.#asked.lists
    const lists = this.#scopes(filter)
      .flatMap((scope) => keyLists(scope, filter))
      .map((keys) => ({ keys, parts: this.#partsWith(keys[0]!) }))
      .filter(({ parts }) => parts.size > 0)
    this.#asked = { filter, lists }
    return lists
  }

  /** One question for all parts, as most have nothing of a rare value. */
  #partsWith(key: number): Set<number> {
    const rows = this.#prepared(
      -3,
      'SELECT part FROM part WHERE EXISTS ' +
        '(SELECT * FROM posting WHERE posting.part = part.part AND posting.key = ?)',
    ).all(key)
    return new Set(rows.map(({ part }) => Number(part)))
  }

  #findInPart(
    part: number,
    [first, ...others]: readonly number[],
    window: Window,
    limit: number,
  ): Candidate[] {
    const { from, before } = window
    const bounds = [from - this.#start, before.time - this.#start, before.seq]
    const rows = this.#statement(others.length).all(...others, part, first!, ...bounds, limit)
    return rows.map(({ time, seq, segment, offset }) => ({
      time: Number(time) + this.#start,
      seq: Number(seq),
      segment: Number(segment),
      offset: Number(offset),
    }))
  }

  #begin(): Part[] {
    this.#database.exec('BEGIN')
    const rows = this.#prepared(-2, 'SELECT * FROM part ORDER BY newest DESC').all()
    return rows.map(({ part, oldest, newest }) => ({
      part: Number(part),
      oldest: Number(oldest) + this.#start,
      newest: Number(newest) + this.#start,
    }))
  }

  #scopes({ accountId, region, category }: Filter): Scope[] {
    if (accountId !== undefined && region !== undefined && category !== undefined) {
      return [{ accountId, region, category }]
    }
    const wanted: SQLInputValue[] = [accountId, region, category].map((value) => value ?? null)
    return this.#prepared(
      -1,
      'SELECT accountId, region, category FROM scope WHERE (?1 IS NULL OR accountId = ?1)' +
        ' AND (?2 IS NULL OR region = ?2) AND (?3 IS NULL OR category = ?3)',
    ).all(...wanted) as unknown as Scope[]
  }

  /** Entries of one key, newest first, that have entries under the `others` too. */
  #statement(others: number): StatementSync {
    const joins = Array.from(
      { length: others },
      (_, i) =>
        `CROSS JOIN posting AS p${i} ON p${i}.part = p.part AND p${i}.key = ? ` +
        `AND p${i}.time = p.time AND p${i}.seq = p.seq `,
    )
    return this.#prepared(
      others,
      `SELECT p.time, p.seq, e.segment, e.offset FROM posting AS p ${joins.join('')}` +
        'CROSS JOIN event AS e ON e.seq = p.seq WHERE p.part = ? AND p.key = ? AND p.time >= ? ' +
        'AND (p.time, p.seq) < (?, ?) ORDER BY p.time DESC, p.seq DESC LIMIT ?',
    )
  }

  #prepared(name: number, sql: string): StatementSync {
    let statement = this.#statements.get(name)
    if (!statement) {
      statement = this.#database.prepare(sql)
      this.#statements.set(name, statement)
    }
    return statement
  }
}

/**
 * The keys that an event of the scope must have, likely rarest first, as alternatives of which each
 * event meets exactly one.
 */
function keyLists(scope: Scope, filter: Filter): number[][] {
  const keys = attributeNames.flatMap((name) => {
    const value = filter[name]
    return value === undefined ? [] : [keyOf(scope, name, value)]
  })
  return keys.length > 0 ? [keys] : keysOfAll(scope).map((key) => [key])
}

/** Each once: an event with two values that share their keys with those of a search is found twice. */
function newestFirst(candidates: Candidate[]): Candidate[] {
  candidates.sort((a, b) => b.time - a.time || b.seq - a.seq)
  return candidates.filter(({ seq }, i) => seq !== candidates[i - 1]?.seq)
}
