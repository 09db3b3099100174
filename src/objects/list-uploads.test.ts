// Pages of uploads, held against a slow listing of all of them.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryState } from '../../test/memory-state.ts'
import { listUploads, type UploadQuery } from './list-uploads.ts'
import { type Upload, uploadRow } from './uploads.ts'

const bucket = { id: 'b1' }
const letters = fc.constantFrom('a', 'b', '/', '\0', '\x01', 'é', '\uffff', '😀')
const keys = fc.string({ unit: letters, minLength: 1, maxLength: 4 })
const uploads = fc.uniqueArray(fc.record({ key: keys, id: fc.constantFrom('0', '1', '2z') }), {
  selector: ({ key, id }) => `${key} ${id}`,
  maxLength: 30,
})

const utf8 = (text: string) => Buffer.from(text)
const byKey = (a: Pick<Upload, 'key' | 'id'>, b: Pick<Upload, 'key' | 'id'>) =>
  Buffer.compare(utf8(a.key), utf8(b.key)) || (a.id < b.id ? -1 : 1)

/** Every entry of a whole listing, as one text each. */
function slowly(all: ReadonlyArray<Pick<Upload, 'key' | 'id'>>, prefix: string, delimiter: string) {
  const entries = all
    .toSorted(byKey)
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, id }) => {
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      return at < 0 ? `${key} ${id}` : `${key.slice(0, at + delimiter.length)} …`
    })
  return entries.filter((entry, i) => entry !== entries[i - 1])
}

test('any uploads in pages of any size', async () => {
  const query = fc.record({
    prefix: fc.constantFrom('', 'a', 'a/', '/'),
    delimiter: fc.constantFrom('', '/', 'b'),
    limit: fc.integer({ min: 1, max: 4 }),
  })
  await fc.assert(
    fc.asyncProperty(uploads, query, async (all, asked) => {
      const { rows } = await stateWith(all)
      const found: string[] = []
      let marker: Partial<UploadQuery> | undefined = {}
      while (marker) {
        const page = await listUploads(rows, bucket, { ...asked, ...marker })
        const entries = [
          ...page.uploads.map(({ key, id }) => [key, `${key} ${id}`] as const),
          ...page.commonPrefixes.map((prefix) => [prefix, `${prefix} …`] as const),
        ]
        expect(entries.length).toBeLessThanOrEqual(asked.limit)
        const sorted = entries.sort(([a], [b]) => Buffer.compare(utf8(a), utf8(b)))
        found.push(...sorted.map(([, text]) => text))
        marker = page.next
      }
      expect(found).toEqual(slowly(all, asked.prefix, asked.delimiter))
    }),
  )
})

test('a marker without an id is behind all uploads of its key, and a page may be empty', async () => {
  const all = ['0', '1'].flatMap((id) => ['a', 'b'].map((key) => ({ key, id })))
  const { rows } = await stateWith([...all, { key: 'p/x', id: '0' }])
  const keysOf = async (query: Omit<UploadQuery, 'limit'>) =>
    (await listUploads(rows, bucket, { ...query, limit: 9 })).uploads.map(({ key, id }) => key + id)
  expect(await keysOf({ keyMarker: 'a' })).toEqual(['b0', 'b1', 'p/x0'])
  expect(await keysOf({ keyMarker: 'a', uploadIdMarker: '0' })).toEqual(['a1', 'b0', 'b1', 'p/x0'])
  // A marker inside a common prefix leaves the rest of it.
  const within = { keyMarker: 'p/a', delimiter: '/', limit: 9 }
  expect((await listUploads(rows, bucket, within)).commonPrefixes).toEqual(['p/'])
  const none = { uploads: [], commonPrefixes: [] }
  expect(await listUploads(rows, bucket, { limit: 0 })).toEqual(none)
  expect(await listUploads(rows, { id: 'b' }, { limit: 9 })).toEqual(none)
})

async function stateWith(all: ReadonlyArray<Pick<Upload, 'key' | 'id'>>) {
  const state = new MemoryState()
  const tx = state.begin()
  for (const upload of all) tx.rows.put('upload', uploadRow(bucket, upload), upload)
  await state.commit(tx)
  return state.begin()
}
