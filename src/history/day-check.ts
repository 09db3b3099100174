import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { HistoryProblem } from './check.ts'
import type { Placed } from './day-writer.ts'
import { dayFile, dayMs } from './days.ts'
import { keysOf } from './keys.ts'

type Row = { seq: number; segment: number; offset: number }

/** Compares one day's database with its events, told in the order of the journal. */
export class DayCheck {
  readonly #file: string
  readonly #start: number
  readonly #cursor: number
  readonly #database: DatabaseSync
  readonly #rows: Iterator<unknown>
  readonly #posting: StatementSync
  /** The next row that no event has been compared with. */
  #row: Row | undefined
  #postings = 0
  /** Rows without a readable event behind them. */
  readonly #unclaimed: Row[] = []

  constructor(path: string, day: number, cursor: number) {
    this.#file = dayFile(day)
    this.#start = day * dayMs
    this.#cursor = cursor
    this.#database = new DatabaseSync(path, { readOnly: true })
    this.#rows = this.#database
      .prepare('SELECT seq, segment, offset FROM event WHERE seq <= ? ORDER BY seq')
      .iterate(cursor)
    this.#posting = this.#database.prepare(
      'SELECT count(*) AS n FROM part CROSS JOIN posting AS p ON p.part = part.part ' +
        'AND p.key = ? AND p.time = ? AND p.seq = ?',
    )
    this.#next()
  }

  /** What is wrong with the index of this event. */
  expect({ seq, segment, offset, attributes }: Placed): HistoryProblem[] {
    while (this.#row && this.#row.seq < seq) {
      this.#unclaimed.push(this.#row)
      this.#next()
    }
    if (this.#row?.seq !== seq) return [this.#problem('not indexed', seq)]
    const { segment: inSegment, offset: at } = this.#row
    this.#next()
    const problems: HistoryProblem[] = []
    if (inSegment !== segment || at !== offset) problems.push(this.#problem('wrong place', seq))
    const keys = keysOf(attributes)
    this.#postings += keys.length
    const time = attributes.time - this.#start
    const once = keys.every((key) => Number(this.#posting.get(key, time, seq)!['n']) === 1)
    if (!once) problems.push(this.#problem('wrong attributes', seq))
    return problems
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
