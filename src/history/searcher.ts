import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalRecord } from '../journal/contract.ts'
import { RecordFetcher } from '../journal/fetch.ts'
import { type Read, readJournal } from '../journal/read.ts'
import { readAttributes } from './attributes.ts'
import { isCorrupt } from './database.ts'
import { type Candidate, DayReader, type Window } from './day-reader.ts'
import { dayFile, dayMs } from './days.ts'
import {
  attributeNames,
  type Filter,
  type FollowPage,
  type FollowQuery,
  type FoundEvent,
  type LookupPage,
  type LookupQuery,
  matches,
  type Position,
} from './query.ts'

export type SearcherOptions = Readonly<{
  folder: string
  journalFolder: string
  /** A day's database turned out damaged; it is left out until it has been made again. */
  onDamaged(day: number, reason: string): void
}>

/** Databases held open: all of a history's days, so that a rare value costs no opening. */
const openMax = 100
/** Two or more values are looked for together in one hour after another, so that each step is short. */
const stepMs = 3600_000
/** Steps of one page, each a question to one day; it then ends early, maybe empty, with a `next`. */
const stepsMax = 1_000
/** Steps between two looks at what else is asked. */
const stepsPerTurn = 16
/** Readers in the order of arrival whose places are remembered. */
const placesMax = 64
/** Journal bytes looked through for one page in the order of arrival. */
const followBytes = 2 * 1024 * 1024

/** Answers from the days' databases and the journal, in a thread of its own. */
export class Searcher {
  readonly #options: SearcherOptions
  readonly #open = new Map<number, DayReader>()
  /** Days that have a database, newest first. */
  #days: readonly number[] = []
  /** Where the last pages in the order of arrival ended, by their next sequence number. */
  readonly #places = new Map<number, Read['near']>()

  constructor(options: SearcherOptions) {
    this.#options = options
  }

  /** Tells which days have a database and which of them have changed; others are let go of. */
  setDays(days: readonly number[], changed: readonly number[]): void {
    this.#days = days
    for (const day of changed) this.#open.get(day)?.renew()
    for (const day of this.#open.keys()) if (!days.includes(day)) this.#closeDay(day)
  }

  /** The newest events that match, newest first. Lets other queries run between its steps. */
  async lookup(query: LookupQuery): Promise<LookupPage> {
    const fetcher = new RecordFetcher(this.#options.journalFolder)
    try {
      return await this.#lookup(query, fetcher)
    } finally {
      fetcher.close()
    }
  }

  async #lookup(query: LookupQuery, fetcher: RecordFetcher): Promise<LookupPage> {
    const { filter, range, eventsMax, bytesMax } = query
    const page = new Page(eventsMax, bytesMax)
    let steps = 0
    let seen: Position | undefined
    for (const { candidates, end } of this.#steps(query)) {
      for (const candidate of candidates) {
        const found = fetched(candidate, fetcher)
        if (!found) page.unreadable++
        else if (matches(found.attributes, filter, range) && !page.add(found)) {
          return page.endingAt(seen)
        }
        seen = { time: candidate.time, seq: candidate.seq }
      }
      steps++
      if (steps === stepsMax) return page.endingAt(end)
      if (candidates.length > 0 || steps % stepsPerTurn === 0) await nextTurn()
    }
    return page.endingAt(undefined)
  }

  /** The next events in the order of arrival, up to the durable `target`. */
  follow({ filter, range, after, eventsMax, bytesMax }: FollowQuery, target: number): FollowPage {
    if (after >= target) return { events: [], after, atEnd: true, unreadable: 0 }
    const { records, damage, next, near } = readJournal(this.#options.journalFolder, {
      from: after + 1,
      to: target,
      bytesMax: Math.min(followBytes, bytesMax),
      near: this.#places.get(after),
    })
    const unreadable = (upTo: number) => damage.filter(({ seq = 0 }) => seq <= upTo).length
    const events: FoundEvent[] = []
    for (const [i, record] of records.entries()) {
      const found = read(record)
      if (!found || !matches(found.attributes, filter, range)) continue
      events.push(found)
      if (events.length === eventsMax && i + 1 < records.length) {
        this.#remember(found.seq, records[i + 1])
        return { events, after: found.seq, atEnd: false, unreadable: unreadable(found.seq) }
      }
    }
    const seen = Math.min(next - 1, target)
    this.#remember(seen, near)
    return { events, after: seen, atEnd: seen >= target, unreadable: unreadable(seen) }
  }

  close(): void {
    for (const day of [...this.#open.keys()]) this.#closeDay(day)
  }

  /** The parts of history to look through, newest first, each within one day. */
  *#windows({ filter, range, before }: LookupQuery): Generator<{ day: number; window: Window }> {
    const from = Math.ceil(range.from ?? Number.NEGATIVE_INFINITY)
    const afterTo = { time: Math.floor(range.to ?? Number.POSITIVE_INFINITY) + 1, seq: 0 }
    const newest = before && before.time < afterTo.time ? before : afterTo
    const together = attributeNames.filter((name) => filter[name] !== undefined).length > 1
    const step = together ? stepMs : dayMs
    for (const day of this.#days) {
      const start = day * dayMs
      if (start > newest.time || start + dayMs <= from) continue
      for (let end = start + dayMs; end > start; end -= step) {
        const window = {
          from: Math.max(end - step, from),
          before: newest.time < end ? newest : { time: end, seq: 0 },
        }
        if (window.before.time >= window.from) yield { day, window }
      }
    }
  }

  /** What the index offers, a page's worth at a time, and where what is behind it begins. */
  *#steps(query: LookupQuery): Generator<{ candidates: readonly Candidate[]; end: Position }> {
    const together = query.eventsMax + 1
    for (const { day, window } of this.#windows(query)) {
      let { before } = window
      let last: Candidate | undefined
      do {
        const candidates = this.#find(day, query.filter, { ...window, before }, together)
        last = candidates[together - 1]
        before = last ? { time: last.time, seq: last.seq } : { time: window.from, seq: 0 }
        yield { candidates, end: before }
      } while (last)
    }
  }

  /** A damaged database offers nothing and is reported. */
  #find(day: number, filter: Filter, window: Window, limit: number): Candidate[] {
    try {
      return this.#reader(day).find(filter, window, limit)
    } catch (error) {
      this.#closeDay(day)
      // Dropped since the query began: retention took it, or it is being made again.
      if (!this.#days.includes(day)) return []
      const isMissing = !existsSync(join(this.#options.folder, dayFile(day)))
      if (!isCorrupt(error) && !isMissing) throw error
      this.#days = this.#days.filter((other) => other !== day)
      this.#options.onDamaged(day, String(error))
      return []
    }
  }

  #reader(day: number): DayReader {
    const open = this.#open.get(day)
    if (open) return open
    const reader = new DayReader(join(this.#options.folder, dayFile(day)), day)
    if (this.#open.size === openMax) this.#closeDay(this.#open.keys().next().value!)
    this.#open.set(day, reader)
    return reader
  }

  #closeDay(day: number): void {
    this.#open.get(day)?.close()
    this.#open.delete(day)
  }

  /** Whoever asks for the page behind `after` will not have to look for its place. */
  #remember(after: number, place: Read['near']): void {
    if (!place) return
    const { segment, offset } = place
    this.#places.set(after, { segment, offset })
    if (this.#places.size > placesMax) this.#places.delete(this.#places.keys().next().value!)
  }
}

/** Events found so far, within bounds. */
class Page {
  readonly #eventsMax: number
  readonly #bytesMax: number
  readonly #events: FoundEvent[] = []
  #bytes = 0
  unreadable = 0

  constructor(eventsMax: number, bytesMax: number) {
    this.#eventsMax = eventsMax
    this.#bytesMax = bytesMax
  }

  /** False when there is no room: the event belongs on the next page. */
  add(event: FoundEvent): boolean {
    const bytes = this.#bytes + event.record.length
    if (this.#events.length === this.#eventsMax) return false
    if (this.#events.length > 0 && bytes > this.#bytesMax) return false
    this.#events.push(event)
    this.#bytes = bytes
    return true
  }

  endingAt(next: Position | undefined): LookupPage {
    return { events: this.#events, next, unreadable: this.unreadable }
  }
}

/** Undefined when the journal cannot be read there, or has another event than the index says. */
function fetched(candidate: Candidate, fetcher: RecordFetcher): FoundEvent | undefined {
  const record = fetcher.fetch(candidate)
  return 'record' in record && record.seq === candidate.seq ? read(record) : undefined
}

function read({ seq, at, record }: JournalRecord): FoundEvent | undefined {
  const text = record.toString()
  const attributes = readAttributes(text, at)
  return attributes && { seq, record: text, attributes }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
