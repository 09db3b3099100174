import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fetchRecord } from '../journal/fetch.ts'
import { readJournal } from '../journal/read.ts'
import { Catalog, catalogFile } from './catalog.ts'
import { openForReading, requireIntact } from './database.ts'
import { DayCheck } from './day-check.ts'
import { dayFile, dayOf, listDays, oldestDay } from './days.ts'
import { place } from './placed.ts'

/** Something in history that is not as the journal says it must be. */
export type HistoryProblem = Readonly<{
  file: string
  /** The event concerned, where it is one. */
  seq?: number
  /** Short and fixed: "integrity", "missing", "not indexed", "wrong place", "wrong attributes", "extra". */
  reason: string
}>

const batchBytes = 8 * 1024 * 1024

/**
 * Compares history with the journal, up to history's cursor: every readable event of the days it holds
 * must be indexed once, under its own attributes, and nothing else may be. What is damaged in the
 * journal itself is the journal's to report. Reads only; the server may be running.
 */
export function checkHistory(
  folder: string,
  journalFolder: string,
  { now, historyDays }: { now: number; historyDays: number },
): { problems: HistoryProblem[]; cursor: number; events: number } {
  const problems: HistoryProblem[] = []
  if (!existsSync(join(folder, catalogFile))) {
    const isLost = existsSync(folder) && listDays(folder).length > 0
    if (isLost) problems.push({ file: catalogFile, reason: 'missing' })
    return { problems, cursor: 0, events: 0 }
  }
  const oldest = oldestDay(now, historyDays)
  const { cursor, known } = readCatalog(folder, problems)
  const days = new Map<number, DayCheck>()
  for (const day of new Set([...listDays(folder), ...known])) {
    if (day >= oldest) openDay(folder, day, cursor, days, problems)
  }
  /** Days without a database that no catalogue misses: each is named once, by its first event. */
  const unknown = new Set<number>()
  let events = 0
  try {
    for (let from = 1; from <= cursor; ) {
      const { records, next } = readJournal(journalFolder, {
        from,
        to: cursor,
        bytesMax: batchBytes,
      })
      for (const record of records) {
        const event = place(record)
        if (!event || dayOf(event.time) < oldest) continue
        events++
        const day = dayOf(event.time)
        const check = days.get(day)
        if (check) problems.push(...check.expect(event))
        else if (!unknown.has(day) && !known.includes(day)) {
          problems.push({ file: dayFile(day), seq: event.seq, reason: 'not indexed' })
          unknown.add(day)
        }
      }
      from = next
    }
    const isSound = (place: { segment: number; offset: number }) =>
      'record' in fetchRecord(journalFolder, place)
    // One by one: a call takes no arguments without end.
    for (const check of days.values()) {
      for (const problem of check.finish(isSound)) problems.push(problem)
    }
  } finally {
    for (const check of days.values()) check.close()
  }
  return { problems, cursor, events }
}

function readCatalog(
  folder: string,
  problems: HistoryProblem[],
): { cursor: number; known: number[] } {
  const path = join(folder, catalogFile)
  if (!isIntact(path)) problems.push({ file: catalogFile, reason: 'integrity' })
  try {
    const catalog = new Catalog(path, { readOnly: true })
    try {
      return { cursor: catalog.cursor(), known: catalog.days().map(({ day }) => day) }
    } finally {
      catalog.close()
    }
  } catch {
    if (problems.length === 0) problems.push({ file: catalogFile, reason: 'integrity' })
    return { cursor: 0, known: [] }
  }
}

/** A day that cannot be compared is named once, not for each of its events. */
function openDay(
  folder: string,
  day: number,
  cursor: number,
  days: Map<number, DayCheck>,
  problems: HistoryProblem[],
): void {
  const file = dayFile(day)
  const path = join(folder, file)
  if (!existsSync(path)) {
    problems.push({ file, reason: 'missing' })
    return
  }
  try {
    if (!isIntact(path)) throw new Error('integrity_check')
    days.set(day, new DayCheck(path, day, cursor))
  } catch {
    problems.push({ file, reason: 'integrity' })
  }
}

function isIntact(path: string): boolean {
  try {
    const database = openForReading(path)
    try {
      requireIntact(database)
      return true
    } finally {
      database.close()
    }
  } catch {
    return false
  }
}
