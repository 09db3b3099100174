// The real records of ../shared/data/events: they go in through /ingest/cloudtrail, come out of
// `contrail export` byte for byte, and LookupEvents finds each when the clock shows their time.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LookupEvents } from '../../src/aws/cloudtrail/LookupEvents.ts'
import { hashToken } from '../../src/capture/feeds.ts'
import { ingestHandler } from '../../src/capture/ingest.ts'
import type { Clock } from '../../src/clock.ts'
import { systemFiles } from '../../src/files.ts'
import { type History, openHistory } from '../../src/history/history.ts'
import { openJournal } from '../../src/journal/file-journal.ts'
import { limits } from '../../src/limits.ts'
import { Counter } from '../../src/metrics.ts'
import { lookupAttributes } from '../../src/record/attributes.ts'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { until } from '../tools.ts'
import { startListener } from '../wire-listener.ts'

const root = join(import.meta.dirname, '../..')
const events = join(root, '../shared/data/events')
const isHere = existsSync(events)
if (!isHere)
  console.warn('\n!!! SKIPPED: the 3,871 real records: no ../shared/data/events here !!!\n')

const folders = isHere ? readdirSync(events) : []
const files = folders.map((name) => join(events, name, 'events.ndjson.gz')).filter(existsSync)
const lines = files.flatMap((file) =>
  gunzipSync(readFileSync(file)).toString('utf8').split('\n').filter(Boolean),
)

async function post(url: string, token: string, body: Buffer, gzip = true): Promise<any> {
  const response = await fetch(`${url}/ingest/cloudtrail`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...(gzip ? { 'content-encoding': 'gzip' } : {}) },
    body: new Uint8Array(body),
  })
  expect(response.status).toBe(200)
  return response.json()
}

describe.skipIf(!isHere)('the real records', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => removeTestServer(server))

  test('are all taken, once, and exported byte for byte', async () => {
    expect(lines).toHaveLength(3871)
    const token = readFileSync(join(server.data, 'ingest-tokens'), 'utf8').trim().split(' ')[1]!
    for (const [accepted, duplicates] of [
      [lines.length, 0],
      [0, lines.length],
    ]) {
      const sum = { accepted: 0, duplicates: 0, refused: 0 }
      for (const file of files) {
        const answer = await post(server.url, token, readFileSync(file))
        for (const key of ['accepted', 'duplicates', 'refused'] as const) sum[key] += answer[key]
      }
      expect(sum).toEqual({ accepted, duplicates, refused: 0 })
    }
    const exported = execFileSync(join(root, 'contrail'), ['export'], {
      env: { ...server.clientEnv, CONTRAIL_DATA: server.data },
      maxBuffer: 64 * 1024 * 1024,
    }).toString('utf8')
    const own = (line: string) => line.includes('"eventSource":"contrail.internal"')
    expect(exported.split('\n').filter((line) => line && !own(line))).toEqual(lines)
  })
})

/** A clock that stands where it is set; timers run as usual. */
function standingClock(now: number): Clock {
  return {
    now: () => now,
    after(ms, task) {
      const timer = setTimeout(task, ms)
      return () => clearTimeout(timer)
    },
  }
}

/** Records by the quarter their time lies in; those without one that can be read come in today. */
const today = Date.parse('2026-11-21T12:00:00Z')
const quarterMs = 80 * 24 * 3600_000
const byQuarter = Map.groupBy(lines, (line) => {
  const { eventTime } = lookupAttributes(JSON.parse(line))
  return Number.isNaN(eventTime) ? today : Math.ceil((eventTime + 1) / quarterMs) * quarterMs
})

describe.skipIf(!isHere)('LookupEvents finds each real record', () => {
  test.each([...byQuarter])('by each of its attributes, at %d', async (now, records) => {
    const folder = mkdtempSync(join(tmpdir(), 'contrail-real-'))
    const clock = standingClock(now)
    const journalFolder = join(folder, 'journal')
    const onDamage = () => undefined
    const journal = await openJournal({
      folder: journalFolder,
      files: systemFiles,
      clock,
      limits,
      retentionDays: 90,
      onDamage,
    })
    const history = openHistory({ folder: join(folder, 'history'), journalFolder, clock, limits })
    journal.onSynced((seq) => history.advance(seq))
    const feeds = [{ name: 'cloudtrail', tokenHash: hashToken('t') }]
    const log = { info() {}, warn() {}, error() {} }
    const defaults = { account: '000000000000', region: 'us-east-1' }
    const own = { defaults, regions: [defaults.region] }
    const items = new Counter()
    const ingest = ingestHandler({ journal, feeds, ...own, clock, limits, log, items })
    const listener = await startListener({ routes: { '/ingest/': ingest } })
    try {
      await post(listener.url, 't', Buffer.from(records.join('\n')), false)
      await until(
        async () => history.cursor,
        (cursor) => cursor >= records.length,
        10_000,
      )
      for (const record of records) await findEach(record, history, clock)
    } finally {
      await listener.close()
      await history.close()
      await journal.close()
      rmSync(folder, { recursive: true })
    }
  })
})

/** Looks one record up by its rarest attribute, page by page, as its own account in its own Region. */
async function findEach(line: string, history: History, clock: Clock): Promise<void> {
  const { accountId, region, category, eventID, eventName } = lookupAttributes(JSON.parse(line))
  if (category !== 'Management' && category !== 'Insight') return
  const attribute = eventID
    ? { AttributeKey: 'EventId' as const, AttributeValue: eventID }
    : { AttributeKey: 'EventName' as const, AttributeValue: eventName! }
  const input = {
    LookupAttributes: [attribute],
    ...(category === 'Insight' ? { EventCategory: 'insight' as const } : {}),
  }
  const found: string[] = []
  let NextToken: string | undefined
  do {
    const page = await LookupEvents.run({ ...input, NextToken }, {
      caller: { accountId, region },
      clock,
      services: { history },
    } as any)
    found.push(...page.Events!.map((event) => event.CloudTrailEvent!))
    NextToken = page.NextToken
  } while (NextToken)
  expect(found).toContain(line)
}
