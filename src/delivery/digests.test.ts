import { gunzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  DigestWorld,
  endOf,
  failuresOf,
  hour,
  provenLogs,
  startedAt,
} from '../../test/digest-world.ts'
import type { DigestDocument } from '../digest/document.ts'
import type { DigestStatus } from '../trails/contract.ts'

let world: DigestWorld

beforeEach(async () => {
  world = new DigestWorld()
  world.open()
  await world.change({})
  await world.change({ isLogging: true })
})

/** Time passes, and what is due then is made: after a crash by the next life. */
async function pass(ms: number): Promise<void> {
  const { kills } = world
  await world.clock.advance(ms)
  await world.flush()
  if (world.kills > kills) await world.flush()
}

const documentOf = (key: string, bucket = 'trail-1-bucket'): DigestDocument =>
  JSON.parse(gunzipSync(world.objects.get(bucket)!.get(key)!.object.body).toString())
const documents = (region?: string) => world.digests(region).map((key) => documentOf(key))
const status = (region = 'us-east-1') =>
  new Map(world.documents<DigestStatus>('digest-status')).get(`trail-1/${region}`)

describe('digests', () => {
  test('come each hour at the trail’s own minute and second, the same in every Region', async () => {
    for (let i = 0; i < 4; i++) await pass(hour)
    const ends = world.digests().map(endOf)
    expect(ends).toHaveLength(4)
    expect(new Set(ends.map((end) => end.slice(11)))).toHaveProperty('size', 1)
    expect(world.digests('eu-west-1').map(endOf)).toEqual(ends)
    const [first, ...later] = documents()
    expect(first!.digestStartTime).toBe('2026-11-21T04:44:24Z')
    expect(first!.previousDigestS3Object).toBeNull()
    for (const [i, digest] of later.entries()) {
      expect(digest.digestStartTime).toBe(documents()[i]!.digestEndTime)
      expect(digest.previousDigestS3Object).toBe(documents()[i]!.digestS3Object)
    }
  })

  test('are stored as AWS stores them', async () => {
    await pass(hour)
    const { destination, object } = world.puts[0]!
    expect(destination).toEqual({
      bucket: 'trail-1-bucket',
      prefix: '',
      trailArn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/trail-1',
      accountId: '111122223333',
      region: expect.stringMatching(/-1$/),
    })
    expect(object.headers).toEqual({
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'x-amz-acl': 'bucket-owner-full-control',
      'x-amz-server-side-encryption': 'AES256',
      'x-amz-meta-signature': expect.stringMatching(/^[0-9a-f]+$/),
      'x-amz-meta-signature-algorithm': 'SHA256withRSA',
    })
    expect(status()).toEqual({ latestDigestDeliveryTime: world.clock.now() })
  })

  test('list what was delivered in their time, in any Region that an event names', async () => {
    await world.deliver('us-east-1', 'mars-1')
    await pass(hour)
    await world.deliver('us-east-1')
    await pass(hour)
    expect(documents().map(({ logFiles }) => logFiles.length)).toEqual([1, 1])
    const [mars, empty] = documents('mars-1')
    expect(mars!.logFiles.map(({ s3Object }) => s3Object)).toEqual([world.owed[1]])
    expect(empty).toMatchObject({ logFiles: [], newestEventTime: null, oldestEventTime: null })
    expect(world.documents('delivered-file')).toEqual([])
  })

  test('a file delivered in the millisecond of an end belongs to the next', async () => {
    await pass(hour)
    const end = Date.parse(documents()[0]!.digestEndTime) + hour
    await world.clock.advance(end - 1 - world.clock.now())
    await world.deliver('us-east-1')
    await world.clock.advance(1)
    await world.deliver('us-east-1')
    await pass(hour)
    const listed = documents().map(({ logFiles }) => logFiles.map(({ s3Object }) => s3Object))
    expect(listed).toEqual([[], [world.owed[0]], [world.owed[1]]])
  })

  test('one comes for each hour that the server was down', async () => {
    await world.deliver('us-east-1')
    await pass(50 * hour)
    expect(documents()).toHaveLength(50)
    expect(documents().flatMap(({ logFiles }) => logFiles)).toHaveLength(1)
    expect(failuresOf(await world.verify())).toEqual([])
  })

  test('a year without any gets one for most of it, and then one for each hour', async () => {
    await world.deliver('us-east-1')
    await pass(365 * 24 * hour)
    expect(documents()).toHaveLength(60)
    expect(documents()[0]!.logFiles).toHaveLength(1)
    expect(failuresOf(await world.verify())).toEqual([])
    await pass(hour)
    expect(documents()).toHaveLength(61)
  })

  test('list so many files and no more, but for those of one second', async () => {
    await world.clock.advance(750)
    for (let i = 0; i < 15; i++) {
      await world.clock.advance(i < 9 ? 700 : 0)
      await world.deliver('us-east-1')
    }
    await pass(hour)
    expect(documents().map(({ logFiles }) => logFiles.length)).toEqual([4, 4, 7, 0])
    expect(failuresOf(await world.verify())).toEqual([])
    expect(provenLogs(await world.verify()).sort()).toEqual([...world.owed].sort())
  })

  test('are made for the home Region alone where the trail has no other', async () => {
    await world.change({ isMultiRegion: false })
    await pass(2 * hour)
    const count = world.digests('eu-west-1').length
    await pass(2 * hour)
    expect(world.digests('eu-west-1')).toHaveLength(count)
    expect(world.digests()).toHaveLength(4)
  })

  test('with an interval of seconds come every so many seconds', async () => {
    world = new DigestWorld(20_000)
    await world.change({})
    await world.change({ isLogging: true })
    await pass(60_000)
    const ends = documents().map(({ digestEndTime }) => Date.parse(digestEndTime))
    expect(ends.slice(1).map((end, i) => end - ends[i]!)).toEqual([20_000, 20_000])
  })
})

// What ends a chain; what is delivered with it is in the last digest, which ends in the second of the change.
describe('the last digest of a chain', () => {
  test.each([
    ['logging stops', { isLogging: false }, { isLogging: true }],
    ['validation is switched off', { logFileValidation: false }, { logFileValidation: true }],
  ])('is made when %s, and a new chain when it goes on', async (_, off, on) => {
    await pass(hour)
    await world.clock.advance(10_000)
    await world.change(off, ['us-east-1'])
    const at = world.clock.now()
    await pass(1_000)
    const last = documents().at(-1)!
    expect(Date.parse(last.digestEndTime)).toBe(Math.floor(at / 1_000) * 1_000 + 1_000)
    expect(last.logFiles).toHaveLength(1)
    await pass(5 * hour)
    expect(documents()).toHaveLength(2)
    await world.change(on)
    await pass(2 * hour)
    expect(documents().map((digest) => digest.previousDigestS3Object === null)).toEqual([
      true,
      false,
      true,
      false,
    ])
  })

  test('is made when the trail is deleted; then nothing is kept of it but keys', async () => {
    await pass(hour)
    await world.change('delete', ['us-east-1', 'eu-west-1'])
    await pass(1_000)
    for (const region of ['us-east-1', 'eu-west-1']) {
      expect(documents(region).at(-1)!.logFiles).toHaveLength(1)
    }
    const kinds = ['digest-chain', 'digest-turn', 'digest-status', 'delivered-file', 'trail-ended']
    expect(kinds.flatMap((kind) => world.documents(kind))).toEqual([])
  })

  test('is given up with a bucket that has been gone for 30 days', async () => {
    world.refusals.set('trail-1-bucket', 'NoSuchBucket')
    await world.change('delete', ['us-east-1'])
    await pass(29 * 24 * hour)
    expect(world.documents('digest-chain')).not.toEqual([])
    await pass(24 * hour)
    for (let i = 0; i < 10; i++) await world.flush()
    expect(world.documents('digest-chain')).toEqual([])
    expect(world.documents('trail-ended')).toEqual([])
    expect(world.warnings).toContainEqual([
      'digests: the last ones of a deleted trail are given up',
      { trail: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/trail-1', logFiles: 1 },
    ])
  })

  test('is not given up because nobody tried for 30 days', async () => {
    world.refusals.set('trail-1-bucket', 'NoSuchBucket')
    await world.change('delete', ['us-east-1'])
    await pass(1_000)
    await world.clock.advance(31 * 24 * hour)
    world.restart()
    await world.flush()
    world.refusals.clear()
    await world.flush()
    expect(documents().at(-1)!.logFiles).toHaveLength(1)
    expect(world.documents('trail-ended')).toEqual([])
  })

  test('and the next one in the same second are two chains', async () => {
    await world.change({ isLogging: false }, ['us-east-1'])
    await world.change({ isLogging: true })
    await world.deliver('us-east-1')
    await world.change({ isLogging: false }, ['us-east-1'])
    await world.change({ isLogging: true })
    await pass(2 * hour)
    expect(failuresOf(await world.verify())).toEqual([])
    expect(documents().flatMap(({ logFiles }) => logFiles)).toHaveLength(3)
  })

  test('comes before those of a new trail of its name, also when the bucket was away', async () => {
    await world.deliver('us-east-1')
    world.refusals.set('trail-1-bucket', 'AccessDenied')
    await pass(2 * hour)
    const endOld = await world.anewBeside('trail-2')
    await world.deliver('us-east-1')
    await pass(2 * hour)
    world.refusals.clear()
    await endOld(['us-east-1'])
    await world.change('delete', ['us-east-1'])
    for (let i = 0; i < 3; i++) await pass(1_000)
    const failures = failuresOf(await world.verify())
    expect(failures).toEqual([])
    expect(provenLogs(await world.verify()).sort()).toEqual([...world.owed].sort())
    expect(world.documents('digest-chain')).toEqual([])
  })

  test('of a trail deleted and made anew in one second has a key of its own', async () => {
    world = new DigestWorld(1_000)
    await world.change({})
    await world.change({ isLogging: true }, ['us-east-1'])
    await pass(5_000)
    await world.deliver('us-east-1')
    await world.change('delete')
    await world.anew('trail-2')
    await world.deliver('us-east-1')
    await pass(5_000)
    await world.flush()
    expect(failuresOf(await world.verify())).toEqual([])
    expect(provenLogs(await world.verify())).toEqual(world.owed)
  })
})

describe('a bucket that refuses', () => {
  test('is tried again, and holds up later digests of this Region only', async () => {
    const digests = world.open({
      sink: {
        put: async ({ region }) => {
          if (region === 'us-east-1') throw Object.assign(new Error('no'), { code: 'x' })
        },
      },
    })
    await pass(3 * hour)
    expect(digests.failing).toBe(1)
    const chains = new Map(world.documents<{ lastEnd: number }>('digest-chain'))
    expect(chains.get('trail-1/us-east-1')!.lastEnd).toBe(0)
    expect(chains.get('trail-1/eu-west-1')!.lastEnd).toBeGreaterThan(startedAt + 2 * hour)
    world.open()
    await world.flush()
    expect(documents()).toHaveLength(3)
    expect(failuresOf(await world.verify())).toEqual([])
  })

  test('is named by GetTrailStatus until it takes them again', async () => {
    await pass(hour)
    const latestDigestDeliveryTime = world.clock.now()
    world.refusals.set('trail-1-bucket', 'AccessDenied')
    await pass(hour)
    const failed = { latestDigestDeliveryTime, latestDigestDeliveryError: 'AccessDenied' }
    expect(status()).toEqual(failed)
    world.refusals.set('trail-1-bucket', undefined)
    await world.flush()
    expect(status()).toEqual({ latestDigestDeliveryTime })
    world.refusals.clear()
    await world.flush()
    expect(status()).toEqual({ latestDigestDeliveryTime: world.clock.now() })
  })

  test('gives way to the one that has replaced it; the chain goes on there', async () => {
    await pass(hour)
    world.refusals.set('trail-1-bucket', 'NoSuchBucket')
    await pass(hour)
    await world.change({ bucket: 'other', prefix: 'p' })
    await world.flush()
    const [key] = world.digests('us-east-1', 'other')
    expect(documentOf(key!, 'other')).toMatchObject({
      digestS3Bucket: 'other',
      previousDigestS3Bucket: 'trail-1-bucket',
      previousDigestS3Object: world.digests()[0],
    })
    expect(failuresOf(await world.verify('us-east-1', 'other', 'p'))).toEqual([])
  })

  test('that stored it all the same gets the same bytes again, also after a restart', async () => {
    await world.deliver('us-east-1')
    world.answersLost = 2
    await pass(hour)
    expect(world.digests()).toHaveLength(1)
    expect(world.documents('delivered-file')).toHaveLength(1)
    await world.deliver('us-east-1')
    world.restart()
    await pass(hour)
    expect(documents().map(({ logFiles }) => logFiles.length)).toEqual([1, 1])
  })

  test('is asked less and less often, at least every 5 minutes', async () => {
    world.refusals.set('trail-1-bucket', undefined)
    const asked: number[] = []
    world.open({ clock: world.clock, regions: ['us-east-1'] })
    for (let minute = 0; minute < 100; minute++) {
      await world.clock.advance(60_000)
      asked.push(world.puts.length)
    }
    const first = asked.findIndex((count) => count > 0)
    expect(asked[first + 9]! - asked[first]!).toBeLessThan(10)
    expect(asked.at(-1)! - asked.at(-12)!).toBeGreaterThanOrEqual(2)
    world.refusals.clear()
    await world.clock.advance(310_000)
    expect(documents()).not.toEqual([])
  })
})

test('a digest is there within seconds of its end, by the clock alone', async () => {
  world.open({ clock: world.clock })
  await world.clock.advance(hour)
  const end = Date.parse(documents()[0]!.digestEndTime)
  const { latestDigestDeliveryTime } = status()!
  expect(latestDigestDeliveryTime! - end).toBeLessThanOrEqual(10_000)
})

test('files with a time that is past already, as the clock was set back, get a backfill digest', async () => {
  await pass(2 * hour)
  await world.clock.advance(-90 * 60_000)
  await world.deliver('us-east-1')
  await world.flush()
  await pass(60_000)
  await world.deliver('us-east-1')
  expect(world.digests()).toHaveLength(2)
  await pass(3 * hour)
  const keys = world.digests().filter((key) => key.includes('_backfill'))
  expect(keys).toHaveLength(1)
  const { logFiles, previousDigestS3Object } = documentOf(keys[0]!)
  expect(logFiles.map(({ s3Object }) => s3Object)).toEqual(world.owed)
  expect(previousDigestS3Object).toBeNull()
  const { headers } = world.objects.get('trail-1-bucket')!.get(keys[0]!)!.object
  expect(headers['x-amz-meta-backfill-generation-timestamp']).toBe(
    new Date(world.clock.now()).toISOString(),
  )
  expect(failuresOf(await world.verify())).toEqual([])
})

test('a clock that was years ahead for a moment leaves no file without a digest', async () => {
  await pass(2 * hour)
  const ahead = 12 * 365 * 24 * hour
  await pass(ahead)
  expect(documents()).toHaveLength(2 + 60)
  await world.clock.advance(-ahead)
  for (let i = 0; i < 12; i++) {
    await world.deliver('us-east-1')
    await pass(hour / 3)
  }
  await pass(hour)
  const keys = world.digests().filter((key) => key.includes('_backfill'))
  expect(keys.map((key) => documentOf(key).logFiles.length)).toEqual([1, 3, 3, 3, 2])
  const reports = await world.verify()
  expect(provenLogs(reports).sort()).toEqual([...world.owed].sort())
  expect(failuresOf(reports).filter((text) => !/ ends in the future: /.test(text))).toEqual([])
})

describe('whatever lies in the bucket', () => {
  test('the next digest is linked to the state that was kept', async () => {
    await pass(hour)
    const [key] = world.digests()
    const objects = world.objects.get('trail-1-bucket')!
    objects.delete(key!)
    await pass(hour)
    const found = failuresOf(await world.verify())
    expect(found).toEqual([expect.stringMatching(`^digest-missing ${key}`)])
  })
})

/** A digest, a backfill and a last digest; the process ends at a point of it and begins again. */
async function story(killAt: number): Promise<void> {
  world = new DigestWorld()
  world.open()
  await world.change({})
  await world.change({ isLogging: true, isMultiRegion: false })
  await world.deliver('us-east-1')
  world.killAt(killAt)
  await pass(2 * hour)
  await world.clock.advance(-2 * hour)
  await world.deliver('us-east-1')
  await pass(3 * hour)
  await world.change({ isLogging: false }, ['us-east-1'])
  await pass(2_000)
  await pass(2 * hour)
}

test('a crash before or after any commit and any put changes nothing', async () => {
  await story(Number.POSITIVE_INFINITY)
  const digests = world.digests()
  expect(digests).toHaveLength(5)
  let point = 1
  for (; ; point++) {
    await story(point)
    const reports = await world.verify()
    expect([point, failuresOf(reports)]).toEqual([point, []])
    expect([point, provenLogs(reports).sort()]).toEqual([point, [...world.owed].sort()])
    expect([point, world.digests()]).toEqual([point, digests])
    if (world.kills === 0) break
  }
  // Three effects for each digest, and those of keys, turns and the roster.
  expect(point).toBeGreaterThan(5 * 3 * 2)
})
