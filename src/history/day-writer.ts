import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { openDatabase } from './database.ts'
import { dayMs } from './days.ts'
import type { Placed } from './placed.ts'
import type { Scope } from './query.ts'

/**
 * `posting` holds an entry for each value of each event: whoever looks for a value reads its key's
 * entries backwards and has the newest first, from wherever the last page ended. Times are within the
 * day. A busy day has several parts, in the order of arrival, each an index of its own: so a batch
 * changes pages of the newest part only, however large the day grows.
 */
const schema = `
  CREATE TABLE day (day INTEGER PRIMARY KEY);
  CREATE TABLE scope (
    accountId TEXT NOT NULL, region TEXT NOT NULL, category TEXT NOT NULL,
    PRIMARY KEY (accountId, region, category)
  ) WITHOUT ROWID;
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY, segment INTEGER NOT NULL, offset INTEGER NOT NULL
  );
  CREATE TABLE part (
    part INTEGER PRIMARY KEY, events INTEGER NOT NULL, oldest INTEGER NOT NULL, newest INTEGER NOT NULL
  );
  CREATE TABLE posting (
    part INTEGER, key INTEGER, time INTEGER, seq INTEGER, PRIMARY KEY (part, key, time, seq)
  ) WITHOUT ROWID;
`
/** One call for many rows: crossing into SQLite costs as much as a row. */
const rowsTogether = 128
/** More keys than a batch has, as each takes some of its bytes. */
const placesMax = 2 ** 23

/** Writes one day's database. Every method throws SQLite's errors; then `close` and open it anew. */
export class DayWriter {
  readonly #day: number
  readonly #partEvents: number
  readonly #database: DatabaseSync
  readonly #scope: StatementSync
  readonly #known: StatementSync
  readonly #newestPart: StatementSync
  readonly #grow: StatementSync
  readonly #events: Rows
  readonly #postings: Rows
  readonly #knownScopes = new Set<string>()

  /** A part is left for the next one when it has `partEvents`. */
  constructor(path: string, day: number, partEvents: number) {
    this.#day = day
    this.#partEvents = partEvents
    this.#database = openDatabase(path, `${schema} INSERT INTO day VALUES (${day})`)
    try {
      this.#database.exec('PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 8000')
      this.#scope = this.#database.prepare('INSERT OR IGNORE INTO scope VALUES (?, ?, ?)')
      this.#known = this.#database.prepare('SELECT seq FROM event WHERE seq BETWEEN ? AND ?')
      this.#newestPart = this.#database.prepare('SELECT * FROM part ORDER BY part DESC LIMIT 1')
      this.#grow = this.#database.prepare(
        'INSERT INTO part VALUES (?, ?, ?, ?) ON CONFLICT (part) DO UPDATE SET ' +
          'events = events + excluded.events, oldest = min(oldest, excluded.oldest), ' +
          'newest = max(newest, excluded.newest)',
      )
      this.#events = new Rows(this.#database, 'event', 3)
      this.#postings = new Rows(this.#database, 'posting', 4)
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  /**
   * Adds the events, given in the order of arrival, durably, all or none; those it has already stay as
   * they are.
   */
  write(events: readonly Placed[]): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const added = this.#withoutKnown(events)
      if (added.length > 0) this.#add(added)
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#knownScopes.clear()
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** Which day the file says it holds: another one when somebody mixed files up. */
  day(): number {
    return Number(this.#database.prepare('SELECT day FROM day').get()!['day'])
  }

  /** The newest sequence number in it; 0 when there is none. */
  lastSeq(): number {
    return Number(this.#database.prepare('SELECT max(seq) AS seq FROM event').get()!['seq'] ?? 0)
  }

  close(): void {
    this.#database.close()
  }

  #add(events: readonly Placed[]): void {
    const start = this.#day * dayMs
    const times = events.map(({ time }) => time - start)
    const part = this.#part()
    for (const { scope } of events) this.#addScope(scope)
    this.#events.insert(events.flatMap(({ seq, segment, offset }) => [seq, segment, offset]))
    this.#postings.insert(postings(events, times, part))
    this.#grow.run(part, events.length, least(times), greatest(times))
  }

  /** After a crash or damage the journal is read again; an event is in one part only. */
  #withoutKnown(events: readonly Placed[]): readonly Placed[] {
    const first = events[0]!.seq
    if (this.lastSeq() < first) return events
    const rows = this.#known.all(first, events.at(-1)!.seq)
    const known = new Set(rows.map(({ seq }) => Number(seq)))
    return events.filter(({ seq }) => !known.has(seq))
  }

  /** The part that takes new events. */
  #part(): number {
    const newest = this.#newestPart.get()
    if (!newest) return 0
    return Number(newest['part']) + (Number(newest['events']) < this.#partEvents ? 0 : 1)
  }

  #addScope({ accountId, region, category }: Scope): void {
    const text = `${accountId} ${region} ${category}`
    if (this.#knownScopes.has(text)) return
    this.#scope.run(accountId, region, category)
    this.#knownScopes.add(text)
  }
}

/** Rows in the order of their keys, so that neighbours in the tree are written together. */
function postings(events: readonly Placed[], times: readonly number[], part: number): number[] {
  const keys: number[] = []
  const owners: number[] = []
  events.forEach((event, owner) => {
    for (const key of event.keys) {
      keys.push(key)
      owners.push(owner)
    }
  })
  // The upper bits of a key and its place as one number: sorting these needs no comparisons of ours.
  const order = Float64Array.from(
    keys,
    (key, i) => Math.floor(key / 2 ** 18) * placesMax + i,
  ).sort()
  const rows: number[] = []
  for (const one of order) {
    const i = one - Math.floor(one / placesMax) * placesMax
    const owner = owners[i]!
    rows.push(part, keys[i]!, times[owner]!, events[owner]!.seq)
  }
  return rows
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b))
}

function greatest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b))
}

/** Inserts rows of integers, given flat, many in one statement. */
class Rows {
  readonly #columns: number
  readonly #many: StatementSync
  readonly #one: StatementSync

  constructor(database: DatabaseSync, table: string, columns: number) {
    const row = `(${Array(columns).fill('?').join(',')})`
    const insert = `INSERT INTO ${table} VALUES `
    this.#columns = columns
    this.#many = database.prepare(insert + Array(rowsTogether).fill(row).join(','))
    this.#one = database.prepare(insert + row)
  }

  insert(values: readonly number[]): void {
    const step = this.#columns * rowsTogether
    let at = 0
    for (; at + step <= values.length; at += step) this.#many.run(...values.slice(at, at + step))
    for (; at < values.length; at += this.#columns) {
      this.#one.run(...values.slice(at, at + this.#columns))
    }
  }
}
