import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { randomEvents, type SampleEvent, sampleEvent } from '../../test/sample-events.ts'
import { systemClock } from '../clock.ts'
import { systemFiles } from '../files.ts'
import type { Journal } from '../journal/contract.ts'
import { openJournal } from '../journal/file-journal.ts'
import { readAttributes } from './attributes.ts'
import { checkHistory } from './check.ts'
import { Indexer, type IndexerNotice } from './indexer.ts'
import { keyOf } from './keys.ts'
import { attributeNames, type Filter, matches, type Position, type TimeRange } from './query.ts'
import { Searcher } from './searcher.ts'

const dayMs = 24 * 3600_000
const now = Date.UTC(2026, 10, 21, 12)
const historyDays = 90

let root: string
let journal: Journal
let notices: IndexerNotice[]
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

const folder = () => join(root, 'history')
const journalFolder = () => join(root, 'journal')
const dayPath = (name: string) => join(folder(), `${name}.db`)

async function arrive(events: readonly (SampleEvent | string)[]): Promise<void> {
  const records = events.map((event) => (typeof event === 'string' ? event : JSON.stringify(event)))
  await journal.append(records.map((record) => ({ from: 'test', record: Buffer.from(record) })))
}

function indexer(batchBytes = 40_000): Indexer {
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

function catchUp(made: Indexer, at = now): void {
  while (made.cursor < journal.synced) made.step(journal.synced, at)
}

function searcher(made: Indexer): Searcher {
  const reader = new Searcher({
    folder: folder(),
    journalFolder: journalFolder(),
    onDamaged: (day, reason) => made.condemn(day, reason),
  })
  reader.setDays(made.days(), made.days())
  open.push(reader)
  return reader
}

function check() {
  return checkHistory(folder(), journalFolder(), { now, historyDays }).problems
}

/** Event ids, page by page; `between` runs after each page. */
async function pagesOf(
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
function evaluate(events: readonly SampleEvent[], filter: Filter, range: TimeRange): string[] {
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

const valuesOf: Readonly<Record<string, readonly string[]>> = {
  eventID: ['event-1-7', 'event-1-900', 'none'],
  accessKeyId: ['AKIAalice', 'none'],
  resourceName: ['arn:aws:s3:::a', 'none'],
  errorCode: ['AccessDenied'],
  username: ['alice', 'bob'],
  sourceIp: ['192.0.2.1'],
  eventName: ['GetObject', 'RunInstances'],
  resourceType: ['AWS::S3::Bucket'],
  eventSource: ['s3.amazonaws.com'],
  readOnly: ['true', 'false'],
  accountId: ['111122223333', '999999999999'],
  region: ['us-east-1', 'eu-central-1'],
  category: ['Management', 'Data'],
}

const from = now - 3 * dayMs
const anyFilter = fc.record(
  Object.fromEntries(
    Object.entries(valuesOf).map(([name, values]) => [name, fc.constantFrom(...values)]),
  ),
  { requiredKeys: [] },
) as fc.Arbitrary<Filter>
const anyTime = fc.integer({ min: from - 3600_000, max: now + 3600_000 })
const anyRange = fc.record({ from: anyTime, to: anyTime }, { requiredKeys: [] })

describe('lookup', () => {
  test('finds what the slow evaluation finds, in its order, on pages of any size', async () => {
    const events = randomEvents(1, 1_000, from, now)
    await arrive(events)
    const made = indexer()
    catchUp(made)
    const reader = searcher(made)
    await fc.assert(
      fc.asyncProperty(
        anyFilter,
        anyRange,
        fc.integer({ min: 1, max: 400 }),
        async (f, r, size) => {
          expect(await pagesOf(reader, f, r, size)).toEqual(evaluate(events, f, r))
        },
      ),
      { numRuns: 40 },
    )
  })

  test('pages neither repeat nor miss what was there while newer events arrive', async () => {
    const events = randomEvents(2, 300, from, now - dayMs)
    await arrive(events)
    const made = indexer()
    catchUp(made)
    const reader = searcher(made)
    const filter = { region: 'us-east-1', accountId: '111122223333', category: 'Management' }
    let round = 0
    const found = await pagesOf(reader, filter, {}, 7, async () => {
      await arrive(randomEvents(100 + round++, 5, now - dayMs, now))
      catchUp(made)
      reader.setDays(made.days(), made.days())
    })
    expect(found).toEqual(evaluate(events, filter, {}))
  })

  test('finds by each attribute alone within one scope', async () => {
    const events = randomEvents(1, 200, from, now)
    await arrive(events)
    const made = indexer()
    catchUp(made)
    const reader = searcher(made)
    for (const name of attributeNames) {
      const filter = {
        accountId: '111122223333',
        region: 'us-east-1',
        category: 'Management',
        [name]: valuesOf[name]![0],
      }
      expect(await pagesOf(reader, filter, {}, 50)).toEqual(evaluate(events, filter, {}))
    }
  })

  test('a page ends at its bytes, but holds one record of any size', async () => {
    const filler = 'x'.repeat(3_000)
    await arrive([1, 2, 3].map((i) => sampleEvent(now, { eventID: `e${i}`, filler })))
    const made = indexer()
    catchUp(made)
    const query = { filter: {}, range: {}, eventsMax: 10, bytesMax: 100 }
    const page = await searcher(made).lookup(query)
    expect(page.events.map(({ seq }) => seq)).toEqual([3])
    expect(page.next).toMatchObject({ seq: 3 })
  })
})

describe('following', () => {
  test('gives every record as received, in the order of arrival', async () => {
    const records = [
      '{"eventTime":"2026-11-20T00:00:00Z","n":0.0}',
      '{ "eventTime":"2026-11-19T00:00:00Z" }',
    ]
    const events = randomEvents(3, 20, from, now)
    await arrive([...records, ...events])
    const reader = searcher(indexer())
    const seen: string[] = []
    for (let after = 0; ; ) {
      const query = { filter: {}, range: {}, after, eventsMax: 3, bytesMax: 1e6 }
      const page = reader.follow(query, journal.synced)
      seen.push(...page.events.map(({ record }) => record))
      after = page.after
      if (page.atEnd) break
    }
    expect(seen).toEqual([...records, ...events.map((event) => JSON.stringify(event))])
  })
})

describe('the index', () => {
  test('is the same however often the journal is read again', async () => {
    await arrive(randomEvents(4, 300, from, now))
    const first = indexer()
    catchUp(first)
    first.close()
    open.pop()
    // A crash before the cursor was written: the days have what the catalogue does not know.
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(folder(), `catalog.db${suffix}`), { force: true })
    const second = indexer(19_000)
    second.check(now)
    expect(second.cursor).toBe(0)
    expect(await pagesOf(searcher(second), {}, {}, 50)).toHaveLength(300)
    await arrive(randomEvents(5, 50, from, now))
    catchUp(second)
    expect(check()).toEqual([])
    expect(notices).toEqual([])
  })

  test('is complete after a step that failed half-way', async () => {
    await arrive(randomEvents(6, 100, from, now))
    const made = indexer(1e6)
    const blocked = dayPath('2026-11-20')
    const blocker = new DatabaseSync(join(root, 'blocker'))
    blocker.close()
    rmSync(blocked, { force: true })
    // Nothing can be opened where a folder lies.
    await systemFiles.makeFolder(blocked)
    expect(() => made.step(journal.synced, now)).toThrow()
    expect(made.cursor).toBe(0)
    rmSync(blocked, { recursive: true })
    made.release()
    catchUp(made)
    expect(check()).toEqual([])
  })

  test('drops days past retention whole, and does not index what is older', async () => {
    const old = sampleEvent(now - 91 * dayMs, { eventID: 'too old' })
    const edge = sampleEvent(now - 90 * dayMs, { eventID: 'edge' })
    await arrive([old, edge, sampleEvent(now, { eventID: 'new' })])
    const made = indexer()
    catchUp(made)
    const reader = searcher(made)
    expect(await pagesOf(reader, {}, {}, 10)).toEqual(['new', 'edge'])
    made.retire(now + dayMs)
    reader.setDays(made.days(), made.days())
    expect(await pagesOf(reader, {}, {}, 10)).toEqual(['new'])
    expect(existsSync(dayPath('2026-08-23'))).toBe(false)
  })

  test('names what cannot be an event and goes on', async () => {
    await arrive(['["no event"]', sampleEvent(now, { eventID: 'good' })])
    const made = indexer()
    catchUp(made)
    expect(notices).toMatchObject([
      { what: 'records not indexed', damage: [{ seq: 1, reason: 'no event' }] },
    ])
    expect(await pagesOf(searcher(made), {}, {}, 10)).toEqual(['good'])
  })
})

describe('a damaged history', () => {
  async function madeHistory(): Promise<string[]> {
    const events = randomEvents(7, 60, from, now)
    await arrive(events)
    const made = indexer()
    catchUp(made)
    made.close()
    open.pop()
    return evaluate(events, {}, {})
  }

  test('is made anew where a log was left without its catalogue', async () => {
    await arrive(randomEvents(7, 60, from, now))
    const killed = indexer()
    catchUp(killed)
    const log = join(folder(), 'catalog.db-wal')
    copyFileSync(log, join(root, 'log'))
    killed.close()
    open.pop()
    rmSync(join(folder(), 'catalog.db'))
    copyFileSync(join(root, 'log'), log)
    expect(indexer().cursor).toBe(0)
  })

  test('gives no other event than the one it has indexed', async () => {
    const expected = await madeHistory()
    const database = new DatabaseSync(dayPath('2026-11-20'))
    const [first, second] = database.prepare('SELECT * FROM event ORDER BY seq LIMIT 2').all()
    database
      .prepare('UPDATE event SET segment = ?, offset = ? WHERE seq = ?')
      .run(second!['segment']!, second!['offset']!, first!['seq']!)
    database.close()
    const made = indexer()
    const page = await searcher(made).lookup({
      filter: {},
      range: {},
      eventsMax: 99,
      bytesMax: 1e9,
    })
    expect(page).toMatchObject({ unreadable: 1 })
    expect(page.events.length).toBe(expected.length - 1)
    expect(new Set(page.events.map(({ seq }) => seq)).size).toBe(page.events.length)
  })

  test('tells of each event that cannot be read once, on pages of any size', async () => {
    const expected = await madeHistory()
    const made = indexer()
    const [segment] = readdirSync(journalFolder()).filter((name) => name.endsWith('.ndjson'))
    const path = join(journalFolder(), segment!)
    const bytes = readFileSync(path)
    const damaged = 9
    for (let i = 1; i <= damaged; i++) {
      bytes[bytes.indexOf('"eventID"', (bytes.length / 10) * i) + 1] = 0x58
    }
    writeFileSync(path, bytes)
    const reader = searcher(made)
    const query = { filter: {}, range: {}, eventsMax: 4, bytesMax: 1e9 }
    let [events, unreadable] = [0, 0]
    for (let before: Position | undefined, more = true; more; ) {
      const page = await reader.lookup({ ...query, before })
      events += page.events.length
      unreadable += page.unreadable
      before = page.next
      more = before !== undefined
    }
    expect([events, unreadable]).toEqual([expected.length - damaged, damaged])

    ;[events, unreadable] = [0, 0]
    for (let after = 0, more = true; more; ) {
      const page = reader.follow({ ...query, after }, journal.synced)
      events += page.events.length
      unreadable += page.unreadable
      after = page.after
      more = !page.atEnd
    }
    expect([events, unreadable]).toEqual([expected.length - damaged, damaged])
  })

  test('offers an event once where two of its values share a key', async () => {
    const event = sampleEvent(now, { readOnly: false })
    await arrive([event])
    const made = indexer()
    catchUp(made)
    const scope = readAttributes(JSON.stringify(event), now)!.scope
    const database = new DatabaseSync(dayPath('2026-11-21'))
    database
      .prepare('INSERT INTO posting SELECT part, ?, time, seq FROM posting LIMIT 1')
      .run(keyOf(scope, 'readOnly', 'true'))
    database.close()
    expect(await pagesOf(searcher(made), {}, {}, 10)).toHaveLength(1)
  })

  const damages: ReadonlyArray<readonly [string, string, () => void]> = [
    ['a day is missing', 'missing', () => rmSync(dayPath('2026-11-20'))],
    [
      'a day is no database',
      'integrity',
      () => writeFileSync(dayPath('2026-11-20'), 'x'.repeat(9_000)),
    ],
    ['a day was cut off', 'integrity', () => truncateSync(dayPath('2026-11-20'), 8_192)],
    ['a day is empty', 'integrity', () => truncateSync(dayPath('2026-11-20'), 0)],
    [
      'a day is another day',
      'not indexed',
      () => copyFileSync(dayPath('2026-11-18'), dayPath('2026-11-20')),
    ],
  ]
  test.each(damages)('is named by fsck and made again when %s', async (_, reason, damage) => {
    const expected = await madeHistory()
    damage()
    const problems = check().map((problem) => problem.reason)
    expect(problems).toContain(reason)

    const made = indexer()
    made.check(now)
    expect(notices).toMatchObject([{ what: 'database damaged', file: dayPath('2026-11-20') }])
    catchUp(made)
    expect(await pagesOf(searcher(made), {}, {}, 50)).toEqual(expected)
    expect(check()).toEqual([])
  })

  test('is found by a reader and made again', async () => {
    const expected = await madeHistory()
    const made = indexer()
    made.check(now)
    const reader = searcher(made)
    writeFileSync(dayPath('2026-11-20'), 'x'.repeat(9_000))
    const found = await pagesOf(reader, {}, {}, 50)
    expect(found.length).toBeLessThan(expected.length)
    catchUp(made)
    reader.setDays(made.days(), made.days())
    expect(await pagesOf(reader, {}, {}, 50)).toEqual(expected)
  })

  test('is missed without its catalogue', async () => {
    await madeHistory()
    rmSync(join(folder(), 'catalog.db'))
    expect(check()).toEqual([{ file: 'catalog.db', reason: 'missing' }])
  })

  test('names a day that nothing tells of once', async () => {
    await madeHistory()
    rmSync(dayPath('2026-11-20'))
    const database = new DatabaseSync(join(folder(), 'catalog.db'))
    database.exec(`DELETE FROM day WHERE day = ${Date.UTC(2026, 10, 20) / dayMs}`)
    database.close()
    expect(check()).toMatchObject([{ file: '2026-11-20.db', reason: 'not indexed' }])
  })

  const changes: ReadonlyArray<readonly [string, string, string]> = [
    [
      'an event was taken out',
      'DELETE FROM event WHERE seq = (SELECT min(seq) FROM event)',
      'not indexed',
    ],
    [
      'an entry was taken out',
      'DELETE FROM posting WHERE seq = (SELECT min(seq) FROM event) AND key = (SELECT max(key) FROM posting WHERE seq = (SELECT min(seq) FROM event))',
      'wrong attributes',
    ],
    ['an entry was put in', 'INSERT INTO posting SELECT 0, 1, 1, max(seq) FROM event', 'extra'],
    ['a part hides its newest events', 'UPDATE part SET newest = oldest', 'wrong attributes'],
    ['a scope was taken out', 'DELETE FROM scope', 'wrong attributes'],
    [
      'an event has another place',
      'UPDATE event SET offset = offset + 1 WHERE seq = (SELECT min(seq) FROM event)',
      'wrong place',
    ],
  ]
  test.each(changes)('is named by fsck when %s', async (_, sql, reason) => {
    await madeHistory()
    const database = new DatabaseSync(dayPath('2026-11-20'))
    database.exec(sql)
    database.close()
    const problems = check()
    expect(problems[0]).toMatchObject({ file: '2026-11-20.db', reason })
  })
})
