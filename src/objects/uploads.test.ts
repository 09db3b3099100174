// Uploads and their parts as rows: what is kept, replaced and let go of, and who meets whom.
import { beforeEach, expect, test } from 'vitest'
import { MemoryBlobs } from '../../test/memory-blobs.ts'
import { MemoryState } from '../../test/memory-state.ts'
import { ConflictError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Principal, Transaction } from '../operation.ts'
import type { Bucket } from './contract.ts'
import {
  beginUpload,
  dropUpload,
  endUpload,
  findUpload,
  keepPart,
  listParts,
  type NewPart,
  type Upload,
} from './uploads.ts'

const bucket: Bucket = {
  name: 'b',
  id: 'b1',
  accountId: '111122223333',
  region: 'us-east-1',
  createdAt: 0,
  settings: {},
}
const caller: Principal = {
  type: 'IAMUser',
  accountId: '111122223333',
  arn: 'arn:aws:iam::111122223333:user/bob',
  principalId: 'AIDA',
  userName: 'bob',
  accessKeyId: 'AKIA',
}

let state: MemoryState
let blobs: MemoryBlobs
let upload: Upload
let made: number
beforeEach(async () => {
  state = new MemoryState()
  blobs = new MemoryBlobs()
  made = 0
  upload = await commit(async (tx) => begin(tx, 5))
})

const ids = { uuid: () => `${++made}` } as Ids
const begin = (tx: Transaction, now: number) =>
  beginUpload(tx, { bucket, key: 'k', caller }, { headers: {}, metadata: {} }, { now, ids })

async function commit<T>(task: (tx: Transaction) => Promise<T>): Promise<T> {
  const tx = state.begin()
  const done = await task(tx)
  await state.commit(tx)
  return done
}

async function written(number: number, text: string): Promise<NewPart> {
  const blob = await blobs.write(Buffer.from(text), { bytesMax: 9 })
  return { key: upload.key, id: upload.id, number, blob, now: 7 }
}
const keep = async (tx: Transaction, number: number, text: string) =>
  keepPart(tx, bucket, await written(number, text), blobs)
const put = (number: number, text: string) => commit((tx) => keep(tx, number, text))
const numbers = async (after: number, limit = 10_000) =>
  (await listParts(state.begin().rows, upload, { after, limit })).map(({ number }) => number)

test('parts are kept in the order of their numbers; a new one takes the place of the old', async () => {
  for (const number of [10_000, 2, 1, 300]) await put(number, `${number}`)
  await put(2, 'again')
  expect(await numbers(0)).toEqual([1, 2, 300, 10_000])
  expect(await numbers(1, 2)).toEqual([2, 300])
  expect(await numbers(10_000)).toEqual([])
  const texts = [...blobs.held.values()].map(String).sort()
  expect(texts).toEqual(['1', '10000', '300', 'again'])
})

test('an upload that ends takes its parts along, but not the blobs that are kept', async () => {
  await put(1, 'a')
  await put(2, 'b')
  await commit(async (tx) => {
    const parts = await listParts(tx.rows, upload, { limit: 9 })
    dropUpload(tx, bucket, { upload, parts, kept: [parts[0]!.blob] }, blobs)
  })
  expect([...blobs.held.values()].map(String)).toEqual(['a'])
  expect(await numbers(0)).toEqual([])
  await expect(put(3, 'c')).rejects.toThrow('The specified upload does not exist.')
})

test('a part that comes while its upload ends meets a conflict, whoever is first', async () => {
  await put(1, 'a')
  const late = state.begin()
  await keep(late, 2, 'b')
  const end = state.begin()
  await endUpload(end, bucket, { upload: await findUpload(end, bucket, upload), blobs })
  const sooner = state.begin()
  await keep(sooner, 3, 'c')

  await state.commit(sooner)
  await expect(state.commit(end)).rejects.toThrow(ConflictError)
  await commit((tx) => endUpload(tx, bucket, { upload, blobs }))
  await expect(state.commit(late)).rejects.toThrow(ConflictError)
})

test('ids of later uploads are greater', async () => {
  const later = await commit(async (tx) => begin(tx, 36 ** 8))
  expect(later.id > upload.id).toBe(true)
  expect(await findUpload(state.begin(), bucket, later)).toEqual(later)
  const other = { key: 'other', id: later.id }
  await expect(findUpload(state.begin(), bucket, other)).rejects.toThrow('does not exist')
})
