import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Clock } from '../src/clock.ts'
import { systemFiles } from '../src/files.ts'
import type { Journal } from '../src/journal/contract.ts'
import { openJournal } from '../src/journal/file-journal.ts'
import { openMemoryJournal } from '../src/journal/memory-journal.ts'
import { type Read, type ReadOptions, readJournal } from '../src/journal/read.ts'

type Opened = { journal: Journal; read: (options: ReadOptions) => Read }
type Options = {
  clock: Clock
  retentionDays: number
  limits: { dedupeWindow: number; journalQueueBytesMax: number; segmentBytes?: number }
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contrail-journal-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function inFiles(options: Options): Promise<Opened> {
  const onDamage = () => expect.fail('damage')
  const journal = await openJournal({ ...options, folder, files: systemFiles, onDamage })
  return { journal, read: (what) => readJournal(folder, { to: journal.synced, ...what }) }
}

async function inMemory(options: Options): Promise<Opened> {
  const journal = openMemoryJournal(options)
  return { journal, read: (what) => journal.read(what) }
}

const day = 24 * 3600_000
let now = 1_763_700_000_000
const clock: Clock = { now: () => now, after: () => () => {} }
const limits = { dedupeWindow: 100, journalQueueBytesMax: 50_000, segmentBytes: 2_000 }
const entry = (text: string, from = 'own') => ({ from, record: Buffer.from(`{"id":"${text}"}`) })
const entries = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => entry(`${prefix}-${i}`))

// What every journal promises, whatever it is made of.
describe.each([
  { kind: 'in files', open: inFiles },
  { kind: 'in memory', open: inMemory },
])('a journal $kind', ({ open }) => {
  const opened = () => open({ clock, retentionDays: 90, limits })

  test('numbers records from 1, in order, and gives back their bytes', async () => {
    const { journal, read } = await opened()
    expect(journal.synced).toBe(0)
    expect(await journal.append([])).toEqual({ seqs: [] })
    expect(await journal.append([entry('a'), entry('b', 'ingest:x')])).toEqual({ seqs: [1, 2] })
    expect(await journal.append([entry('c')])).toEqual({ seqs: [3] })
    expect(journal.synced).toBe(3)
    const { records, damage, next } = read({ from: 1, bytesMax: 1e6 })
    expect(damage).toEqual([])
    expect(next).toBe(4)
    expect(records.map(({ seq, at, from, record }) => [seq, at, from, String(record)])).toEqual([
      [1, now, 'own', '{"id":"a"}'],
      [2, now, 'ingest:x', '{"id":"b"}'],
      [3, now, 'own', '{"id":"c"}'],
    ])
    await journal.close()
  })

  test('is read in parts, from anywhere', async () => {
    const { journal, read } = await opened()
    await journal.append(entries(40, 'a'))
    const seqs: number[] = []
    for (let from = 7; ; ) {
      const part = read({ from, bytesMax: 50 })
      if (part.records.length === 0) break
      seqs.push(...part.records.map(({ seq }) => seq))
      from = part.next
    }
    expect(seqs).toEqual(Array.from({ length: 34 }, (_, i) => i + 7))
    await journal.close()
  })

  test('takes a bulk entry once, from the same source, within the window', async () => {
    const { journal } = await opened()
    const once = { once: true }
    const pair = [entry('a'), entry('a')]
    expect(await journal.append(pair, once)).toEqual({ seqs: [1, undefined] })
    expect(await journal.append([entry('b'), entry('a')], once)).toEqual({ seqs: [2, undefined] })
    expect(journal.has(entry('a', 'other'))).toBe(false)
    expect(await journal.append([entry('a', 'other')], once)).toEqual({ seqs: [3] })
    expect(journal.has(entry('a', 'other'))).toBe(true)
    expect(await journal.append([entry('a')])).toEqual({ seqs: [4] })
    await journal.append(entries(100, 'later'), once)
    expect(await journal.append([entry('a')], once)).toEqual({ seqs: [105] })
    await journal.close()
  })

  test('tells listeners what is synced, until they leave', async () => {
    const { journal } = await opened()
    const told: number[] = []
    const leave = journal.onSynced((seq) => told.push(seq))
    await journal.append([entry('a'), entry('b')])
    leave()
    await journal.append([entry('c')])
    expect(told).toEqual([2])
    await journal.close()
  })

  test('refuses what it cannot hold, and a record of two lines, and takes the next', async () => {
    const { journal } = await opened()
    const large = { from: 'own', record: Buffer.alloc(60_000, 'x') }
    await expect(journal.append([large])).rejects.toMatchObject({ reason: 'busy' })
    const broken = { from: 'own', record: Buffer.from('{\n}') }
    await expect(journal.append([entry('a'), broken])).rejects.toThrow(RangeError)
    expect(await journal.append([entry('b')])).toEqual({ seqs: [1] })
    await journal.close()
    await expect(journal.append([entry('c')])).rejects.toMatchObject({ reason: 'closed' })
  })

  test('gives up old records that nobody needs, never leaving a hole', async () => {
    const { journal, read } = await opened()
    const start = now
    for (let i = 0; i < 10; i++) {
      await journal.append(entries(8, `a${i}`))
      now += 20 * day
    }
    const first = () => read({ from: 1, bytesMax: 1 }).records[0]!.seq
    await journal.retain(1)
    expect(first()).toBe(1)
    await journal.retain(30)
    expect(first()).toBeGreaterThan(1)
    expect(first()).toBeLessThanOrEqual(30)
    await journal.retain(1_000)
    const { records, damage } = read({ from: 1, bytesMax: 1e6 })
    expect(records[0]!.at).toBeGreaterThanOrEqual(start + 60 * day)
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, i) => records[0]!.seq + i))
    expect(records.at(-1)!.seq).toBe(80)
    expect(damage).toEqual([])
    await journal.close()
  })
})
