// Bodies of feeds that have a kind, over HTTP: their bounds, and what waits for what.
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { startListener, type TestListener } from '../../test/wire-listener.ts'
import { StorageError } from '../errors.ts'
import type { Journal } from '../journal/contract.ts'
import { type Limits, limits as usual } from '../limits.ts'
import { Counter } from '../metrics.ts'
import { hashToken } from './feeds.ts'
import { ingestHandler } from './ingest.ts'

const bounds = { feedBodyBytesMax: 5_000, feedBodiesBytesMax: 6_000, feedItemsMax: 10 }
let kept: string[]
let failures: Error[]
/** What each append waits for. */
let gate: Promise<void> | undefined
let started: number
let clock: ManualClock
let listener: TestListener
let url: string

beforeEach(async () => {
  kept = []
  failures = []
  gate = undefined
  started = 0
  clock = new ManualClock(0)
  await start(bounds)
})
afterEach(() => listener.close())

async function start(bounds: Partial<Limits>): Promise<void> {
  const limits = { ...usual, ...bounds }
  const journal: Pick<Journal, 'append'> = {
    async append(entries) {
      started += 1
      await gate
      const failure = failures.shift()
      if (failure) throw failure
      const ids = entries.map(({ record }) => JSON.parse(record.toString()).eventID as string)
      return { seqs: ids.map((id) => (kept.includes(id) ? undefined : kept.push(id))) }
    },
  }
  const map = { eventTime: 'at', eventName: 'do', eventID: 'id' }
  const form = { kind: 'mapping', eventSource: 'app.example.internal', map }
  const feeds = [{ name: 'app', tokenHash: hashToken('t'), ...form }]
  const defaults = { account: '111122223333', region: 'us-east-1' }
  const log = { info() {}, warn() {}, error() {} }
  const items = new Counter()
  const regions = ['us-east-1']
  const ingest = ingestHandler({ journal, feeds, regions, clock, limits, log, defaults, items })
  listener = await startListener({ routes: { '/ingest/': ingest }, clock })
  url = `${listener.url}/ingest/app`
}

async function post(body: string | Uint8Array, headers: Record<string, string> = {}, query = '') {
  const sent = await fetch(url + query, {
    method: 'POST',
    headers: { authorization: 'Bearer t', ...headers },
    body: body as string,
  })
  return {
    status: sent.status,
    retry: sent.headers.get('retry-after'),
    ...((await sent.json()) as object),
  }
}

const line = (id: number) => `{"at":"2026-11-21T04:44:23Z","do":"Pay","id":${id}}\n`
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => line(from + i)).join('')

test.each([
  { why: 'too many events', body: lines(0, 11), status: 400 },
  { why: 'a body too large', body: `${line(0)}${' '.repeat(5_000)}\n`, status: 413 },
  { why: 'one that inflates too far', body: gzipSync(' '.repeat(50_000)), status: 413 },
])('$why: nothing is taken', async ({ body, status }) => {
  const gzip: Record<string, string> =
    typeof body === 'string' ? {} : { 'content-encoding': 'gzip' }
  expect(await post(body, gzip)).toMatchObject({ status, accepted: 0, error: expect.any(String) })
  expect(kept).toEqual([])
})

test('while the journal takes nothing the whole may be sent again, and is there once', async () => {
  failures = [new StorageError('disk full', 'full')]
  const answer = await post(lines(0, 3))
  expect(answer).toMatchObject({ status: 503, retry: '1', accepted: 0 })
  expect(await post(lines(0, 3))).toMatchObject({ status: 200, accepted: 3 })
  expect(await post(lines(0, 3))).toMatchObject({ status: 200, accepted: 0, duplicates: 3 })
})

test('a body waits for room until those before it are durable', async () => {
  let open = () => {}
  gate = new Promise((resolve) => {
    open = resolve
  })
  // Each may be 4,000 bytes; two are more than all may be.
  const body = (id: number) => line(id).padEnd(4_000)
  const answers: number[] = []
  const posted = [1, 2, 3].map(async (id) => answers.push((await post(body(id))).status))
  await expect.poll(() => started).toBe(1)
  // Others are answered meanwhile, but no second body is read.
  for (let i = 0; i < 5; i++) await post('', { authorization: 'Bearer wrong' })
  expect([answers, started]).toEqual([[], 1])
  open()
  await Promise.all(posted)
  expect(answers).toEqual([200, 200, 200])
  expect(new Set(kept).size).toBe(3)
})

/** A body that is sent piece by piece. */
function slowly(): { write(text: string): void; end(text: string): void; status: Promise<number> } {
  const headers = { authorization: 'Bearer t', 'transfer-encoding': 'chunked' }
  const sent = request(url, { method: 'POST', headers })
  const status = new Promise<number>((done) => {
    sent.once('response', (response) => {
      response.resume()
      done(response.statusCode!)
    })
  })
  return { write: (text) => sent.write(text), end: (text) => sent.end(text), status }
}

/** Moves the clock on until it is there. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  let isThere = false
  void answer.then(() => {
    isThere = true
  })
  while (!isThere) await clock.advance(usual.feedBodyWait / 5)
  return await answer
}

test('slow senders hold no more than they sent: a fast one is not kept waiting', async () => {
  const slow = Array.from({ length: 20 }, slowly)
  for (const one of slow) one.write(line(1))
  const fast = await Promise.all([2, 3].map((id) => post(line(id).padEnd(2_000))))
  expect(fast).toMatchObject([{ accepted: 1 }, { accepted: 1 }])
  for (const one of slow) one.end('')
  await Promise.all(slow.map((one) => one.status))
})

test('of half bodies that wait for one another one is refused, and the other goes on', async () => {
  const both = [slowly(), slowly()]
  for (const [id, one] of both.entries()) one.write(line(id).padEnd(2_990))
  // Once both are held there is no room for a third.
  const third = async () => (await answered(post(line(9)))).status
  await expect.poll(third).toBe(503)
  for (const one of both) one.end('\n'.padStart(2_000))
  const statuses = await answered(Promise.all(both.map(({ status }) => status)))
  expect(statuses.sort()).toEqual([200, 503])
  expect(await post(line(10).padEnd(4_900))).toMatchObject({ status: 200, accepted: 1 })
})

test('others are answered while records of a large body are made', async () => {
  let begun = () => {}
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve
  })
  // A clock by which each item takes longer than others should wait.
  let now = 0
  clock.now = () => {
    begun()
    now += 1_000
    return now
  }
  await listener.close()
  await start({ feedItemsMax: 5_000, feedBodyBytesMax: 1e6, feedBodiesBytesMax: 2e6 })
  const large = post(lines(0, 5_000))
  await isBegun
  expect(await post(line(5_001))).toMatchObject({ accepted: 1 })
  expect(kept).toHaveLength(1)
  expect(await large).toMatchObject({ accepted: 5_000 })
})

test('a dry run shows what would be recorded and refused, and counts nothing', async () => {
  const answer = await post(`${line(1)}{}\n`, {}, '?dryRun=true')
  expect(answer).toMatchObject({
    status: 200,
    dryRun: true,
    records: 1,
    refusals: [{ index: 1, reason: 'no time that can be read' }],
    wouldRecord: [{ eventData: { eventName: 'Pay' } }],
  })
  expect(kept).toEqual([])
})

test.each(['?dryRun', '?dryRun=maybe', '?dryrun=true', '?dry-run=true'])(
  '%s is refused: it must not become a real run',
  async (query) => {
    expect(await post(line(1), {}, query)).toMatchObject({ status: 400 })
    expect(kept).toEqual([])
  },
)

test('protobuf is refused by name', async () => {
  const answer = await post('x', { 'content-type': 'application/x-protobuf' })
  expect(answer).toMatchObject({ status: 415 })
})
