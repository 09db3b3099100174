import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { HistoryProblem } from './check.ts'
import { openForReading } from './database.ts'
import { dayFile, dayMs } from './days.ts'
import type { Placed } from './placed.ts'
import type { Scope } from './query.ts'

type Row = { seq: number; segment: number; offset: number }
/** A reader looks into it only for times within it. */
type Part = Readonly<{ part: number; oldest: number; newest: number }>

/** Compares one day's database with its events, told in the order of the journal. */
export class DayCheck {
  readonly #file: string
  readonly #start: number
  readonly #cursor: number
  readonly #database: DatabaseSync
  readonly #rows: Iterator<unknown>
  /** How many of so many keys an event has in a part. */
  readonly #counts = new Map<number, StatementSync>()
  readonly #parts: readonly Part[]
  /** Events that came together lie in one part. */
  #lastPart: Part | undefined
  readonly #scopes: ReadonlySet<string>
  /** The next row that no event has been compared with. */
  #row: Row | undefined
  #postings = 0
  /** Rows without a readable event behind them. */
  readonly #unclaimed: Row[] = []

  constructor(path: string, day: number, cursor: number) {
    this.#file = dayFile(day)
    this.#start = day * dayMs
    this.#cursor = cursor
    this.#database = openForReading(path)
    this.#rows = this.#database
      .prepare('SELECT seq, segment, offset FROM event WHERE seq <= ? ORDER BY seq')
      .iterate(cursor)
    this.#parts = this.#database.prepare('SELECT * FROM part').all() as unknown as Part[]
    const scopes = this.#database.prepare('SELECT * FROM scope').all() as unknown as Scope[]
    this.#scopes = new Set(scopes.map(textOf))
    this.#next()
  }

  /** What is wrong with the index of this event. */
  expect({ seq, segment, offset, time, scope, keys }: Placed): HistoryProblem[] {
    while (this.#row && this.#row.seq < seq) {
      this.#unclaimed.push(this.#row)
      this.#next()
    }
    if (this.#row?.seq !== seq) return [this.#problem('not indexed', seq)]
    const { segment: inSegment, offset: at } = this.#row
    this.#next()
    const problems: HistoryProblem[] = []
    if (inSegment !== segment || at !== offset) problems.push(this.#problem('wrong place', seq))
    this.#postings += keys.length
    const wanted = { keys, time: time - this.#start, seq }
    if (!this.#scopes.has(textOf(scope)) || !this.#has(wanted))
      problems.push(this.#problem('wrong attributes', seq))
    return problems
  }

  /** Whether one part has all its entries. More of them elsewhere show in the count at the end. */
  #has({ keys, time, seq }: { keys: readonly number[]; time: number; seq: number }): boolean {
    let count = this.#counts.get(keys.length)
    if (!count) {
      count = this.#database.prepare(
        'SELECT count(*) AS n FROM posting WHERE part = ? AND time = ? AND seq = ? ' +
          `AND key IN (${keys.map(() => '?').join(',')})`,
      )
      this.#counts.set(keys.length, count)
    }
    const isIn = ({ part, oldest, newest }: Part) =>
      oldest <= time &&
      time <= newest &&
      Number(count.get(part, time, seq, ...keys)!['n']) >= keys.length
    if (this.#lastPart && isIn(this.#lastPart)) return true
    this.#lastPart = this.#parts.find(isIn)
    return this.#lastPart !== undefined
  }

  /** What is in the database beyond the events told. `isSound` says whether the journal can read a place. */
  finish(isSound: (place: { segment: number; offset: number }) => boolean): HistoryProblem[] {
    for (; this.#row; this.#next()) this.#unclaimed.push(this.#row)
    const extra = this.#unclaimed.filter(isSound)
    const problems = extra.map(({ seq }) => this.#problem('extra', seq))
    // The entries of an event that cannot be read any more cannot be told from wrong ones.
    if (this.#unclaimed.length > 0) return problems
    const count = this.#database.prepare('SELECT count(*) AS n FROM posting WHERE seq <= ?')
    const found = Number(count.get(this.#cursor)!['n'])
    if (found > this.#postings) problems.push({ file: this.#file, reason: 'extra' })
    return problems
  }

  close(): void {
    this.#database.close()
  }

  #next(): void {
    const { value, done } = this.#rows.next()
    this.#row = done ? undefined : (value as Row)
  }

  #problem(reason: string, seq: number): HistoryProblem {
    return { file: this.#file, seq, reason }
  }
}

function textOf({ accountId, region, category }: Scope): string {
  return JSON.stringify([accountId, region, category])
}
