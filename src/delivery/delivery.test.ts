import { expect, test } from 'vitest'
import { accountId, interval, select, startedAt, World } from '../../test/delivery-world.ts'
import { parseLogFileKey } from '../digest/names.ts'
import { StorageError } from '../errors.ts'
import { SinkError } from '../trails/contract.ts'
import type { Planner } from './planner.ts'

const hourMs = 3600_000
const hash = expect.stringMatching(/^[0-9a-f]{64}$/)

test('an event is in the bucket one interval after it came in, and never without one', async () => {
  const world = new World()
  await world.trail('t')
  world.open()
  await world.clock.advance(interval)
  expect(world.puts).toEqual([])
  await world.event()
  await world.clock.advance(interval - 1)
  expect(world.puts).toEqual([])
  await world.clock.advance(1)
  expect(world.delivered('t-bucket')).toEqual(world.owed('t'))
  expect(world.owed('t')).toHaveLength(1)
  await world.clock.advance(10 * interval)
  expect(world.puts).toHaveLength(1)
})

test('a file has the key, the headers and the bytes of one of CloudTrail', async () => {
  const world = new World()
  await world.trail('t', { prefix: 'logs' })
  const delivery = world.open()
  const time = { eventTime: '2026-11-21T04:41:00Z' }
  await world.event(time)
  await world.append(
    `{"eventVersion":"1.08","eventTime":"2026-11-21T04:45:00Z","recipientAccountId":"${accountId}","awsRegion":"us-east-1","eventCategory":"Management","readOnly":true,"cost":1.50}`,
    'ingest:x',
  )
  await delivery.flush()
  const [put] = world.puts
  expect(put!.object.key).toMatch(
    /^logs\/AWSLogs\/111122223333\/CloudTrail\/us-east-1\/2026\/11\/21\/111122223333_CloudTrail_us-east-1_20261121T0445Z_[A-Za-z0-9]{16}\.json\.gz$/,
  )
  expect(put!.object.headers).toEqual({
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'x-amz-acl': 'bucket-owner-full-control',
    'x-amz-server-side-encryption': 'AES256',
  })
  expect(put!.destination).toMatchObject({
    bucket: 't-bucket',
    prefix: 'logs',
    region: 'us-east-1',
  })
  const [file] = world.files('t-bucket')
  expect(file!.content).toMatch(/^\{"Records":\[\{"eventVersion":"1\.11".*"cost":1\.50\}\]\}$/)
})

test('files are cut by Region, kind and five minutes of event time, late events by theirs', async () => {
  const world = new World()
  await world.trail('t', { selectors: select('All') })
  const delivery = world.open()
  const at = (eventTime: string, awsRegion = 'us-east-1') => world.event({ eventTime, awsRegion })
  await at('2026-11-21T04:40:00Z')
  await at('2026-11-21T04:40:01Z')
  await at('2026-11-21T04:45:00Z')
  await at('2026-11-21T04:45:00Z', 'eu-central-1')
  await at('2026-08-01T23:59:59Z')
  await at('not a time')
  await at('2026-11-21T04:40:00Z', '../../etc')
  await delivery.flush()
  const names = world.files('t-bucket').map(({ key }) => parseLogFileKey(key)!)
  const cut = names.map(
    ({ region, time }) => `${region} ${new Date(time).toISOString().slice(0, 16)}`,
  )
  expect(cut.sort()).toEqual([
    'eu-central-1 2026-11-21T04:45',
    'us-east-1 2026-08-02T00:00',
    'us-east-1 2026-11-21T04:40',
    'us-east-1 2026-11-21T04:45',
  ])
  expect(world.delivered('t-bucket').sort()).toEqual(world.owed('t').sort())
})

test('a backlog is cut into batches that fit into memory', async () => {
  const world = new World({ limits: { deliveryBatchBytes: 2_000, deliveryBatchRecords: 3 } })
  await world.trail('t')
  for (let i = 0; i < 20; i++) await world.event(i === 7 ? { filler: 'x'.repeat(5_000) } : {})
  await world.open().flush()
  expect(world.delivered('t-bucket')).toEqual(world.owed('t'))
  expect(world.files('t-bucket').length).toBeGreaterThanOrEqual(7)
})

test('a trail gets what its Region, its account and its global events say', async () => {
  const world = new World()
  await world.trail('all')
  await world.trail('home', { isMultiRegion: false, includeGlobalServiceEvents: false })
  await world.trail('other', { accountId: '444455556666' })
  const delivery = world.open()
  await world.event({ awsRegion: 'eu-central-1' })
  await world.event({ eventSource: 'iam.amazonaws.com' })
  await world.event({ recipientAccountId: undefined, userIdentity: { accountId: '444455556666' } })
  await world.event({ eventCategory: 'Data' })
  await world.event()
  await delivery.flush()
  const counts = ['all', 'home', 'other'].map((id) => world.delivered(`${id}-bucket`).length)
  // Before them, those of the calls that made and started the later trails.
  expect(counts).toEqual([3 + 4, 1 + 2, 1])
  for (const id of ['all', 'home', 'other']) {
    expect(world.delivered(`${id}-bucket`).sort()).toEqual(world.owed(id).sort())
  }
})

test('each change counts from the record of its call on, and that record still goes by the old', async () => {
  const world = new World()
  const delivery = world.open()
  await world.event()
  await world.trail('t')
  await world.event({ readOnly: true })
  await world.change('t', { selectors: select('ReadOnly') })
  await world.event({ readOnly: true })
  await world.event({ readOnly: false })
  await world.change('t', { isLogging: false })
  await world.event({ readOnly: true })
  await world.change('t', { isLogging: true, bucket: 'new-bucket' })
  await world.event({ readOnly: true })
  await delivery.flush()
  expect(world.delivered('t-bucket')).toHaveLength(3)
  expect(world.delivered('new-bucket')).toHaveLength(1)
  const all = [...world.delivered('t-bucket'), ...world.delivered('new-bucket')]
  expect(all).toEqual(world.owed('t'))
  expect(world.documents('trail-change').size).toBe(0)
})

test('lag counts for a trail that was just made, too', async () => {
  const world = new World()
  const delivery = world.open()
  await world.clock.advance(0)
  await world.event()
  await world.event()
  expect(delivery.lag).toBe(0)
  await world.trail('t')
  expect(delivery.lag).toBe(4)
  await delivery.flush()
  expect(delivery.lag).toBe(0)
})

test('a planner that fails is said, asked again, and what it makes then is delivered', async () => {
  const world = new World()
  const { plan } = world.planner()
  let failures = 2
  const failing: Planner = {
    plan: async (request) => {
      if (failures-- > 0) throw new StorageError('closed', 'The thread ended')
      return plan(request)
    },
    close: async () => undefined,
  }
  world.planner = () => failing
  await world.trail('t')
  await world.event()
  const delivery = world.open()
  await world.clock.advance(0)
  expect(delivery.failing).toBe(1)
  expect(world.warnings).toContainEqual([
    'delivery fails',
    { trail: 't', reason: 'StorageError: The thread ended', pauseMs: 1_000 },
  ])
  await world.clock.advance(3_000)
  expect(delivery.failing).toBe(0)
  expect(world.delivered('t-bucket')).toEqual(world.owed('t'))
})

test('of two changes whose records lie the wrong way round the older one has no effect', async () => {
  const world = new World()
  await world.trail('t')
  const delivery = world.open()
  const older = await world.commitChange('t', { selectors: select('ReadOnly') })
  const newer = await world.commitChange('t', { selectors: select('All') })
  await newer()
  await delivery.flush()
  await world.event({ readOnly: false })
  await older()
  await world.event({ readOnly: false })
  await delivery.flush()
  expect(world.delivered('t-bucket')).toEqual(world.owed('t'))
  expect(world.owed('t')).toHaveLength(4)
  expect(world.documents('trail-change').size).toBe(0)
})

test('a change whose record rots away counts from the damage on', async () => {
  const world = new World()
  await world.change('t', {})
  const start = await world.commitChange('t', { isLogging: true })
  world.damaged.add(await start())
  await world.event()
  const late = await world.commitChange('t', { selectors: select('ReadOnly') })
  await world.event()
  await late()
  const delivery = world.open()
  await delivery.flush()
  expect(world.delivered('t-bucket')).toHaveLength(3)
  expect(world.documents('trail-change').size).toBe(0)
  expect(world.warnings.map(([event]) => event)).toContain('delivery: journal damage')
})

test('GetTrailStatus and digests learn what was delivered', async () => {
  const world = new World()
  await world.trail('t')
  await world.trail('u', { logFileValidation: false })
  const delivery = world.open()
  await world.event({ eventTime: '2026-11-21T04:41:00Z' })
  await world.event({ eventTime: '2026-11-21T04:42:00Z' })
  await delivery.flush()
  const [file] = world.files('u-bucket')
  const delivered = world.documents('delivered-file')
  const [key] = world.objects.get('t-bucket')!.keys()
  const first = [...delivered].find(([name]) => name === `t/us-east-1/${startedAt}/${key}`)
  expect(first?.[1]).toEqual({
    bucket: 't-bucket',
    key,
    sha256: hash,
    newestEventTime: Date.parse('2026-11-21T04:44:23Z'),
    oldestEventTime: Date.parse('2026-11-21T04:41:00Z'),
    deliveredAt: startedAt,
  })
  expect([...delivered.keys()].every((name) => name.startsWith('t/'))).toBe(true)
  expect(file).toBeDefined()
  expect(world.documents('trail-status').get('u/us-east-1')).toEqual({
    latestDeliveryTime: startedAt,
    latestAttemptTime: startedAt,
  })
})

test('a bucket that fails is tried ever more slowly, and holds up nobody else', async () => {
  const world = new World()
  await world.trail('bad')
  await world.trail('good')
  const delivery = world.open()
  let isDown = true
  const attempts: number[] = []
  world.take = ({ destination }, store) => {
    if (destination.bucket === 'bad-bucket') {
      attempts.push(Math.round((world.clock.now() - startedAt) / 1000))
      if (isDown) throw new SinkError('NoSuchBucket', 'gone')
    }
    store()
  }
  await world.clock.advance(1_000)
  expect(world.delivered('good-bucket')).toEqual(world.owed('good'))
  expect(delivery.failing).toBe(1)
  expect(world.documents('trail-status').get('bad/us-east-1')).toEqual({
    latestDeliveryError: 'NoSuchBucket',
    latestAttemptTime: startedAt + 1_000,
  })
  for (let i = 0; i < 24; i++) {
    await world.event()
    await world.clock.advance(hourMs)
  }
  expect(attempts.slice(0, 6)).toEqual([0, 1, 3, 7, 15, 31])
  expect(attempts.length).toBeLessThan(24 * 12 + 12)
  expect(world.delivered('good-bucket')).toEqual(world.owed('good'))
  expect(delivery.keepFrom).toBeLessThanOrEqual(4)
  isDown = false
  await world.clock.advance(300_000)
  expect(world.delivered('bad-bucket')).toEqual(world.owed('bad'))
  expect(delivery.failing).toBe(0)
  expect(delivery.lag).toBe(0)
  expect(world.documents('trail-status').get('bad/us-east-1').latestDeliveryError).toBeUndefined()
  await delivery.close()
})

test('a bucket that nobody answers for has no error code', async () => {
  const world = new World()
  await world.trail('t')
  await world.event()
  world.take = () => {
    throw new SinkError(undefined, 'connection refused')
  }
  await world.open().flush()
  const status = world.documents('trail-status').get('t/us-east-1')
  expect(status).toEqual({ latestAttemptTime: startedAt })
})

test('a put that failed but was stored is put again under the same key', async () => {
  const world = new World()
  await world.trail('t')
  await world.event()
  let failures = 2
  world.take = (_, store) => {
    store()
    if (failures-- > 0) throw new SinkError('InternalError', 'lost the answer')
  }
  const delivery = world.open()
  await delivery.flush()
  await world.event()
  await world.change('t', { selectors: select('ReadOnly') })
  await world.clock.advance(hourMs)
  expect(world.delivered('t-bucket')).toEqual(world.owed('t'))
})

test('what a failing bucket has not taken goes to the one that replaces it', async () => {
  const world = new World()
  await world.trail('t')
  await world.event()
  world.take = ({ destination }, store) => {
    if (destination.bucket === 't-bucket') throw new SinkError('NoSuchBucket', 'gone')
    store()
  }
  const delivery = world.open()
  await delivery.flush()
  await world.change('t', { bucket: 'new-bucket' })
  await delivery.flush()
  expect(world.delivered('new-bucket')).toEqual(world.owed('t'))
})

test('what nobody took for as long as the limit says is given up, and a record says so', async () => {
  const world = new World({ limits: { deliveryHold: 24 * hourMs } })
  await world.trail('t')
  await world.event()
  world.take = () => {
    throw new SinkError('AccessDenied', 'no')
  }
  const delivery = world.open()
  await world.clock.advance(24 * hourMs - 400_000)
  expect(delivery.keepFrom).toBeLessThanOrEqual(3)
  const before = world.journal.synced
  await world.clock.advance(800_000)
  expect(delivery.keepFrom).toBeGreaterThan(3)
  const { records } = world.journal.read({ from: before + 1, bytesMax: 1e9 })
  const gaps = records.map(({ record }) => JSON.parse(record.toString()))
  expect(gaps).toMatchObject([
    {
      eventName: 'DeliveryGivenUp',
      errorCode: 'AccessDenied',
      recipientAccountId: accountId,
      serviceEventDetails: { bucketName: 't-bucket', events: 1, logFiles: 1, journalTo: 3 },
    },
  ])
  await delivery.close()
})

test.each([
  ['after a month in which nobody tried', (world: World) => world.clock.advance(31 * 24 * hourMs)],
  ['because the clock jumped', (world: World) => world.clock.jump(31 * 24 * hourMs)],
])('nothing is given up %s, until it was tried for a while', async (_, later) => {
  const world = new World()
  await world.trail('t')
  await world.event()
  await later(world)
  let isDown = true
  world.take = (_, store) => {
    if (isDown) throw new SinkError('ServiceUnavailable', 'for a moment')
    store()
  }
  world.open()
  await world.clock.advance(5_000)
  expect(world.puts.length).toBeGreaterThan(1)
  isDown = false
  await world.clock.advance(10_000)
  expect(world.delivered('t-bucket')).toEqual(world.owed('t'))
})

test('a long time without a bucket is given up bit by bit, as it gets too old', async () => {
  const world = new World({ limits: { deliveryHold: 40 * hourMs, deliveryBatchSpan: 3 * hourMs } })
  await world.trail('t')
  world.take = () => {
    throw new SinkError('AccessDenied', 'no')
  }
  const delivery = world.open()
  for (let hour = 0; hour < 60; hour++) {
    await world.event()
    await world.clock.advance(hourMs)
  }
  const kept = world.journal.synced - delivery.keepFrom
  expect(kept).toBeGreaterThan(38)
  // With the records of what was given up.
  expect(kept).toBeLessThan(52)
  await delivery.close()
})

test('a deleted trail gets what it is owed, and leaves its last files to its digests', async () => {
  const world = new World()
  await world.trail('t')
  const delivery = world.open()
  await world.event()
  await world.change('t', 'delete')
  await world.event()
  await delivery.flush()
  expect(world.delivered('t-bucket')).toEqual(world.owed('t'))
  expect(world.owed('t')).toHaveLength(2)
  for (const kind of ['delivery', 'trail-change', 'trail-status']) {
    expect(world.documents(kind).size).toBe(0)
  }
  expect(world.documents('delivered-file').size).toBe(1)
  expect(world.documents('trail-ended').get('t')).toMatchObject({
    trail: { id: 't', bucket: 't-bucket' },
    at: startedAt,
  })
  expect(delivery.keepFrom).toBe(world.journal.synced + 1)
})

test('footprint is left out, or goes along with other events and never alone', async () => {
  const world = new World()
  await world.trail('plain')
  await world.trail('recursive', { recursiveLogging: true })
  world.take = async (_, store) => {
    store()
    await world.footprint()
  }
  const delivery = world.open()
  await world.event()
  await world.clock.advance(20 * interval)
  const puts = world.puts.length
  expect(puts).toBe(2)
  await world.event()
  await world.clock.advance(20 * interval)
  // The footprint of before is of another five minutes, and so in a file of its own.
  expect(world.puts.length).toBe(puts + 3)
  expect(world.delivered('plain-bucket').sort()).toEqual(world.owed('plain').sort())
  const footprint = world.delivered('recursive-bucket').filter((text) => /PutObject/.test(text))
  expect(footprint.length).toBeGreaterThanOrEqual(2)
  expect(delivery.keepFrom).toBeLessThan(world.journal.synced)
  await world.change('recursive', { isLogging: false })
  await world.clock.advance(interval)
  const owed = world.owed('recursive')
  expect(world.delivered('recursive-bucket').sort()).toEqual(owed.sort())
})

test('footprint alone goes when it is a day old', async () => {
  const world = new World()
  await world.trail('t', { recursiveLogging: true })
  world.open()
  await world.footprint()
  await world.clock.advance(interval)
  expect(world.puts).toEqual([])
  await world.clock.advance(25 * hourMs)
  await world.footprint()
  await world.clock.advance(interval)
  expect(world.delivered('t-bucket').sort()).toEqual(world.owed('t').sort())
  expect(world.owed('t')).toHaveLength(2)
})

test('close waits 5 seconds at most for a bucket that hangs', async () => {
  const world = new World()
  await world.trail('t')
  await world.event()
  world.take = () => new Promise(() => undefined)
  const delivery = world.open()
  await world.clock.advance(interval)
  let isClosed = false
  void delivery.close().then(() => {
    isClosed = true
  })
  await world.clock.advance(4_999)
  expect(isClosed).toBe(false)
  await world.clock.advance(1)
  expect(isClosed).toBe(true)
})
