import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isoSeconds } from '../clock.ts'
import type { Damage, JournalRecord } from '../journal/contract.ts'
import { type Read, readJournal } from '../journal/read.ts'
import { segmentFile } from '../journal/segments.ts'
import { limits } from '../limits.ts'
import { isSurelyEarlier } from '../record/event-time.ts'
import { Catalog, type CataloguedDay, catalogFile } from './catalog.ts'
import { isCorrupt } from './database.ts'
import { DayWriter } from './day-writer.ts'
import { dayFile, dayMs, dayOf, listDays, oldestDay } from './days.ts'
import { type Placed, place } from './placed.ts'

export type IndexerOptions = Readonly<{
  folder: string
  journalFolder: string
  historyDays: number
  /** Journal bytes that go into one batch: what is lost to a crash, and held in memory. */
  batchBytes: number
  /** Events that make a part of a day's index; see `DayWriter`. */
  partEvents: number
  /** Called with what an operator must know: a database moved aside, records that cannot be indexed. */
  report(notice: IndexerNotice): void
}>

export type IndexerNotice = Readonly<
  | { what: 'database damaged'; file: string; reason: string; rereadFrom: number }
  | { what: 'records not indexed'; damage: readonly Damage[] }
>

/** Databases held open for writing: arrivals are of today, and of few other days at a time. */
const openMax = 8

/**
 * Follows the journal into the days' databases. Each step is durable in them before the cursor moves,
 * and repeating a step changes nothing, so a crash or a failed write at any point costs only time.
 */
export class Indexer {
  readonly #options: IndexerOptions
  readonly #open = new Map<number, DayWriter>()
  #catalog: Catalog
  #cursor: number
  /** Where the last read ended; spares the next one the search for its place. */
  #near: Read['near']

  /** Throws when history cannot be opened. */
  constructor(options: IndexerOptions) {
    this.#options = options
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    this.#catalog = this.#openCatalog()
    this.#cursor = this.#catalog.cursor()
    if (this.#cursor === 0) this.#adopt()
  }

  /** At the start: drops what is past retention and makes sure that every day it should have is there. */
  check(now: number): void {
    this.retire(now)
    for (const day of this.#catalog.days()) this.#check(day)
    this.release()
  }

  /** Every journal record up to here is indexed. */
  get cursor(): number {
    return this.#cursor
  }

  /** Days that have a database, newest first. */
  days(): number[] {
    return this.#catalog.days().map(({ day }) => day)
  }

  /**
   * Indexes the next batch of the journal, at most up to `target`. Throws when the disk or the journal
   * fails; nothing is lost then, and the step may be tried again. Returns the days that changed.
   */
  step(target: number, now: number): number[] {
    if (this.#cursor >= target) return []
    const { journalFolder, batchBytes, historyDays } = this.#options
    const { records, damage, next, near } = readJournal(journalFolder, {
      from: this.#cursor + 1,
      to: target,
      bytesMax: batchBytes,
      near: this.#near,
    })
    this.#near = undefined
    const { byDay, unplaced } = sortByDay(records, oldestDay(now, historyDays))
    for (const [day, events] of byDay) {
      if (!this.#write(day, events)) return [...byDay.keys()]
    }
    const flaws = [...damage, ...unplaced]
    const days = [...byDay].map(([day, events]) => rangeOf(day, events))
    const cursor = Math.min(next - 1, target)
    this.#catalog.record({ cursor, days })
    this.#cursor = cursor
    this.#near = near
    if (flaws.length > 0) this.#options.report({ what: 'records not indexed', damage: flaws })
    return [...byDay.keys()]
  }

  /** Removes the days that are past retention, whole. */
  retire(now: number): void {
    const oldest = oldestDay(now, this.#options.historyDays)
    for (const day of listDays(this.#options.folder).filter((day) => day < oldest)) {
      this.#closeDay(day)
      const path = join(this.#options.folder, dayFile(day))
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
    }
    for (const { day } of this.#catalog.days()) if (day < oldest) this.#catalog.forget(day)
  }

  /** Takes a reader's word that a day's database is damaged. */
  condemn(day: number, reason: string): void {
    const known = this.#catalog.days().find((other) => other.day === day)
    if (known) this.#giveUp(known, reason)
  }

  /** Lets go of every file, so that after a failure each is opened anew. */
  release(): void {
    for (const day of [...this.#open.keys()]) this.#closeDay(day)
  }

  close(): void {
    this.release()
    this.#catalog.close()
  }

  /** False when the day's database turned out damaged: its events must be read again. */
  #write(day: number, events: readonly Placed[]): boolean {
    try {
      this.#writer(day).write(events)
      return true
    } catch (error) {
      this.#closeDay(day)
      if (!isCorrupt(error)) throw error
      const known = this.#catalog.days().find((other) => other.day === day)
      this.#giveUp(known ?? rangeOf(day, events), String(error))
      return false
    }
  }

  #writer(day: number): DayWriter {
    const open = this.#open.get(day)
    if (open) {
      this.#open.delete(day)
      this.#open.set(day, open)
      return open
    }
    const { folder, partEvents } = this.#options
    const writer = new DayWriter(join(folder, dayFile(day)), day, partEvents)
    this.#open.set(day, writer)
    if (this.#open.size > openMax) this.#closeDay(this.#open.keys().next().value!)
    return writer
  }

  #closeDay(day: number): void {
    this.#open.get(day)?.close()
    this.#open.delete(day)
  }

  /** A day that lacks what the catalogue says is in it must not pass for an empty one. */
  #check(known: CataloguedDay): void {
    const path = join(this.#options.folder, dayFile(known.day))
    if (!existsSync(path)) {
      this.#giveUp(known, 'missing')
      return
    }
    try {
      const writer = this.#writer(known.day)
      if (writer.day() !== known.day) this.#giveUp(known, 'of another day')
      else if (writer.lastSeq() < known.lastSeq) this.#giveUp(known, 'behind the catalogue')
    } catch (error) {
      if (!isCorrupt(error)) throw error
      this.#giveUp(known, String(error))
    }
  }

  /** Moves a database aside and the cursor back, so that the day is made again from the journal. */
  #giveUp({ day, firstSeq }: CataloguedDay, reason: string): void {
    this.#closeDay(day)
    const path = join(this.#options.folder, dayFile(day))
    moveAside(path)
    this.#catalog.forget(day, firstSeq - 1)
    this.#cursor = this.#catalog.cursor()
    this.#near = undefined
    this.#options.report({
      what: 'database damaged',
      file: path,
      reason,
      rereadFrom: this.#cursor + 1,
    })
  }

  /** Without its catalogue, what the days hold is found nevertheless, while the journal is read again. */
  #adopt(): void {
    const days = listDays(this.#options.folder).map((day) => ({ day, firstSeq: 1, lastSeq: 0 }))
    this.#catalog.record({ cursor: 0, days })
  }

  #openCatalog(): Catalog {
    const path = join(this.#options.folder, catalogFile)
    try {
      return new Catalog(path)
    } catch (error) {
      if (!isCorrupt(error)) throw error
      moveAside(path)
      const reason = String(error)
      this.#options.report({ what: 'database damaged', file: path, reason, rereadFrom: 1 })
      return new Catalog(path)
    }
  }
}

function moveAside(path: string): void {
  for (const suffix of ['-wal', '-shm', '']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.damaged${suffix}`)
  }
}

/** Records by the day of their event time; those that cannot be read at all are `unplaced`. */
function sortByDay(
  records: readonly JournalRecord[],
  oldest: number,
): { byDay: Map<number, Placed[]>; unplaced: Damage[] } {
  const byDay = new Map<number, Placed[]>()
  const unplaced: Damage[] = []
  const oldestTime = isoSeconds(oldest * dayMs)
  for (const found of records) {
    if (isSurelyEarlier(found.record, oldestTime, limits.nestingMax)) continue
    const placed = place(found)
    if (!placed) {
      const { seq, segment, offset: start, record } = found
      const file = segmentFile(segment)
      unplaced.push({ file, start, end: start + record.length, seq, reason: 'no event' })
      continue
    }
    const day = dayOf(placed.time)
    if (day < oldest) continue
    const events = byDay.get(day)
    if (events) events.push(placed)
    else byDay.set(day, [placed])
  }
  return { byDay, unplaced }
}

function rangeOf(day: number, events: readonly Placed[]): CataloguedDay {
  return { day, firstSeq: events[0]!.seq, lastSeq: events.at(-1)!.seq }
}
