import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import {
  arrive,
  aside,
  catchUp,
  check,
  dayMs,
  dayPath,
  end,
  evaluate,
  folder,
  from,
  indexer,
  journal,
  journalFolder,
  notices,
  now,
  pagesOf,
  searcher,
} from '../../test/history-world.ts'
import { randomEvents, sampleEvent } from '../../test/sample-events.ts'
import { readAttributes } from './attributes.ts'
import { keyOf } from './keys.ts'
import type { Position } from './query.ts'

describe('a damaged history', () => {
  async function madeHistory(): Promise<string[]> {
    const events = randomEvents(7, 60, from, now)
    await arrive(events)
    const made = indexer()
    catchUp(made)
    end(made)
    return evaluate(events, {}, {})
  }

  test('is made anew where a log was left without its catalogue', async () => {
    await arrive(randomEvents(7, 60, from, now))
    const killed = indexer()
    catchUp(killed)
    const log = join(folder(), 'catalog.db-wal')
    copyFileSync(log, aside('log'))
    end(killed)
    rmSync(join(folder(), 'catalog.db'))
    copyFileSync(aside('log'), log)
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
      'a day is another database',
      'integrity',
      () => copyFileSync(join(folder(), 'catalog.db'), dayPath('2026-11-20')),
    ],
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

  test.each([0, 1, 2])('is made again when page %i of its catalogue is gone', async (page) => {
    const expected = await madeHistory()
    const path = join(folder(), 'catalog.db')
    const bytes = readFileSync(path)
    bytes.fill('x', 4096 * page, 4096 * (page + 1))
    writeFileSync(path, bytes)
    expect(check()).toMatchObject([{ file: 'catalog.db', reason: 'integrity' }])
    const made = indexer()
    made.check(now)
    await arrive(randomEvents(8, 5, now - 1000, now))
    catchUp(made)
    expect(notices).toMatchObject([{ what: 'database damaged', file: path }])
    expect(check()).toEqual([])
    expect(await pagesOf(searcher(made), {}, {}, 50)).toHaveLength(expected.length + 5)
  })

  test('is made again when a day lies in the place of its catalogue', async () => {
    const expected = await madeHistory()
    copyFileSync(dayPath('2026-11-20'), join(folder(), 'catalog.db'))
    expect(check()).toContainEqual({ file: 'catalog.db', reason: 'integrity' })
    const made = indexer()
    catchUp(made)
    expect(notices).toMatchObject([{ what: 'database damaged' }])
    expect(check()).toEqual([])
    expect(await pagesOf(searcher(made), {}, {}, 50)).toEqual(expected)
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
