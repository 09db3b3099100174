import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { checkState, readDocuments, readRows } from './check.ts'
import { openState } from './state.ts'

const sound = mkdtempSync(join(tmpdir(), 'contrail-check-'))

beforeAll(async () => {
  const state = await openState({ folder: sound, clock: systemClock })
  const tx = state.begin()
  for (let i = 0; i < 200; i++) tx.put('user', `user-${i}`, { name: `user-${i}`.repeat(20) })
  const record = Buffer.from('{"eventID":"e"}')
  await state.commit(tx, { eventID: 'e', from: 'own', record, after: 0 })
  expect(checkState(sound)).toEqual({ documents: 200, outbox: 1, damage: [] })
  await state.close()
})
afterAll(() => rmSync(sound, { recursive: true }))

test('a closed state is checked without a trace', () => {
  expect(checkState(sound)).toEqual({ documents: 200, outbox: 1, damage: [] })
  expect(readdirSync(sound)).toEqual(['state.db'])
})

test.each([
  { what: 'a page of noise', spoil: (bytes: Buffer) => bytes.fill(0xa5, 4096 * 4, 4096 * 5) },
  { what: 'a file cut short', spoil: (bytes: Buffer) => bytes.subarray(0, bytes.length - 4096) },
  { what: 'no database', spoil: () => Buffer.alloc(8192, 'x') },
])('$what is damage', ({ spoil }) => {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-check-'))
  cpSync(sound, folder, { recursive: true })
  const path = join(folder, 'state.db')
  writeFileSync(path, spoil(readFileSync(path)))
  const { damage } = checkState(folder)
  expect(damage.length).toBeGreaterThan(0)
  expect(damage[0]).toMatchObject({ file: 'state.db', reason: expect.any(String) })
  rmSync(folder, { recursive: true })
})

test('rows are read in order, page by page, while a server is at work', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-check-'))
  const state = await openState({ folder, clock: systemClock })
  const tx = state.begin()
  for (let i = 0; i < 2_500; i++) tx.rows.put('object', Buffer.from([i >>> 8, i & 255]), { i })
  tx.rows.put('other', Buffer.from('a'), {})
  await state.commit(tx)
  expect([...readRows<{ i: number }>(folder, 'object')].map(({ i }) => i)).toEqual([
    ...Array(2_500).keys(),
  ])
  await state.close()
  rmSync(folder, { recursive: true })
})

test('documents of a kind are read in order', () => {
  const names = readDocuments<{ name: string }>(sound, 'user').map(({ name }) => name.slice(0, 8))
  expect([names.length, names[0], names[199]]).toEqual([200, 'user-0us', 'user-99u'])
  expect(readDocuments(sound, 'trail')).toEqual([])
})

test('a missing state is damage', () => {
  const damage = [{ file: 'state.db', reason: 'missing' }]
  expect(checkState(join(sound, 'nowhere'))).toEqual({ documents: 0, outbox: 0, damage })
})
