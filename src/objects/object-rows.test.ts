// Versions of keys as rows: what is current, what is kept, what lets go of its blobs.
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { MemoryState } from '../../test/memory-state.ts'
import type { Clock } from '../clock.ts'
import { ConflictError } from '../errors.ts'
import { systemIds } from '../ids.ts'
import type { Transaction } from '../operation.ts'
import type { BlobRef, Bucket, ObjectVersion } from './contract.ts'
import { objectRow, orderOf, startOfKeys } from './object-place.ts'
import {
  addVersion,
  currentVersion,
  findVersion,
  removeVersion,
  replaceVersion,
} from './object-rows.ts'
import { orderOfVersionId, versionIdOf } from './version-id.ts'

const plain: Bucket = {
  name: 'b',
  id: 'id',
  accountId: '111122223333',
  region: 'us-east-1',
  createdAt: 0,
  settings: {},
}
const enabled: Bucket = { ...plain, versioning: 'Enabled' }
const suspended: Bucket = { ...plain, versioning: 'Suspended' }

let state: MemoryState
let released: string[]
let now: number
beforeEach(() => {
  state = new MemoryState()
  released = []
  now = 1_000
})
const clock: Clock = { now: () => now, after: () => () => undefined }
const blobs = { release: (refs: readonly BlobRef[]) => released.push(...refs.map(({ id }) => id)) }
const by = { clock, ids: systemIds, blobs: blobs as { release(refs: readonly BlobRef[]): void } }

async function change<T>(task: (tx: Transaction) => Promise<T>): Promise<T> {
  const tx = state.begin()
  const result = await task(tx)
  await state.commit(tx)
  return result
}

const content = (key: string, blob: string) => ({
  key,
  blobs: [{ id: blob, size: 1 }],
  size: 1,
  etag: blob,
  headers: {},
  metadata: {},
  encryption: 'AES256' as const,
  accountId: plain.accountId,
})
const add = (bucket: Bucket, key: string, blob: string) =>
  change((tx) => addVersion(tx, bucket, content(key, blob), by))
const current = (key: string) => currentVersion(state.begin(), plain, key)
const find = (key: string, id: string) => findVersion(state.begin(), plain, key, id)

describe('a bucket without versions', () => {
  test('has one version of a key, which a new one replaces', async () => {
    expect(await current('k')).toBeUndefined()
    const first = await add(plain, 'k', 'one')
    expect(first).toMatchObject({ versionId: 'null', lastModified: 1_000 })
    await add(plain, 'k', 'two')
    expect(await current('k')).toMatchObject({ etag: 'two' })
    expect(released).toEqual(['one'])
  })

  test('lets go of blobs only when the change is durable', async () => {
    await add(plain, 'k', 'one')
    const tx = state.begin()
    await removeVersion(tx, plain, { key: 'k', versionId: 'null' }, blobs as typeof by.blobs)
    expect(released).toEqual([])
    await state.commit(tx)
    expect(released).toEqual(['one'])
    expect(await current('k')).toBeUndefined()
  })

  test('two writers of a new key: one meets a conflict, and one version is there', async () => {
    const both = await Promise.allSettled([add(plain, 'k', 'one'), add(plain, 'k', 'two')])
    const refused = both.filter((end) => end.status === 'rejected')
    expect(refused.map(({ reason }) => reason)).toEqual([expect.any(ConflictError)])
  })
})

describe('a bucket with versions', () => {
  test('keeps all, the newest first, also when the clock stands or goes back', async () => {
    const made: ObjectVersion[] = []
    for (const [i, at] of [1_000, 1_000, 500].entries()) {
      now = at
      made.push(await add(enabled, 'k', `${i}`))
    }
    expect(new Set(made.map(({ versionId }) => versionId)).size).toBe(3)
    expect(await current('k')).toEqual(made[2])
    for (const version of made) expect(await find('k', version.versionId)).toEqual(version)
    expect(released).toEqual([])
  })

  test('keeps the null version of before, and suspended replaces only that', async () => {
    await add(plain, 'k', 'old null')
    const versions = []
    for (let i = 0; i < 250; i++) versions.push(await add(enabled, 'k', `v${i}`))
    expect(await find('k', 'null')).toMatchObject({ etag: 'old null' })
    await add(suspended, 'k', 'new null')
    expect(released).toEqual(['old null'])
    expect(await current('k')).toMatchObject({ etag: 'new null', versionId: 'null' })
    expect(await find('k', versions[0]!.versionId)).toMatchObject({ etag: 'v0' })
    await change((tx) => removeVersion(tx, enabled, { key: 'k', versionId: 'null' }, by.blobs))
    expect(await current('k')).toEqual(versions.at(-1))
  })

  test('changes what is said of one version', async () => {
    const { versionId } = await add(enabled, 'k', 'one')
    const two = await add(enabled, 'k', 'two')
    await change(async (tx) => {
      const found = (await findVersion(tx, enabled, 'k', versionId))!
      await replaceVersion(tx, enabled, { ...found, legalHold: true })
    })
    expect(await find('k', versionId)).toMatchObject({ etag: 'one', legalHold: true })
    expect(await current('k')).toEqual(two)
  })

  test.each(['', 'x', 'null', 'A'.repeat(32), '_'.repeat(32), 'ü'.repeat(20), '../../etc/passwd'])(
    'has no version %j',
    async (id) => {
      await add(enabled, 'k', 'one')
      expect(await find('k', id)).toBeUndefined()
    },
  )
})

describe('places', () => {
  const key = fc.string({ unit: fc.constantFrom('a', '\0', '\x01', '/', '\x7f', 'é', '😀', '￿') })

  test('come in the order of the keys, then the newest first', () => {
    const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
    const order = fc.integer({ min: 0, max: 2 ** 43 })
    fc.assert(
      fc.property(key, key, order, order, (a, b, i, j) => {
        const rows = Buffer.compare(objectRow(plain, a, i), objectRow(plain, b, j))
        expect(rows).toBe(compare(a, b) || Math.sign(j - i))
        expect(orderOf(objectRow(plain, a, i))).toBe(i)
      }),
    )
  })

  test('of keys that begin alike lie together', () => {
    fc.assert(
      fc.property(key, key, (prefix, a) => {
        const row = objectRow(plain, a, 1)
        const start = startOfKeys(plain, prefix)
        const isWithin =
          Buffer.compare(row, start) >= 0 &&
          Buffer.compare(row, Buffer.concat([start, Buffer.of(0xff)])) < 0
        expect(isWithin).toBe(a.startsWith(prefix))
      }),
    )
  })

  test('are in version ids', () => {
    const order = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 })
    fc.assert(
      fc.property(order, fc.uuid(), (at, uuid) => {
        expect(orderOfVersionId(versionIdOf(at, uuid))).toBe(at)
        expect(orderOfVersionId(versionIdOf(at, ''))).toBe(at)
      }),
    )
  })
})
