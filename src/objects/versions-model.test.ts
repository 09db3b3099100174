// Whatever is put and deleted while versions are switched on and off, rows, lists and contents agree with a
// plain list of versions.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryBlobs } from '../../test/memory-blobs.ts'
import { MemoryState } from '../../test/memory-state.ts'
import type { Clock } from '../clock.ts'
import { systemIds } from '../ids.ts'
import type { Transaction } from '../operation.ts'
import type { Bucket, ObjectVersion } from './contract.ts'
import { deleteObject } from './delete-object.ts'
import { listObjects, listVersions } from './list-objects.ts'
import { addVersion, currentVersion, findVersion } from './object-rows.ts'

/** One version as the model has it; `text` is undefined for a marker. */
type Kept = { key: string; id: string; text: string | undefined }

const key = fc.constantFrom('a', 'a\0', 'a/b', 'b')
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('switch' as const),
      versioning: fc.constantFrom('Enabled' as const, 'Suspended' as const),
    }),
  },
)

class World {
  readonly state = new MemoryState()
  readonly blobs = new MemoryBlobs()
  readonly ids = systemIds
  readonly clock: Clock = { now: () => 1_000, after: () => () => undefined }
  bucket: Bucket = {
    name: 'b',
    id: 'b1',
    accountId: '111122223333',
    region: 'us-east-1',
    createdAt: 0,
    settings: {},
  }
  /** The newest first. */
  kept: Kept[] = []
  #made = 0

  async commit<T>(task: (tx: Transaction) => Promise<T>): Promise<T> {
    const tx = this.state.begin()
    const made = await task(tx)
    await this.state.commit(tx)
    return made
  }

  async put(key: string): Promise<void> {
    const text = `content ${++this.#made}`
    const { id, size, md5 } = await this.blobs.write(Buffer.from(text), { bytesMax: 99 })
    const said = { headers: {}, metadata: {}, encryption: 'AES256', accountId: '1' } as const
    const added = { key, blobs: [{ id, size }], size, etag: md5, ...said }
    const { versionId } = await this.commit((tx) => addVersion(tx, this.bucket, added, this))
    this.#noteNewest({ key, id: versionId, text })
  }

  async delete(key: string): Promise<void> {
    const deletion = { key, bypassGovernance: false }
    const deleted = await this.commit((tx) => deleteObject(tx, this.bucket, deletion, this))
    if (this.bucket.versioning) this.#noteNewest({ key, id: deleted.versionId!, text: undefined })
    else this.#forget(key, 'null')
  }

  async remove(which: number): Promise<void> {
    const one = this.kept[which % this.kept.length]
    if (!one) return
    const deletion = { key: one.key, versionId: one.id, bypassGovernance: false }
    const deleted = await this.commit((tx) => deleteObject(tx, this.bucket, deletion, this))
    expect(deleted.isMarker ?? false).toBe(one.text === undefined)
    this.#forget(one.key, one.id)
  }

  #noteNewest(version: Kept): void {
    if (version.id === 'null') this.#forget(version.key, 'null')
    this.kept.unshift(version)
  }

  #forget(key: string, id: string): void {
    this.kept = this.kept.filter((other) => other.key !== key || other.id !== id)
  }

  textOf({ blobs, isDeleteMarker }: ObjectVersion): string | undefined {
    return isDeleteMarker ? undefined : String(this.blobs.held.get(blobs[0]!.id))
  }
}

test('rows, lists and contents agree with a plain list', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const world = new World()
      for (const one of steps) {
        if (one.do === 'put') await world.put(one.key)
        else if (one.do === 'delete') await world.delete(one.key)
        else if (one.do === 'remove') await world.remove(one.which)
        else world.bucket = { ...world.bucket, versioning: one.versioning }
      }
      await agree(world)
    }),
  )
})

async function agree(world: World): Promise<void> {
  const { bucket, kept } = world
  const tx = world.state.begin()
  const keys = [...new Set(kept.map(({ key }) => key))].sort()
  for (const key of keys) {
    const newest = kept.find((version) => version.key === key)!
    const current = (await currentVersion(tx, bucket, key))!
    expect(current.versionId).toBe(newest.id)
  }
  for (const { key, id, text } of kept) {
    expect(world.textOf((await findVersion(tx, bucket, key, id))!)).toBe(text)
  }
  const { versions } = await listVersions(tx.rows, bucket, { limit: 1_000 })
  const shown = versions.map(({ version }) => `${version.key} ${version.versionId}`)
  const expected = keys.flatMap((key) => kept.filter((version) => version.key === key))
  expect(shown).toEqual(expected.map(({ key, id }) => `${key} ${id}`))
  const { objects } = await listObjects(tx.rows, bucket, { limit: 1_000 })
  const live = keys.filter((key) => kept.find((version) => version.key === key)!.text)
  expect(objects.map(({ key }) => key)).toEqual(live)
  const contents = kept.flatMap(({ text }) => text ?? [])
  expect([...world.blobs.held.values()].map(String).sort()).toEqual(contents.sort())
}
