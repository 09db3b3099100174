// Whole runs of the rules: held against a slow evaluation of each key, and against other writers.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryBlobs } from '../../test/memory-blobs.ts'
import { MemoryState } from '../../test/memory-state.ts'
import type { Clock } from '../clock.ts'
import type { LifecycleRule } from '../gen/s3-types.ts'
import { systemIds } from '../ids.ts'
import type { Principal, Transaction } from '../operation.ts'
import type { Bucket, ObjectVersion } from './contract.ts'
import { runLifecycle } from './lifecycle-run.ts'
import { behindKeys, startOfKeys } from './object-place.ts'
import { addVersion, type NewVersion, replaceVersion } from './object-rows.ts'
import { beginUpload } from './uploads.ts'

const day = 86_400_000
const start = Date.parse('2026-01-01T06:00:00Z')

class World {
  readonly state = new MemoryState()
  readonly blobs = new MemoryBlobs()
  readonly ids = systemIds
  now = start
  readonly clock: Clock = { now: () => this.now, after: () => () => undefined }
  readonly bucket: Bucket

  constructor(rules: readonly LifecycleRule[], versioning?: Bucket['versioning']) {
    this.bucket = {
      name: 'b',
      id: 'b1',
      accountId: '111122223333',
      region: 'us-east-1',
      createdAt: 0,
      settings: { lifecycle: { Rules: rules } },
      ...(versioning && { versioning }),
    }
  }

  async commit<T>(task: (tx: Transaction) => Promise<T>): Promise<T> {
    const tx = this.state.begin()
    const done = await task(tx)
    await this.state.commit(tx)
    return done
  }

  async open(): Promise<this> {
    await this.commit(async (tx) => tx.put('bucket', 'b', this.bucket))
    return this
  }

  async add(key: string, members: Partial<NewVersion> = {}): Promise<ObjectVersion> {
    const { id, size } = await this.blobs.write(Buffer.from('x'), { bytesMax: 9 })
    const kept = members.isDeleteMarker ? [] : [{ id, size }]
    if (members.isDeleteMarker) this.blobs.release([{ id, size }])
    const { accountId } = this.bucket
    const added: NewVersion = {
      ...{ key, blobs: kept, size, etag: id, headers: {}, metadata: {} },
      ...{ encryption: 'AES256', accountId, ...members },
    }
    return this.commit((tx) => addVersion(tx, this.bucket, added, this))
  }

  async run(): Promise<void> {
    for await (const _ of runLifecycle(this));
  }

  /** Newest first, by key. */
  async versions(): Promise<ObjectVersion[]> {
    const [from, to] = [startOfKeys(this.bucket, ''), behindKeys(this.bucket, '')]
    const { rows } = this.state.begin()
    const found = await rows.range<ObjectVersion>('object', { from, to, limit: 10_000 })
    return found.map(([, version]) => version)
  }
}

/** What a key's versions, newest first, become: a count of new markers and those that stay. */
function slowly(versions: ObjectVersion[], rules: readonly LifecycleRule[], world: World) {
  const due = (from: number, days: number) => {
    const exact = new Date(from + days * day)
    const midnight = Date.UTC(exact.getUTCFullYear(), exact.getUTCMonth(), exact.getUTCDate())
    return world.now >= (midnight === exact.getTime() ? midnight : midnight + day)
  }
  const of = (version: ObjectVersion) =>
    rules.filter(({ Filter = {} }) => {
      if (!version.key.startsWith(Filter.Prefix ?? '')) return false
      if (version.isDeleteMarker) return !Filter.Tag
      return !Filter.Tag || version.tags?.[Filter.Tag.Key] === Filter.Tag.Value
    })
  const old = (version: ObjectVersion, rule: LifecycleRule) =>
    rule.Expiration?.Days !== undefined && due(version.lastModified, rule.Expiration.Days)
  const locked = ({ retention, isDeleteMarker }: ObjectVersion) =>
    !isDeleteMarker && retention !== undefined && retention.until > world.now

  const [current, ...older] = versions
  const isAlone = older.length === 0
  const stay = older.filter((version, i) => {
    const gone = of(version).some(({ NoncurrentVersionExpiration: rule }) => {
      if (!rule || i < (rule.NewerNoncurrentVersions ?? 0)) return false
      return due(versions[i]!.lastModified, rule.NoncurrentDays!)
    })
    return !gone || locked(version)
  })
  if (!current) return { marked: 0, ids: [] }
  const mine = of(current)
  let keeps = true
  let marked = 0
  if (current.isDeleteMarker) {
    const spent = (rule: LifecycleRule) =>
      rule.Expiration?.ExpiredObjectDeleteMarker || old(current, rule)
    keeps = !(isAlone && mine.some(spent))
  } else if (mine.some((rule) => old(current, rule))) {
    if (world.bucket.versioning) marked = 1
    else keeps = locked(current)
  }
  return { marked, ids: [...(keeps ? [current] : []), ...stay].map(({ versionId }) => versionId) }
}

const days = fc.integer({ min: 1, max: 6 })
const rule = fc.record(
  {
    Status: fc.constant('Enabled' as const),
    Filter: fc.constantFrom(
      {},
      { Prefix: 'a' },
      { Prefix: 'a/' },
      { Tag: { Key: 't', Value: '1' } },
    ),
    Expiration: fc.oneof(
      fc.record({ Days: days }),
      fc.constant({ ExpiredObjectDeleteMarker: true }),
    ),
    NoncurrentVersionExpiration: fc.record(
      { NoncurrentDays: days, NewerNoncurrentVersions: fc.integer({ min: 1, max: 2 }) },
      { requiredKeys: ['NoncurrentDays'] },
    ),
  },
  { requiredKeys: ['Status'] },
)
const write = fc.record(
  {
    key: fc.constantFrom('a', 'a/b', 'b'),
    hours: fc.integer({ min: 0, max: 40 }),
    tags: fc.constantFrom({ t: '1' }, { t: '2' }),
    isDeleteMarker: fc.constant(true as const),
    lockedDays: fc.integer({ min: 1, max: 20 }),
  },
  { requiredKeys: ['key', 'hours'] },
)

test('a run does what a slow evaluation of each key says, and a second one no more', async () => {
  const bucket = fc.constantFrom(undefined, 'Enabled' as const)
  const cases = [fc.array(rule, { maxLength: 3 }), fc.array(write, { maxLength: 12 })] as const
  await fc.assert(
    fc.asyncProperty(...cases, bucket, async (rules, writes, versioning) => {
      const world = await new World(rules, versioning).open()
      for (const { key, hours, lockedDays = 0, ...members } of writes) {
        world.now += hours * 3_600_000
        if (!versioning && members.isDeleteMarker) continue
        const until = world.now + lockedDays * day
        const lock = lockedDays > 0 && { retention: { mode: 'GOVERNANCE' as const, until } }
        await world.add(key, { ...members, ...lock })
      }
      world.now += 3 * day
      const before = Object.groupBy(await world.versions(), ({ key }) => key)
      await world.run()
      const after = await world.versions()
      for (const [key, versions = []] of Object.entries(before)) {
        const { marked, ids } = slowly(versions, rules, world)
        const left = after.filter((version) => version.key === key)
        expect(left.slice(marked).map(({ versionId }) => versionId)).toEqual(ids)
        expect(left.slice(0, marked).every(({ isDeleteMarker }) => isDeleteMarker)).toBe(true)
      }
      const named = after.flatMap(({ blobs }) => blobs.map(({ id }) => id))
      expect([...world.blobs.held.keys()].sort()).toEqual(named.sort())
    }),
    { numRuns: 300 },
  )
})

describe('a run', () => {
  const afterADay: LifecycleRule = { Status: 'Enabled', Expiration: { Days: 1 } }
  const abort = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } }

  test('goes on in pages, and can be left after any', async () => {
    const world = await new World([afterADay]).open()
    await world.commit(async (tx) => {
      for (let i = 0; i < 2_500; i++) {
        const added = { key: `k${i}`, blobs: [], size: 0, etag: '', headers: {}, metadata: {} }
        const rest = { encryption: 'AES256', accountId: '111122223333' } as const
        await addVersion(tx, world.bucket, { ...added, ...rest }, world)
      }
    })
    // Nothing is due, and yet it can be left.
    const idle: number[] = []
    for await (const _ of runLifecycle(world)) idle.push((await world.versions()).length)
    expect(idle.slice(0, 2)).toEqual([2_500, 2_500])
    world.now += 2 * day
    for (const left of [1_500, 500, 0]) {
      for await (const _ of untilLess(world)) break
      expect(await world.versions()).toHaveLength(left)
    }
  })

  /** Yields once there is less than before. */
  async function* untilLess(world: World) {
    const { length } = await world.versions()
    for await (const _ of runLifecycle(world)) if ((await world.versions()).length < length) yield
  }

  test('leaves alone what another writer changes meanwhile, and does the rest', async () => {
    const world = await new World([afterADay], 'Enabled').open()
    const all = await Promise.all(['a', 'b', 'c', 'd'].map((key) => world.add(key)))
    world.now += 2 * day
    const commit = world.state.commit.bind(world.state)
    let others = 0
    world.state.commit = async (tx) => {
      if (others++ === 0) {
        const change = world.state.begin()
        await replaceVersion(change, world.bucket, { ...all[1]!, tags: { t: '1' } })
        await commit(change)
      }
      return commit(tx)
    }
    await world.run()
    // The tagged one is judged anew, and as old as it was.
    const markers = (await world.versions()).filter(({ isDeleteMarker }) => isDeleteMarker)
    expect(markers.map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('aborts uploads that are due, and lets go of their parts', async () => {
    const world = await new World([{ Status: 'Enabled', Filter: { Prefix: 'a' }, ...abort }]).open()
    const caller = { accountId: '111122223333', arn: 'arn' } as Principal
    const begin = (key: string) =>
      world.commit(async (tx) => {
        const what = { bucket: world.bucket, key, caller }
        return beginUpload(tx, what, { headers: {}, metadata: {} }, world)
      })
    await begin('a1')
    await begin('b')
    world.now += 2 * day
    await begin('a2')
    world.now += day
    await world.run()
    const { rows } = world.state.begin()
    const range = { from: Buffer.of(0), to: Buffer.of(0xff), limit: 9 }
    const left = await rows.range<{ key: string }>('upload', range)
    expect(left.map(([, { key }]) => key)).toEqual(['a2', 'b'])
  })

  test('takes away the uploads of a bucket that is gone, and of no other', async () => {
    const world = await new World([]).open()
    const caller = { accountId: '111122223333', arn: 'arn' } as Principal
    await world.commit(async (tx) => {
      for (const bucket of [world.bucket, { ...world.bucket, id: 'gone' }]) {
        const intent = { headers: {}, metadata: {} }
        beginUpload(tx, { bucket, key: bucket.id, caller }, intent, world)
      }
    })
    await world.run()
    const { rows } = world.state.begin()
    const range = { from: Buffer.of(0), to: Buffer.of(0xff), limit: 9 }
    const left = await rows.range<{ key: string }>('upload', range)
    expect(left.map(([, { key }]) => key)).toEqual(['b1'])
  })

  test('forgets after a day how uploads ended', async () => {
    const world = await new World([]).open()
    await world.commit(async (tx) => {
      tx.rows.put('completed-upload', Buffer.from('old'), { at: world.now })
      tx.rows.put('completed-upload', Buffer.from('young'), { at: world.now + 1 })
    })
    world.now += day
    await world.run()
    const { rows } = world.state.begin()
    expect(await rows.get('completed-upload', Buffer.from('old'))).toBeUndefined()
    expect(await rows.get('completed-upload', Buffer.from('young'))).toBeDefined()
  })
})
