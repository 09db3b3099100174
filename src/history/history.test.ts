import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sampleEvent } from '../../test/sample-events.ts'
import { type Clock, systemClock } from '../clock.ts'
import { systemFiles } from '../files.ts'
import type { Journal } from '../journal/contract.ts'
import { openJournal } from '../journal/file-journal.ts'
import { type History, openHistory, type Trouble } from './history.ts'

// The threads themselves, over a real journal; what they do is tested in indexer.test.ts.

const now = Date.UTC(2026, 10, 21, 12)
let shown = now
const clock: Clock = { now: () => shown, after: systemClock.after }
const all = { filter: {}, range: {}, eventsMax: 50, bytesMax: 1e6 }

let root: string
let journal: Journal
let history: History
let troubles: Trouble[]
let progressed: () => void

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'contrail-history-'))
  shown = now
  troubles = []
  progressed = () => {}
  journal = await openJournal({
    folder: join(root, 'journal'),
    files: systemFiles,
    clock,
    limits: { diskFreeBytesMin: 0 },
    retentionDays: 100,
    onDamage: () => {},
  })
  start()
})

afterEach(async () => {
  await history.close()
  await journal.close()
  rmSync(root, { recursive: true, force: true })
})

function start(): void {
  history = openHistory({
    folder: join(root, 'history'),
    journalFolder: join(root, 'journal'),
    clock,
    limits: { historyDays: 90 },
    onProgress: () => progressed(),
    onTrouble: (trouble) => troubles.push(trouble),
  })
  history.advance(journal.synced)
  journal.onSynced((seq) => history.advance(seq))
}

async function arrive(...ids: string[]): Promise<void> {
  const events = ids.map((eventID) => JSON.stringify(sampleEvent(now, { eventID })))
  await journal.append(events.map((event) => ({ from: 'test', record: Buffer.from(event) })))
}

function caughtUp(): Promise<void> {
  return new Promise((resolve) => {
    progressed = () => {
      if (history.lag === 0) resolve()
    }
    progressed()
  })
}

const found = async () =>
  (await history.lookup(all)).events.map(({ attributes }) => attributes.values.eventID![0])

test('finds what the journal has synced, soon, and again after a restart', async () => {
  await arrive('a', 'b')
  await caughtUp()
  expect(await found()).toEqual(['b', 'a'])
  await history.close()
  await arrive('c')
  start()
  await caughtUp()
  expect(await found()).toEqual(['c', 'b', 'a'])
  expect(troubles).toEqual([])
})

test('answers with what the last run left while the indexer cannot begin', async () => {
  await arrive('a', 'b')
  await caughtUp()
  await history.close()
  const catalog = join(root, 'history', 'catalog.db')
  renameSync(catalog, `${catalog}.kept`)
  mkdirSync(catalog)
  start()
  expect(await found()).toEqual(['b', 'a'])
  rmSync(catalog, { recursive: true })
  renameSync(`${catalog}.kept`, catalog)
  await caughtUp()
  expect(await found()).toEqual(['b', 'a'])
})

test('loses no day to a clock that is wrong for a moment', async () => {
  await arrive('a')
  await caughtUp()
  shown = now + 1_000 * 24 * 3600_000
  const then = JSON.stringify(sampleEvent(shown, { eventID: 'then' }))
  await journal.append([{ from: 'test', record: Buffer.from(then) }])
  await caughtUp()
  shown = now
  await arrive('b')
  await caughtUp()
  expect(await found()).toEqual(['then', 'b', 'a'])
})

test('a day that is made again hides no other day', async () => {
  await arrive('a')
  const yesterday = sampleEvent(now - 24 * 3600_000, { eventID: 'yesterday' })
  await journal.append([{ from: 'test', record: Buffer.from(JSON.stringify(yesterday)) }])
  await caughtUp()
  await history.close()
  writeFileSync(join(root, 'history', '2026-11-20.db'), 'x'.repeat(9_000))
  // Nothing can be made where a folder lies.
  const blocked = join(root, 'history', '2026-11-20.db.new')
  mkdirSync(blocked)
  start()
  while (troubles.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(troubles[0]).toMatchObject({ what: 'database damaged' })
  expect(await found()).toEqual(['a'])
  rmSync(blocked, { recursive: true })
  await caughtUp()
  expect(await found()).toEqual(['a', 'yesterday'])
})

test('follows arrivals without waiting for the index', async () => {
  const arrival = history.arrival(0, new AbortController().signal)
  await arrive('a')
  expect(await arrival).toBe(true)
  const page = await history.follow({ ...all, after: 0 })
  expect(page).toMatchObject({ after: 1, atEnd: true, events: [{ seq: 1 }] })
  const hungUp = AbortSignal.abort()
  expect(await history.arrival(1, hungUp)).toBe(false)
})

test('rides out a disk that does not take its writes, and shows its lag meanwhile', async () => {
  await arrive('a')
  await caughtUp()
  const other = JSON.stringify(sampleEvent(now - 24 * 3600_000, { eventID: 'yesterday' }))
  // Nothing can be opened where a folder lies.
  const blocked = join(root, 'history', '2026-11-20.db')
  mkdirSync(blocked)
  await journal.append([{ from: 'test', record: Buffer.from(other) }])
  while (troubles.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(troubles[0]).toMatchObject({ what: 'indexing fails' })
  expect(history.lag).toBe(1)
  expect(await found()).toEqual(['a'])
  rmSync(blocked, { recursive: true })
  await caughtUp()
  expect(await found()).toEqual(['a', 'yesterday'])
})

test('refuses questions once closed', async () => {
  await history.close()
  await expect(history.lookup(all)).rejects.toMatchObject({ reason: 'closed' })
})
