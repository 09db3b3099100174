// Listings held against a plain model of S3's rules, page by page; and how much is read for them.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryState } from '../../test/memory-state.ts'
import type { Rows } from '../operation.ts'
import type { Bucket, ObjectVersion } from './contract.ts'
import { listObjects, listVersions } from './list-objects.ts'
import { objectRow } from './object-place.ts'
import { versionIdOf } from './version-id.ts'

const bucket: Bucket = {
  name: 'b',
  id: 'id',
  accountId: '111122223333',
  region: 'us-east-1',
  createdAt: 0,
  settings: {},
  versioning: 'Enabled',
}

type Made = Readonly<{
  key: string
  order: number
  isDeleteMarker?: true | undefined
  isNull?: boolean
}>

const versionOf = ({ key, order, isDeleteMarker, isNull }: Made): ObjectVersion => ({
  key,
  versionId: isNull ? 'null' : versionIdOf(order, ''),
  lastModified: order,
  blobs: [],
  size: 0,
  etag: '',
  headers: {},
  metadata: {},
  encryption: 'AES256',
  accountId: bucket.accountId,
  ...(isDeleteMarker && { isDeleteMarker }),
})

async function stored(made: readonly Made[]): Promise<Rows & { reads: number; rowsRead: number }> {
  const state = new MemoryState()
  const tx = state.begin()
  for (const one of made) {
    tx.rows.put('object', objectRow(bucket, one.key, one.order), versionOf(one))
  }
  const other = { ...bucket, id: 'id2' }
  tx.rows.put('object', objectRow(other, 'a', 1), versionOf({ key: 'other', order: 1 }))
  await state.commit(tx)
  const { rows } = state.begin()
  const counted = {
    reads: 0,
    rowsRead: 0,
    async range(table: string, range: Parameters<Rows['range']>[1]) {
      counted.reads++
      const found = await rows.range(table, range)
      counted.rowsRead += found.length
      return found
    },
  }
  return counted as unknown as Rows & { reads: number; rowsRead: number }
}

const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const folderOf = (key: string, prefix: string, delimiter: string) => {
  const at = delimiter ? key.indexOf(delimiter, prefix.length) : -1
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\0', '😀'), maxLength: 6 })
const some = fc.uniqueArray(
  fc.record({
    key: fc.string({ unit: fc.constantFrom('a', 'b', '/', '\0'), minLength: 1, maxLength: 5 }),
    order: fc.integer({ min: 1, max: 30 }),
    isDeleteMarker: fc.constantFrom(true as const, undefined, undefined),
  }),
  { maxLength: 60, selector: ({ key, order }) => `${order} ${key}` },
)

describe('listings are what S3 says they are, page by page', () => {
  const delimiter = fc.constantFrom('', '/', 'a', '//')
  const prefix = fc.oneof(fc.constant(''), text)
  const limit = fc.integer({ min: 1, max: 5 })

  test('the newest of each key', async () => {
    await fc.assert(
      fc.asyncProperty(some, prefix, delimiter, limit, async (made, prefix, delimiter, limit) => {
        const rows = await stored(made)
        const newest = new Map<string, Made>()
        for (const one of made) {
          if ((newest.get(one.key)?.order ?? 0) < one.order) newest.set(one.key, one)
        }
        const keys = [...newest.values()].filter((one) => !one.isDeleteMarker).map(({ key }) => key)
        const expected = keys
          .filter((key) => key.startsWith(prefix))
          .map((key) => folderOf(key, prefix, delimiter) ?? key)
        const seen: string[] = []
        for (let after: string | undefined, more = true; more; ) {
          const page = await listObjects(rows, bucket, { prefix, delimiter, after, limit })
          const found = [...page.objects.map(({ key }) => key), ...page.commonPrefixes]
          expect(found.length).toBe(page.next === undefined ? found.length : limit)
          seen.push(...found.sort(compare))
          after = page.next
          more = after !== undefined
        }
        expect(seen).toEqual([...new Set(expected)].sort(compare))
      }),
    )
  })

  test('all versions', async () => {
    await fc.assert(
      fc.asyncProperty(some, prefix, delimiter, limit, async (made, prefix, delimiter, limit) => {
        const rows = await stored(made)
        const within = made.filter(({ key }) => key.startsWith(prefix))
        const whole = within.filter(({ key }) => folderOf(key, prefix, delimiter) === undefined)
        const folders = within.flatMap(({ key }) => folderOf(key, prefix, delimiter) ?? [])
        const versions: string[] = []
        const seenFolders: string[] = []
        let next: Awaited<ReturnType<typeof listVersions>>['next']
        do {
          const page = await listVersions(rows, bucket, { prefix, delimiter, ...next, limit })
          for (const { version, isLatest } of page.versions) {
            const orders = made.filter(({ key }) => key === version.key).map(({ order }) => order)
            expect(isLatest).toBe(version.lastModified === Math.max(...orders))
            versions.push(`${version.key} ${version.lastModified}`)
          }
          seenFolders.push(...page.commonPrefixes)
          next = page.next
        } while (next)
        const sorted = whole.sort((a, b) => compare(a.key, b.key) || b.order - a.order)
        expect(versions).toEqual(sorted.map(({ key, order }) => `${key} ${order}`))
        expect(seenFolders).toEqual([...new Set(folders)].sort(compare))
      }),
    )
  })
})

describe('places to go on from', () => {
  test('within a folder: behind the folder', async () => {
    const rows = await stored(['a/1', 'a/2', 'b'].map((key) => ({ key, order: 1 })))
    const page = await listObjects(rows, bucket, { delimiter: '/', after: 'a/1', limit: 9 })
    expect(page).toMatchObject({ objects: [{ key: 'b' }], commonPrefixes: [] })
  })

  test('before the prefix, behind everything', async () => {
    const rows = await stored(['a', 'b'].map((key) => ({ key, order: 1 })))
    const ask = (after: string) => listObjects(rows, bucket, { prefix: 'b', after, limit: 9 })
    expect(await ask('a')).toMatchObject({ objects: [{ key: 'b' }] })
    expect(await ask('z')).toEqual({ objects: [], commonPrefixes: [] })
  })

  test('the version null, though it may be gone by then', async () => {
    const rows = await stored([3, 2, 1].map((order) => ({ key: 'k', order, isNull: order === 2 })))
    const first = await listVersions(rows, bucket, { limit: 2 })
    const { afterVersion } = first.next!
    for (const marker of ['null', afterVersion]) {
      const query = { after: 'k', afterVersion: marker, limit: 2 }
      const rest = await listVersions(rows, bucket, query)
      expect(rest.versions.map(({ version }) => version.lastModified)).toEqual([1])
      expect(rest.versions[0]!.isLatest).toBe(false)
    }
  })
})

describe('little is read', () => {
  test('for folders of many keys', async () => {
    const made = ['a', 'b', 'c'].flatMap((folder) =>
      Array.from({ length: 3_000 }, (_, i) => ({ key: `${folder}/${i}`, order: 1 })),
    )
    const rows = await stored(made)
    const page = await listObjects(rows, bucket, { delimiter: '/', limit: 1_000 })
    expect(page.commonPrefixes).toEqual(['a/', 'b/', 'c/'])
    expect(rows.rowsRead).toBeLessThan(100)
  })

  test('for keys of many versions', async () => {
    const made = ['a', 'b'].flatMap((key) =>
      Array.from({ length: 3_000 }, (_, i) => ({ key, order: i + 1 })),
    )
    const rows = await stored(made)
    const page = await listObjects(rows, bucket, { limit: 1_000 })
    expect(page.objects.map(({ lastModified }) => lastModified)).toEqual([3_000, 3_000])
    expect(rows.rowsRead).toBeLessThan(100)
  })

  test('for many keys in one folder', async () => {
    const rows = await stored(
      Array.from({ length: 5_000 }, (_, i) => ({ key: `${10_000 + i}`, order: 1 })),
    )
    await listObjects(rows, bucket, { limit: 1_000 })
    expect(rows.reads).toBeLessThan(10)
  })
})
