// History over a real journal, without its threads: made, read, damaged and checked by a test's hand.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { systemFiles } from '../src/files.ts'
import { readAttributes } from '../src/history/attributes.ts'
import { checkHistory } from '../src/history/check.ts'
import { Indexer, type IndexerNotice } from '../src/history/indexer.ts'
import { type Filter, matches, type Position, type TimeRange } from '../src/history/query.ts'
import { Searcher } from '../src/history/searcher.ts'
import type { Journal } from '../src/journal/contract.ts'
import { openJournal } from '../src/journal/file-journal.ts'
import type { SampleEvent } from './sample-events.ts'

export const dayMs = 24 * 3600_000
export const now = Date.UTC(2026, 10, 21, 12)
/** Where most events of these tests begin. */
export const from = now - 3 * dayMs
const historyDays = 90

let root: string
export let journal: Journal
export let notices: IndexerNotice[]
const open: Array<{ close(): void }> = []

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'contrail-history-'))
  notices = []
  journal = await openJournal({
    folder: join(root, 'journal'),
    files: systemFiles,
    clock: systemClock,
    limits: { diskFreeBytesMin: 0 },
    retentionDays: 100,
    onDamage: () => {},
  })
})

afterEach(async () => {
  for (const each of open.splice(0)) each.close()
  await journal.close()
  rmSync(root, { recursive: true, force: true })
})

export const aside = (name: string) => join(root, name)
export const folder = () => join(root, 'history')
export const journalFolder = () => join(root, 'journal')
export const dayPath = (name: string) => join(folder(), `${name}.db`)

export async function arrive(events: readonly (SampleEvent | string)[]): Promise<void> {
  const records = events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event)))
  await journal.append(records.map((record) => ({ from: 'test', record: Buffer.from(record) })))
}

export function indexer(batchBytes = 40_000): Indexer {
  const made = new Indexer({
    folder: folder(),
    journalFolder: journalFolder(),
    historyDays,
    batchBytes,
    partEvents: 70,
    report: (notice) => notices.push(notice),
  })
  open.push(made)
  return made
}

/** Lets go of it before its test ends, as a crash or a stop does. */
export function end(made: Indexer): void {
  made.close()
  open.splice(open.indexOf(made), 1)
}

export function catchUp(made: Indexer, at = now): void {
  while (made.cursor < journal.synced) made.step(journal.synced, at)
}

export function searcher(made: Indexer): Searcher {
  const reader = new Searcher({
    folder: folder(),
    journalFolder: journalFolder(),
    onDamaged: (day, reason) => made.condemn(day, reason),
  })
  reader.setDays(made.days(), made.days())
  open.push(reader)
  return reader
}

export function check() {
  return checkHistory(folder(), journalFolder(), { now, historyDays }).problems
}

/** Event ids, page by page; `between` runs after each page. */
export async function pagesOf(
  reader: Searcher,
  filter: Filter,
  range: TimeRange,
  eventsMax: number,
  between: () => Promise<void> = async () => {},
): Promise<string[]> {
  const ids: string[] = []
  let before: Position | undefined
  do {
    const page = await reader.lookup({ filter, range, before, eventsMax, bytesMax: 1e9 })
    expect(page.events.length).toBeLessThanOrEqual(eventsMax)
    ids.push(...page.events.map(({ attributes }) => attributes.values.eventID![0]!))
    before = page.next
    await between()
  } while (before)
  return ids
}

/** What a lookup must find, the slow and obvious way. */
export function evaluate(
  events: readonly SampleEvent[],
  filter: Filter,
  range: TimeRange,
): string[] {
  return events
    .map((event, seq) => ({
      seq,
      id: event['eventID'],
      found: readAttributes(JSON.stringify(event), now)!,
    }))
    .filter(({ found }) => matches(found, filter, range))
    .sort((a, b) => b.found.time - a.found.time || b.seq - a.seq)
    .map(({ id }) => String(id))
}
