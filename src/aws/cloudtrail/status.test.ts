// GetTrailStatus through the life of a trail: each member at each stage (`core.md` 2.8).
import { generateKeyPairSync } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { MemorySink } from '../../../test/memory-sink.ts'
import { sampleEvent } from '../../../test/sample-events.ts'
import { arnOf, openTrailAccount, type TrailAccount } from '../../../test/trail-account.ts'
import { isoSeconds } from '../../clock.ts'
import { makeBatch } from '../../delivery/batch.ts'
import { type Delivery, deliverWith } from '../../delivery/delivery.ts'
import { type Digests, openDigests } from '../../delivery/digests.ts'
import { openSigningKeys } from '../../delivery/signing-keys.ts'
import { openMemoryJournal } from '../../journal/memory-journal.ts'
import { limits } from '../../limits.ts'
import { compileSelectors } from '../../trails/selectors/evaluate.ts'
import { selectable } from '../../trails/selectors/selectable.ts'

const hour = 3600_000
const pair = generateKeyPairSync('rsa', { modulusLength: 1024 })
const regions = ['us-east-1', 'eu-west-1']

let t: TrailAccount
let sink: MemorySink
let journal: ReturnType<typeof openMemoryJournal>
let delivery: Delivery
let digests: Digests
let calls: number

beforeEach(async () => {
  t = await openTrailAccount()
  sink = new MemorySink()
  calls = 0
  const { clock } = t
  const { state } = t.account
  journal = openMemoryJournal({ clock, retentionDays: 90 })
  const log = { warn: () => undefined }
  const sources = {
    read: journal.read,
    compile: (selectors: Parameters<typeof compileSelectors>[0]) => {
      const accepts = compileSelectors(selectors)
      return (record: Parameters<typeof selectable>[0]) => accepts(selectable(record))
    },
    secret: 'secret',
    limits,
  }
  const planner = {
    plan: async (request: Parameters<typeof makeBatch>[0]) => makeBatch(request, sources),
    close: async () => undefined,
  }
  const options = { state, journal, sink, clock, log, limits, interval: hour, secret: 'secret' }
  delivery = deliverWith(options, planner)
  const keys = openSigningKeys({ state, makePair: async () => pair })
  digests = openDigests({ ...options, keys, regions })
})

/** A call, and its record. */
async function call(name: string, input: object): Promise<void> {
  await t.call(name, input)
  const requestID = `request-${++calls}`
  await record({ requestID, eventSource: 'cloudtrail.amazonaws.com', eventName: name }, 'own')
}

async function record(members: object, from = 'ingest:x'): Promise<void> {
  const event = sampleEvent(t.now, { eventID: `${journal.synced}`, ...members })
  await journal.append([{ from, record: Buffer.from(JSON.stringify(event)) }])
}

/** Time passes, events happen in the home Region, and all is tried that is due. */
async function pass(ms: number): Promise<number> {
  t.now += ms
  await record({})
  await delivery.flush()
  await digests.flush()
  return t.now
}

async function status(region = 'us-east-1') {
  calls++
  return t.call('GetTrailStatus', { Name: arnOf('one') }, { region })
}

const trail = { Name: 'one', S3BucketName: 'logs', EnableLogFileValidation: true }
const none = {
  LatestDeliveryAttemptTime: '',
  LatestDeliveryAttemptSucceeded: '',
  LatestNotificationAttemptTime: '',
  LatestNotificationAttemptSucceeded: '',
  TimeLoggingStarted: '',
  TimeLoggingStopped: '',
}
const started = (at: number) => ({
  IsLogging: true,
  StartLoggingTime: new Date(at),
  TimeLoggingStarted: isoSeconds(at),
})
const stopped = (at: number) => ({
  IsLogging: false,
  StopLoggingTime: new Date(at),
  TimeLoggingStopped: isoSeconds(at),
})
/** The last success and the last try of log files; the same of digests. */
const delivered = (at: number, tried = at) => ({
  LatestDeliveryTime: new Date(at),
  LatestDeliveryAttemptSucceeded: isoSeconds(at),
  LatestDeliveryAttemptTime: isoSeconds(tried),
})
const digested = (at: number) => ({ LatestDigestDeliveryTime: new Date(at) })

test('every member is true through outages, recovery, stop and start', async () => {
  await call('CreateTrail', { ...trail, IsMultiRegionTrail: true })
  await pass(hour)
  expect(await status()).toEqual({ ...none, IsLogging: false })

  const begun = t.now
  await call('StartLogging', { Name: 'one' })
  const first = await pass(1_000)
  let known: object = { ...none, ...started(begun), ...delivered(first) }
  expect(await status()).toEqual(known)
  expect(await status('eu-west-1')).toEqual({ ...none, ...started(begun) })

  const good = await pass(2 * hour)
  known = { ...known, ...delivered(good), ...digested(good) }
  expect(await status()).toEqual(known)
  // A Region in which nothing happened has its digests all the same.
  expect(await status('eu-west-1')).toEqual({ ...none, ...started(begun), ...digested(good) })

  // The policy is taken away, then the bucket.
  for (const code of ['AccessDenied', 'NoSuchBucket']) {
    sink.refusals.set('logs', code)
    const tried = await pass(hour)
    expect(await status()).toEqual({
      ...known,
      ...delivered(good, tried),
      LatestDeliveryError: code,
      LatestDigestDeliveryError: code,
    })
  }
  // Nobody answers: that is no error of the bucket's.
  sink.refusals.set('logs', undefined)
  const unheard = await pass(hour)
  expect(await status()).toEqual({ ...known, ...delivered(good, unheard) })

  // The bucket is there again.
  sink.refusals.clear()
  const again = await pass(hour)
  known = { ...known, ...delivered(again), ...digested(again) }
  expect(await status()).toEqual(known)

  await call('StopLogging', { Name: 'one' })
  const ended = t.now
  const last = await pass(1_000)
  await pass(hour)
  known = { ...known, ...stopped(ended), ...delivered(last) }
  expect(await status()).toEqual({ ...known, ...digested(t.now) })
  const final = { ...known, ...digested(t.now) }
  await pass(5 * hour)
  expect(await status()).toEqual(final)

  const restarted = t.now
  await call('StartLogging', { Name: 'one' })
  expect(await status()).toEqual({ ...final, ...started(restarted) })
  const after = await pass(1_000)
  expect(await status()).toEqual({ ...final, ...started(restarted), ...delivered(after) })
})

test('a trail made anew under the name of a deleted one knows nothing of it', async () => {
  await call('CreateTrail', trail)
  await call('StartLogging', { Name: 'one' })
  await pass(2 * hour)
  sink.refusals.set('logs', 'AccessDenied')
  await pass(2 * hour)
  await call('DeleteTrail', { Name: 'one' })
  sink.refusals.clear()
  await call('CreateTrail', trail)
  expect(await status()).toEqual({ ...none, IsLogging: false })
  for (let i = 0; i < 3; i++) await pass(2 * hour)
  expect(await status()).toEqual({ ...none, IsLogging: false })
  const tx = t.account.state.begin()
  for (const kind of ['trail-status', 'digest-status', 'delivered-file', 'trail-ended']) {
    expect([kind, tx.list(kind)]).toEqual([kind, []])
  }
})
