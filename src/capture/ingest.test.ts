import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { startListener, type TestListener } from '../../test/wire-listener.ts'
import { StorageError } from '../errors.ts'
import type { Journal } from '../journal/contract.ts'
import { limits as usual } from '../limits.ts'
import { Counter } from '../metrics.ts'
import { hashToken } from './feeds.ts'
import { ingestHandler } from './ingest.ts'

const limits = {
  ...usual,
  ingestBytesMax: 100_000,
  ingestBatchBytes: 2_000,
  ingestPeriodBytesMin: 1_000,
  recordBytesMax: 5_000,
  feedRegionsMax: 2,
}
const kept: string[] = []
const counted = new Counter()
/** What the next appends meet, one each. */
let failures: Error[] = []
let listener: TestListener
const clock = new ManualClock(0)
let url: string

beforeAll(async () => {
  const journal: Pick<Journal, 'append'> = {
    async append(entries) {
      const failure = failures.shift()
      if (failure) throw failure
      const seqs = entries.map(({ record }) => {
        const text = record.toString()
        return kept.includes(text) ? undefined : kept.push(text)
      })
      return { seqs }
    },
  }
  const defaults = { account: '111122223333', region: 'us-east-1' }
  const tokenHash = hashToken('t')
  const feeds = [
    { name: 'a', tokenHash },
    { name: 'own', tokenHash, eventSources: ['a.example'] },
    { name: 'near', tokenHash, regions: ['eu-west-1'] },
  ]
  const log = { info() {}, warn() {}, error() {} }
  const regions = ['us-east-1']
  const parts = { journal, feeds, regions, clock, limits, log, defaults, items: counted }
  listener = await startListener({ routes: { '/ingest/': ingestHandler(parts) }, clock })
  url = `${listener.url}/ingest/a`
})
afterAll(() => listener.close())

async function post(body: Uint8Array | string, headers: Record<string, string> = {}) {
  const sent = await fetch(url, {
    method: 'POST',
    headers: { authorization: 'Bearer t', ...headers },
    body: body as string,
  })
  return { status: sent.status, ...((await sent.json()) as object) }
}

let made = 0
const lines = (count: number) =>
  Array.from({ length: count }, () => `{"eventName":"A","n":${++made},"x":"${'x'.repeat(100)}"}`)

test.each([
  { how: 'as it is', coded: (text: string) => Buffer.from(text) },
  { how: 'with gzip', coded: gzipSync, encoding: 'gzip' },
  { how: 'with gzip that is not announced', coded: gzipSync },
  { how: 'with zstd that is not announced', coded: zstdCompressSync },
])('a body $how is kept in order over several appends', async ({ coded, encoding }) => {
  const records = lines(70)
  const headers: Record<string, string> = encoding ? { 'content-encoding': encoding } : {}
  const answer = await post(coded(records.join('\n')), headers)
  expect(answer).toEqual({ status: 200, accepted: 70, duplicates: 0, refused: 0, refusals: [] })
  expect(kept.slice(-70)).toEqual(records)
  expect(await post(coded(records.join('\n')), headers)).toMatchObject({ duplicates: 70 })
})

test.each([
  { why: 'an unknown encoding', body: '{}', encoding: 'br', status: 415 },
  { why: 'a name that every object has', body: '{}', encoding: 'constructor', status: 415 },
  { why: 'damaged gzip', body: 'no gzip', encoding: 'gzip', status: 400 },
  { why: 'gzip cut off', body: gzipSync('{"eventName":"A"}').subarray(0, 20), status: 400 },
  { why: 'too many bytes', body: 'x'.repeat(2).padStart(100_001), status: 413 },
  { why: 'too many inflated bytes', body: gzipSync(Buffer.alloc(200_000, ' ')), status: 413 },
  { why: 'no records', body: 'hello', status: 400 },
])('$why is refused with $status', async ({ body, encoding, status }) => {
  const headers: Record<string, string> = encoding ? { 'content-encoding': encoding } : {}
  const answer = await post(body, headers)
  expect(answer).toMatchObject({ status, error: expect.any(String), accepted: 0 })
})

test('what was whole before a fault is kept and counted', async () => {
  const [first, second] = lines(2)
  const answer = await post(`{"Records":[${first},${second},5]}`)
  expect(answer).toMatchObject({ status: 400, accepted: 2 })
  expect(kept.slice(-2)).toEqual([first, second])
})

test('a failed append is told with what was kept before it', async () => {
  failures = [new StorageError('disk full', 'full')]
  const answer = await post(lines(3).join('\n'))
  expect(answer).toMatchObject({ status: 503, accepted: 0, error: /disk full/ })
  failures = [new StorageError('busy', 'busy')]
  const headers = { authorization: 'Bearer t' }
  const busy = await fetch(url, { method: 'POST', headers, body: lines(1)[0]! })
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1'])
})

test('a record that is too long does not harm its neighbours', async () => {
  const [first, second] = lines(2)
  const answer = await post(`${first}\n{"eventName":"${'x'.repeat(6_000)}"}\n${second}\n`)
  expect(answer).toMatchObject({ accepted: 2, refused: 1 })
  expect(answer).toHaveProperty('refusals.0', { index: 1, reason: 'larger than a record may be' })
})

test.each([
  { of: 'its own', record: { eventSource: 'a.example' }, accepted: 1 },
  { of: 'an activity', record: { eventData: { eventSource: 'a.example' } }, accepted: 1 },
  { of: 'nobody', record: { eventData: null }, accepted: 0 },
  { of: 'another', record: { eventData: { eventSource: 'b.example' } }, accepted: 0 },
  {
    of: 'another behind its own',
    record: { eventSource: 'a.example', eventData: { eventSource: 'b.example' } },
    accepted: 0,
  },
])('a feed of an event source and a record of $of', async ({ record, accepted }) => {
  const sent = await fetch(url.replace(/a$/, 'own'), {
    method: 'POST',
    headers: { authorization: 'Bearer t' },
    body: JSON.stringify({ eventName: 'A', ...record }),
  })
  expect(await sent.json()).toMatchObject({ accepted, refused: 1 - accepted })
})

async function postOf(feed: string, regions: readonly unknown[]): Promise<object> {
  const records = regions.map((awsRegion) => ({
    eventName: 'A',
    eventTime: 't',
    awsRegion,
    n: ++made,
  }))
  const body = records.map((one) => JSON.stringify(one)).join('\n')
  const headers = { authorization: 'Bearer t' }
  const sent = await fetch(url.replace(/a$/, feed), { method: 'POST', headers, body })
  return (await sent.json()) as object
}

test('a feed of a Region takes no other', async () => {
  expect(await postOf('near', ['eu-west-1', 'us-east-1', undefined, '...'])).toMatchObject({
    accepted: 1,
    refusals: [1, 2, 3].map((index) => ({ index, reason: 'not a Region of this feed' })),
  })
})

test('any feed may name Regions, but not without bound', async () => {
  const regions = [
    'eu-west-1',
    'eu-west-2',
    'eu-west-3',
    'us-east-1',
    undefined,
    '...',
    'eu-west-2',
  ]
  expect(await postOf('a', regions)).toMatchObject({
    accepted: 6,
    refusals: [{ index: 2, reason: 'one Region too many' }],
  })
})

test('who is refused while still sending sees the answer', async () => {
  const sent = request(url, { method: 'POST', headers: { authorization: 'Bearer wrong' } })
  const answered = new Promise<number>((done) => sent.once('response', (r) => done(r.statusCode!)))
  sent.write('x'.repeat(50_000))
  sent.end('x'.repeat(50_000))
  expect(await answered).toBe(403)
})

test.each([
  { who: 'the right token', more: {}, status: 200 },
  { who: 'a wrong token', more: { authorization: 'Bearer wrong' }, status: 403 },
  { who: 'no token', more: { authorization: '' }, status: 401 },
  { who: 'another method', more: {}, method: 'PUT', status: 405 },
  { who: 'too long a body', more: { 'content-length': 100_001 }, status: 413 },
])('who waits to be asked for the body, with $who', async ({ more, method = 'POST', status }) => {
  const record = lines(1)[0]!
  const length = { 'content-length': record.length }
  const headers = { authorization: 'Bearer t', ...length, expect: '100-continue', ...more }
  const sent = request(url, { method, headers })
  let isAsked = false
  sent.on('continue', () => {
    isAsked = true
    sent.end(record)
  })
  sent.flushHeaders()
  const [response] = await once(sent, 'response')
  response.resume()
  expect([response.statusCode, isAsked]).toEqual([status, status === 200])
  // What it might still send would be taken for another request.
  expect(response.headers.connection === 'close').toBe(!isAsked)
  sent.destroy()
})

test('a long body may take its time while it moves; one that stands still is hung up on', async () => {
  const headers = { authorization: 'Bearer t', 'transfer-encoding': 'chunked' }
  const sent = request(url, { method: 'POST', headers })
  const closed = new Promise((done) => sent.once('error', done))
  for (let round = 0; round < 3; round++) {
    // Twice: what comes with the head is not seen to move.
    for (let i = 0; i < 2; i++) {
      const before = kept.length
      sent.write(`${lines(20).join('\n')}\n`)
      await expect.poll(() => kept.length).toBeGreaterThan(before)
    }
    await clock.advance(limits.requestTimeout)
  }
  const whole = kept.length
  expect(sent.destroyed).toBe(false)
  sent.write('{"eventName":"A"}\n{"eventName":')
  await clock.advance(limits.requestTimeout)
  await closed
  expect(kept.length).toBeGreaterThanOrEqual(whole)
})

test('a client that goes away half-way leaves the whole records before', async () => {
  const [first, second] = lines(2)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const head =
    'POST /ingest/a HTTP/1.1\r\nhost: a\r\nauthorization: Bearer t\r\ncontent-length: 9999\r\n\r\n'
  socket.end(`${head}${first}\n${second!.slice(0, 20)}`)
  await new Promise((done) => socket.once('close', done).resume())
  await expect.poll(() => kept.at(-1)).toBe(first)
})

test('what becomes of records is counted, by feed', async () => {
  const counts = () => {
    const ofFeed = [...counted.samples()].filter(({ labels }) => labels['feed'] === 'ingest:a')
    return Object.fromEntries(ofFeed.map(({ labels, value }) => [labels['outcome']!, value]))
  }
  const before = counts()
  const [one, two] = lines(2)
  await post(`${one}\n${two}\n[]\n`)
  await post(one!)
  const after = counts()
  expect(after['taken']! - before['taken']!).toBe(2)
  expect(after['repeated']! - before['repeated']!).toBe(1)
  expect(after['refused']! - before['refused']!).toBe(1)
})
