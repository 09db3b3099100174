import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  arrive,
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
  notices,
  now,
  pagesOf,
  searcher,
} from '../../test/history-world.ts'
import { randomEvents, sampleEvent } from '../../test/sample-events.ts'
import { systemFiles } from '../files.ts'
import { attributeNames, type Filter } from './query.ts'

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
    end(first)
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
