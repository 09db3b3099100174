import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MemoryState } from '../../test/memory-state.ts'
import { ConflictError } from '../errors.ts'
import type { State } from './contract.ts'
import { RecentRows, rowId, type SeenRange } from './rows.ts'
import { openState } from './state.ts'

const key = (text: string) => Buffer.from(text, 'latin1')
const all = { from: key(''), to: key('\xff\xff'), limit: 100 }
const clock = { now: () => 0, after: () => () => {} }
let folder: string
let state: State

describe.each([
  { what: 'on disk', open: (): Promise<State> => openState({ folder, clock }) },
  { what: 'of the double for tests', open: async (): Promise<State> => new MemoryState() },
])('rows $what', ({ what, open }) => {
  beforeEach(async () => {
    folder = join(mkdtempSync(join(tmpdir(), 'contrail-rows-')), 'state')
    state = await open()
  })
  afterEach(async () => {
    await state.close()
    rmSync(join(folder, '..'), { recursive: true })
  })

  async function put(...keys: string[]): Promise<void> {
    const tx = state.begin()
    for (const one of keys) tx.rows.put('object', key(one), { one })
    await state.commit(tx)
  }
  const keysOf = async (range: object) => {
    const found = await state.begin().rows.range<{ one: string }>('object', { ...all, ...range })
    for (const [at, { one }] of found) expect(at).toEqual(key(one))
    return found.map(([, { one }]) => one)
  }

  test('are found by key and in byte order, any byte in a key', async () => {
    await put('b', 'a\0b', 'a', 'a\0', '\xfe', 'B')
    expect(await keysOf({})).toEqual(['B', 'a', 'a\0', 'a\0b', 'b', '\xfe'])
    expect(await keysOf({ from: key('a\0'), to: key('b') })).toEqual(['a\0', 'a\0b'])
    expect(await keysOf({ limit: 2, reverse: true })).toEqual(['\xfe', 'b'])
    const { rows } = state.begin()
    expect(await rows.get('object', key('a\0b'))).toEqual({ one: 'a\0b' })
    expect(await rows.get('other', key('b'))).toBeUndefined()
  })

  test('are visible with the commit, to the transaction itself before', async () => {
    const tx = state.begin()
    let told = 0
    tx.whenCommitted(() => told++)
    tx.rows.put('object', key('k'), { one: 'k' })
    expect(tx.dirty).toBe(true)
    expect(await tx.rows.get('object', key('k'))).toEqual({ one: 'k' })
    expect(await state.begin().rows.get('object', key('k'))).toBeUndefined()
    expect(told).toBe(0)
    await state.commit(tx)
    expect(told).toBe(1)
    expect(await keysOf({})).toEqual(['k'])
    const other = state.begin()
    other.rows.delete('object', key('k'))
    await state.commit(other)
    expect(await keysOf({})).toEqual([])
  })

  test('are kept over a restart', async () => {
    await put('k')
    if (what !== 'on disk') return
    await state.close()
    state = await open()
    expect(await keysOf({})).toEqual(['k'])
  })

  test.each([
    { reads: 'the row', writes: 'k', exact: false, met: true },
    { reads: 'the row', writes: 'other', exact: false, met: false },
    { reads: 'a range', writes: 'k', exact: false, met: false },
    { reads: 'a range', writes: 'k', exact: true, met: true },
    { reads: 'a range', writes: 'z', exact: true, met: false },
  ])('$reads read (exact: $exact), $writes changed meanwhile: conflict $met', async (row) => {
    const tx = state.begin()
    if (row.reads === 'the row') await tx.rows.get('object', key('k'))
    else await tx.rows.range('object', { ...all, from: key('k'), to: key('l'), exact: row.exact })
    let told = false
    tx.whenCommitted(() => {
      told = true
    })
    await put(row.writes)
    tx.put('bucket', 'b', {})
    const committed = state.commit(tx)
    if (row.met) await expect(committed).rejects.toThrow(ConflictError)
    else await committed
    expect(told).toBe(!row.met)
  })

  test('two writers of one row: the second meets a conflict', async () => {
    const [one, two] = [state.begin(), state.begin()]
    one.rows.put('object', key('k'), { one: 'k' })
    two.rows.put('object', key('k'), { one: 'k' })
    const first = state.commit(one)
    await expect(state.commit(two)).rejects.toThrow(ConflictError)
    await first
  })

  test('a value is needed', () => {
    expect(() => state.begin().rows.put('object', key('k'), undefined)).toThrow()
  })
})

describe('what changed lately', () => {
  const id = (n: number) => rowId('object', key(String.fromCharCode(n)))

  test('is told from what did not, whatever was read when', () => {
    const changes = fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { maxLength: 12 })
    const read = fc.record({ at: fc.nat(12), from: fc.nat(9), length: fc.nat(4) })
    fc.assert(
      fc.property(changes, fc.array(read, { maxLength: 3 }), (changes, reads) => {
        const recent = new RecentRows()
        const ranges: SeenRange[] = []
        const rows = new Map<string, number>()
        for (let step = 0; step <= 12; step++) {
          const { now: since } = recent
          for (const { at, from, length } of reads) {
            if (at !== step) continue
            ranges.push({ from: id(from), to: id(from + length), since })
            if (!rows.has(id(from))) rows.set(id(from), since)
          }
          recent.note((changes[step] ?? []).map(id))
        }
        const isMet = (holds: (read: { from: number; length: number }, n: number) => boolean) =>
          reads.some((one) => changes.slice(one.at).some((some) => some.some((n) => holds(one, n))))
        const inRange = isMet(({ from, length }, n) => n >= from && n < from + length)
        expect(recent.isCurrent({ rows: new Map(), ranges })).toBe(!inRange)
        expect(recent.isCurrent({ rows, ranges: [] })).toBe(!isMet(({ from }, n) => n === from))
      }),
    )
  })

  test('is forgotten after a while: who read before that begins anew', () => {
    const recent = new RecentRows()
    const since = recent.now
    for (let n = 0; n < 10_001; n++) recent.note([rowId('object', key(`${n}`))])
    const range = { from: rowId('other', key('a')), to: rowId('other', key('b')) }
    expect(recent.isCurrent({ rows: new Map(), ranges: [{ ...range, since }] })).toBe(false)
    const lately = { ...range, since: recent.now }
    expect(recent.isCurrent({ rows: new Map(), ranges: [lately] })).toBe(true)
  })

  test('costs a range nothing where it came before the range was read', () => {
    const recent = new RecentRows()
    for (let n = 0; n < 5_000; n++) recent.note([rowId('object', key(`${n}`))])
    const { now } = recent
    let looks = 0
    const range: SeenRange = {
      from: id(0),
      to: id(1),
      get since() {
        looks++
        return now
      },
    }
    expect(recent.isCurrent({ rows: new Map(), ranges: [range] })).toBe(true)
    expect(looks).toBeLessThan(5)
  })
})
