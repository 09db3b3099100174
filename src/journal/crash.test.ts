import { describe, expect, test } from 'vitest'
import { type Crash, SimulatedFiles } from '../../test/faults/simulated-files.ts'
import type { Clock } from '../clock.ts'
import { limits as productLimits } from '../limits.ts'
import type { Damage, Journal } from './contract.ts'
import { openJournal } from './file-journal.ts'
import { checkJournal } from './fsck.ts'
import { readJournal } from './read.ts'

const folder = '/data/journal'
const start = 1_763_700_000_000
const day = 24 * 3600_000
/** Small, so that a short run passes every kind of operation. */
const limits = {
  journalBatchBytesMax: 600,
  segmentBytes: 1_500,
  dedupeWindow: 30,
  diskFreeBytesMin: 1_000,
}

/** What a client knows: what it sent, and what it was told. */
class Client {
  readonly sent = new Set<string>()
  readonly acknowledged = new Map<number, string>()
  readonly once = new Set<string>()
  readonly refusals: unknown[] = []
  now = start
  readonly clock: Clock = { now: () => this.now, after: () => () => {} }

  open(files: SimulatedFiles, onDamage: (damage: Damage) => void = () => {}): Promise<Journal> {
    return openJournal({ folder, files, clock: this.clock, limits, retentionDays: 1, onDamage })
  }

  /** Appends records with these names and believes only what is acknowledged. */
  async append(journal: Journal, names: string[], once = false): Promise<boolean> {
    const entries = names.map((name) => ({ from: 'own', record: Buffer.from(`{"id":"${name}"}`) }))
    for (const name of names) this.sent.add(name)
    try {
      const { seqs } = await journal.append(entries, { once })
      for (const [i, seq] of seqs.entries()) {
        if (once) this.once.add(names[i]!)
        if (seq !== undefined) this.acknowledged.set(seq, names[i]!)
        if (seq !== undefined) expect(journal.synced).toBeGreaterThanOrEqual(seq)
      }
      return true
    } catch (error) {
      this.refusals.push(error)
      return false
    }
  }
}

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`)

/** A life of a journal that meets every operation: single, grouped and bulk appends, seals, retention. */
async function work(client: Client, files: SimulatedFiles): Promise<void> {
  let journal = await client.open(files)
  await client.append(journal, ['first'])
  await Promise.all(numbered('group', 5).map((name) => client.append(journal, [name])))
  await client.append(journal, numbered('bulk', 6), true)
  await Promise.all([
    client.append(journal, ['bulk6', 'bulk2', 'bulk6'], true),
    client.append(journal, ['bulk6'], true),
    client.append(journal, ['between']),
  ])
  await client.append(journal, numbered('more', 14))
  client.now += 3 * day
  await journal.retain(8).catch((error) => client.refusals.push(error))
  await client.append(journal, numbered('late', 3))
  await journal.close()
  journal = await client.open(files)
  await client.append(journal, ['bulk7', 'bulk6'], true)
  await client.append(journal, ['last'])
  await journal.close()
}

function readAll(files: SimulatedFiles, to?: number) {
  const { records, damage } = readJournal(folder, { from: 1, to, bytesMax: 1e9 }, files)
  const names = records.map(({ seq, record }) => [seq, JSON.parse(String(record)).id] as const)
  return { names, damage }
}

/** Everything that was promised holds in the files. */
function verify(client: Client, files: SimulatedFiles, synced: number): void {
  const { names, damage } = readAll(files, synced)
  expect(damage).toEqual([])
  expect(checkJournal(folder, files)).toMatchObject({ records: names.length, damage: [] })
  const oldest = names[0]?.[0] ?? 1
  expect(oldest).toBeLessThanOrEqual(8)
  expect(names.map(([seq]) => seq)).toEqual(names.map((_, i) => oldest + i))
  const found = new Map(names)
  for (const [seq, name] of client.acknowledged) {
    if (seq >= oldest) expect(found.get(seq)).toBe(name)
  }
  for (const [, name] of names) expect(client.sent).toContain(name)
  const once = names.map(([, name]) => name).filter((name) => client.once.has(name))
  expect(new Set(once).size).toBe(once.length)
}

/** Opens what a fault left, goes on working, loses power, and opens again. */
async function goOn(client: Client, files: SimulatedFiles): Promise<void> {
  const found: Damage[] = []
  const journal = await client.open(files, (damage) => found.push(damage))
  expect(found.every(({ reason }) => reason === 'torn')).toBe(true)
  verify(client, files, journal.synced)
  const before = readAll(files, journal.synced).names
  expect(await client.append(journal, [...client.once].slice(-20), true)).toBe(true)
  expect(await client.append(journal, numbered('after', 8))).toBe(true)
  verify(client, files, journal.synced)
  const later = files.restart('dropped')
  const again = await client.open(later, () => expect.fail('damage after a clean crash'))
  expect(again.synced).toBe(journal.synced)
  verify(client, later, again.synced)
  expect(readAll(later, again.synced).names.slice(0, before.length)).toEqual(before)
}

async function operationsOfWork(): Promise<string[]> {
  const files = new SimulatedFiles()
  await work(new Client(), files)
  return files.log
}

const operations = await operationsOfWork()

/** The same numbers for every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('the work without a fault', () => {
  test('passes every kind of operation', () => {
    const kinds = new Set(operations.map((operation) => operation.split(' ')[0]))
    expect(kinds).toEqual(
      new Set([
        'makeFolder',
        'syncFolder',
        'freeBytes',
        'remove',
        'create',
        'write',
        'sync',
        'rename',
        'reopen',
      ]),
    )
  })

  test('acknowledges everything', async () => {
    const client = new Client()
    const files = new SimulatedFiles()
    await work(client, files)
    expect(client.refusals).toEqual([])
    expect(client.acknowledged.size).toBe(client.sent.size)
    await goOn(client, files.restart('kept'))
  })
})

// Power or process gone at each operation: what was acknowledged is there, once, and nothing else.
describe.each<{ crash: Crash; seeds: number }>([
  { crash: 'kept', seeds: 1 },
  { crash: 'dropped', seeds: 1 },
  { crash: 'torn', seeds: 4 },
])('a crash with unsynced writes $crash', ({ crash, seeds }) => {
  test.each(operations.map((name, i) => ({ name, at: i + 1 })))('at $at, $name', async ({ at }) => {
    for (let seed = 0; seed < seeds; seed++) {
      const client = new Client()
      const files = new SimulatedFiles()
      files.failAt(at, { kind: 'crash' })
      await work(client, files).catch((error) => client.refusals.push(error))
      expect(client.refusals).not.toEqual([])
      await goOn(client, files.restart(crash, randomFrom(seed)))
    }
  })
})

const errors = (['EIO', 'ENOSPC'] as const).flatMap((code) => [
  { kind: 'error', code, forever: false } as const,
  { kind: 'error', code, forever: true } as const,
])

// A disk that fails or fills at each operation: refused by name, taken again without a restart.
describe.each(errors)('$code, for ever: $forever', (fault) => {
  test.each(operations.map((name, i) => ({ name, at: i + 1 })))('at $at, $name', async ({ at }) => {
    for (const crash of ['kept', 'dropped'] as const) {
      const client = new Client()
      const files = new SimulatedFiles()
      files.failAt(at, fault)
      await work(client, files).catch((error) => client.refusals.push(error))
      const reason = fault.code === 'EIO' ? 'i/o error' : 'disk full'
      for (const refusal of client.refusals) {
        expect(refusal).toMatchObject({ name: 'StorageError', reason })
      }
      await goOn(client, files.restart(crash))
    }
  })
})

describe('a journal whose disk fails for a while', () => {
  const firstSync = operations.indexOf('sync /data/journal/0000000000000001.ndjson') + 1
  const later = operations.map((_, i) => i + 1).filter((at) => at > firstSync)

  test.each(later)('from operation %i on, takes records again afterwards', async (at) => {
    const client = new Client()
    const files = new SimulatedFiles()
    const journal = await client.open(files)
    await client.append(journal, ['first'])
    files.failAt(at, { kind: 'error', code: 'EIO', forever: true })
    for (let i = 0; i < 20; i++) await client.append(journal, [`during${i}`, `too${i}`], true)
    files.heal()
    expect(await client.append(journal, ['during19', 'too19'], true)).toBe(true)
    verify(client, files, journal.synced)
    await goOn(client, files.restart('dropped'))
  })

  test('is not ready for some time after a write that failed, unless one succeeds', async () => {
    const client = new Client()
    const files = new SimulatedFiles()
    const journal = await client.open(files)
    const failOnce = async (name: string) => {
      files.failAt(files.operations + 1, { kind: 'error', code: 'EIO', forever: false })
      expect(await client.append(journal, [name])).toBe(false)
      await expect(journal.ready()).rejects.toMatchObject({ reason: 'i/o error' })
    }
    await failOnce('a')
    expect(await client.append(journal, ['b'])).toBe(true)
    await journal.ready()
    await failOnce('c')
    client.now += productLimits.journalFailureMemory
    await journal.ready()
  })

  test('refuses early on a disk that is nearly full, and takes records when there is room', async () => {
    const client = new Client()
    const files = new SimulatedFiles()
    const journal = await client.open(files)
    const appendAt = async (bytesFree: number, name: string) => {
      files.bytesFree = bytesFree
      client.now += 1_000
      return client.append(journal, [name])
    }
    expect(await appendAt(1_000, 'a')).toBe(true)
    expect(await appendAt(999, 'b')).toBe(false)
    expect(client.refusals[0]).toMatchObject({ name: 'StorageError', reason: 'disk full' })
    expect(await appendAt(1_999, 'c')).toBe(false)
    expect(await appendAt(2_000, 'd')).toBe(true)
    files.bytesFree = 0
    expect(await client.append(journal, ['within the second'])).toBe(true)
    // Whoever only asks sees it fill and free itself, without a record in between.
    client.now += 1_000
    await expect(journal.ready()).rejects.toMatchObject({ reason: 'disk full' })
    files.bytesFree = 2_000
    client.now += 1_000
    await journal.ready()
    verify(client, files, journal.synced)
  })
})
