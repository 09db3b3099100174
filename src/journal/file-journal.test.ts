import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SimulatedFiles } from '../../test/faults/simulated-files.ts'
import type { Clock } from '../clock.ts'
import { type Files, systemFiles } from '../files.ts'
import type { Limits } from '../limits.ts'
import type { Entry, Journal } from './contract.ts'
import { openJournal } from './file-journal.ts'
import { checkJournal } from './fsck.ts'
import { readJournal } from './read.ts'

const folder = '/data/journal'
const clock: Clock = { now: () => 1_763_700_000_000, after: () => () => {} }
const entry = (text: string): Entry => ({ from: 'own', record: Buffer.from(`{"id":"${text}"}`) })
const entries = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => entry(`${prefix}${i}`))
const once = { once: true }

function open(files: Files, limits: Partial<Limits> = {}, where = folder): Promise<Journal> {
  const onDamage = () => expect.fail('damage')
  const small = { dedupeWindow: 1_000, ...limits }
  return openJournal({ folder: where, files, clock, limits: small, retentionDays: 1, onDamage })
}

/** Syncs of segment files so far. */
function syncs(files: SimulatedFiles): number {
  return files.log.filter((name) => /^sync .*ndjson$/.test(name)).length
}

describe('group commit', () => {
  test('a thousand callers share a few syncs', async () => {
    const files = new SimulatedFiles()
    const journal = await open(files)
    await Promise.all(entries(1_000, 'a').map((one) => journal.append([one])))
    expect(journal.synced).toBe(1_000)
    expect(syncs(files)).toBe(1)
  })

  test('callers that come while a sync runs share the next one', async () => {
    const files = new SimulatedFiles()
    const journal = await open(files)
    const waiting: Promise<unknown>[] = []
    files.before = (operation) => {
      if (waiting.length > 0 || !/^sync .*ndjson$/.test(operation)) return
      waiting.push(...entries(50, 'late').map((one) => journal.append([one])))
    }
    await journal.append([entry('early')])
    await Promise.all(waiting)
    expect(journal.synced).toBe(51)
    expect(syncs(files)).toBe(2)
  })

  test('one call larger than a batch is written in several', async () => {
    const files = new SimulatedFiles()
    const journal = await open(files, { journalBatchBytesMax: 1_000 })
    const { seqs } = await journal.append(entries(40, 'a'))
    expect(seqs).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
    expect(syncs(files)).toBeGreaterThan(4)
  })

  test('refuses what would wait beyond the bound, and goes on', async () => {
    const journal = await open(new SimulatedFiles(), { journalQueueBytesMax: 1_000 })
    const results = await Promise.allSettled(entries(30, 'a').map((one) => journal.append([one])))
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused.length).toBeGreaterThan(15)
    expect(refused[0]!.reason).toMatchObject({ name: 'StorageError', reason: 'busy' })
    expect(journal.synced).toBe(30 - refused.length)
    expect(await journal.append([entry('b')])).toEqual({ seqs: [journal.synced] })
  })

  test('close waits for what was taken', async () => {
    const journal = await open(new SimulatedFiles())
    const appended = journal.append(entries(3, 'a'))
    await journal.close()
    expect(journal.synced).toBe(3)
    expect(await appended).toEqual({ seqs: [1, 2, 3] })
  })
})

describe('bulk entries', () => {
  /** Appends one entry twice while its sync waits, and then lets the sync go on. */
  async function twiceInFlight(files: SimulatedFiles, beforeSync = () => {}) {
    const journal = await open(files)
    await journal.append([entry('before')])
    const reached = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    files.before = (operation) => {
      if (!operation.startsWith('sync')) return
      reached.resolve()
      return finish.promise
    }
    const first = journal.append([entry('a')], once)
    await reached.promise
    let told = false
    const second = journal.append([entry('a')], once)
    const tell = () => {
      told = true
    }
    second.then(tell, tell)
    first.catch(() => {})
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    expect(told).toBe(false)
    expect(journal.has(entry('a'))).toBe(true)
    beforeSync()
    finish.resolve()
    return { journal, first, second }
  }

  test('a duplicate of what is in flight is acknowledged with it', async () => {
    const { first, second } = await twiceInFlight(new SimulatedFiles())
    expect(await first).toEqual({ seqs: [2] })
    expect(await second).toEqual({ seqs: [undefined] })
  })

  test('a duplicate of what was not written is refused with it, and is none afterwards', async () => {
    const files = new SimulatedFiles()
    const { journal, first, second } = await twiceInFlight(files, () => {
      files.failAt(files.operations, { kind: 'error', code: 'EIO', forever: false })
    })
    await expect(first).rejects.toMatchObject({ reason: 'i/o error' })
    await expect(second).rejects.toMatchObject({ reason: 'i/o error' })
    expect(await journal.append([entry('a')], once)).toEqual({ seqs: [2] })
  })

  test.each([
    { sidecars: 'as they were written', change: () => {} },
    {
      sidecars: 'missing',
      change: (files: SimulatedFiles) => {
        for (const name of files.list(folder)) {
          if (name.endsWith('.ids')) files.delete(`${folder}/${name}`)
        }
      },
    },
  ])('are known after a restart, with sidecars $sidecars', async ({ change }) => {
    const limits = { segmentBytes: 1_000, dedupeWindow: 12 }
    let files = new SimulatedFiles()
    const journal = await open(files, limits)
    for (const one of entries(20, 'a')) await journal.append([one], once)
    files = files.restart('dropped')
    change(files)
    const again = await open(files, limits)
    const newest = entries(20, 'a').slice(8)
    expect((await again.append(newest, once)).seqs).toEqual(newest.map(() => undefined))
    expect(await again.append([entry('a0')], once)).toEqual({ seqs: [21] })
    await again.close()
    const sidecars = files.list(folder).filter((name) => name.endsWith('.ids'))
    expect(sidecars.length).toBeGreaterThan(1)
  })

  test('behind a failed sync are not known, even when fingerprints are made again', async () => {
    let files = new SimulatedFiles()
    const journal = await open(files)
    await journal.append([entry('a')], once)
    files.failAt(files.operations + 2, { kind: 'error', code: 'EIO', forever: false })
    await expect(journal.append([entry('b')], once)).rejects.toThrow('simulated')
    await journal.append([entry('c')], once)
    files = files.restart('kept')
    files.delete(`${folder}/0000000000000001.ids`)
    const again = await open(files)
    expect(await again.append(['a', 'b', 'c'].map(entry), once)).toEqual({
      seqs: [undefined, 3, undefined],
    })
    expect(checkJournal(folder, files)).toMatchObject({ records: 3, damage: [] })
  })
})

describe('a journal whose end is gone goes on behind what was read', () => {
  const [small, large] = [100, 100_000]
  test.each([
    { what: 'all of it', segmentBytes: small, kept: 0, readUpTo: 6, damage: [1] },
    { what: 'the newest segments', segmentBytes: small, kept: 2, readUpTo: 6, damage: [3] },
    { what: 'the end of the newest', segmentBytes: large, kept: 4, readUpTo: 6, damage: [5] },
    { what: 'nothing', segmentBytes: small, kept: 4, readUpTo: 4, damage: [] },
  ])('$what', async ({ segmentBytes, kept, readUpTo, damage }) => {
    let files = new SimulatedFiles()
    const before = await open(files, { segmentBytes })
    for (const one of entries(4, 'r')) await before.append([one])
    await before.close()
    files = files.restart('kept')
    for (const name of files.list(folder)) {
      if (Number(name.slice(0, 16)) > kept) files.delete(`${folder}/${name}`)
    }
    const found: number[] = []
    const onDamage = ({ seq }: { seq?: number }) => void found.push(seq!)
    const reopen = () => openJournal({ folder, files, clock, retentionDays: 1, readUpTo, onDamage })
    const journal = await reopen()
    expect(found).toEqual(damage)
    const next = Math.max(readUpTo, kept) + 1
    expect(await journal.append([entry('new')])).toEqual({ seqs: [next] })
    await journal.close()
    files = files.restart('kept')
    const again = await reopen()
    expect(await again.append([entry('newer')])).toEqual({ seqs: [next + 1] })
    expect(checkJournal(folder, files)).toMatchObject({ records: kept + 2 })
  })
})

test('on the real file system: segments, restart, retention, reading', async () => {
  const where = mkdtempSync(join(tmpdir(), 'contrail-journal-'))
  try {
    const limits = { segmentBytes: 100_000, journalBatchBytesMax: 30_000 }
    const inside = join(where, 'deep', 'journal')
    const large = (i: number) => ({ from: 'own', record: Buffer.alloc(i * 7, 'x') })
    for (let round = 0; round < 3; round++) {
      const journal = await open(systemFiles, limits, inside)
      expect(journal.synced).toBe(round * 400)
      await Promise.all(Array.from({ length: 400 }, (_, i) => journal.append([large(i)])))
      await journal.close()
    }
    expect(checkJournal(inside)).toMatchObject({ records: 1_200, damage: [] })
    const { records } = readJournal(inside, { from: 1_100, to: 1_200, bytesMax: 1e9 })
    expect(records.map(({ seq }) => seq)).toEqual(Array.from({ length: 101 }, (_, i) => 1_100 + i))
    expect(records[0]!.record).toEqual(large(299).record)
  } finally {
    rmSync(where, { recursive: true })
  }
})
