import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SimulatedFiles } from '../../test/faults/simulated-files.ts'
import type { Clock } from '../clock.ts'
import type { Damage, Journal } from './contract.ts'
import { fetchRecord } from './fetch.ts'
import { openJournal } from './file-journal.ts'
import { checkJournal } from './fsck.ts'
import { type Position, type Read, readJournal } from './read.ts'
import { removeBelow, segmentFile, writeOldest } from './segments.ts'

const folder = '/data/journal'
const path = (name: string) => `${folder}/${name}`
const clock: Clock = { now: () => 1_763_700_000_000, after: () => () => {} }
const limits = { segmentBytes: 1_100, journalBatchBytesMax: 500, dedupeWindow: 100 }

function open(files: SimulatedFiles, onDamage: (damage: Damage) => void): Promise<Journal> {
  return openJournal({ folder, files, clock, limits, retentionDays: 1, onDamage })
}

/** Forty records in five segments, the newest without a seal; 'own' records look like lines within. */
async function aJournal(): Promise<SimulatedFiles> {
  const files = new SimulatedFiles()
  const journal = await open(files, () => expect.fail('damage'))
  for (let i = 1; i <= 40; i++) {
    const record = Buffer.from(`{"id":${i},"text":"x\\n{\\"seq\\":${i}"}`)
    await journal.append([{ from: i % 3 ? 'own' : 'ingest:a', record }], { once: i % 2 === 0 })
  }
  await journal.close()
  return files
}

const sound = await aJournal()
const names = sound.list(folder).sort()
const all = readJournal(folder, { from: 1, to: 40, bytesMax: 1e9 }, sound)

function readInParts(files: SimulatedFiles, bytesMax: number, useNear: boolean): Read {
  const whole: { records: Read['records']; damage: Damage[] } = { records: [], damage: [] }
  let next = 1
  let near: Position | undefined
  while (next <= 40) {
    const part = readJournal(folder, { from: next, to: 40, bytesMax, near }, files)
    whole.records.push(...part.records)
    whole.damage.push(...part.damage)
    expect(part.next).toBeGreaterThan(next)
    next = part.next
    near = useNear ? part.near : undefined
  }
  return { ...whole, next }
}

const lines = (read: Read) => read.records.map(({ seq, record }) => `${seq} ${record}`)

describe('a sound journal', () => {
  test('has five segments of which one is open, and checks out', () => {
    expect(names.filter((name) => name.endsWith('.ndjson'))).toHaveLength(5)
    expect(names.filter((name) => name.endsWith('.seal.json'))).toHaveLength(4)
    expect(all.damage).toEqual([])
    expect(all.records.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
    expect(checkJournal(folder, sound)).toEqual({ records: 40, segments: 5, next: 41, damage: [] })
  })

  test('reads the same in parts of any size, with and without a hint', () => {
    for (const bytesMax of [1, 50, 100, 333, 1_000]) {
      for (const useNear of [true, false]) {
        expect(readInParts(sound, bytesMax, useNear).records).toEqual(all.records)
      }
    }
  })

  test('gives each record by its place', () => {
    for (const record of all.records) expect(fetchRecord(folder, record, sound)).toEqual(record)
    const nowhere = { segment: 99, offset: 0 }
    expect(fetchRecord(folder, nowhere, sound)).toMatchObject({ reason: 'missing segment' })
    const between = { segment: 1, offset: 5 }
    expect(fetchRecord(folder, between, sound)).toMatchObject({ start: 5, reason: 'header' })
  })
})

/** The journal with one of its files changed. */
async function changed(name: string, change: (bytes: Buffer) => Buffer): Promise<SimulatedFiles> {
  const files = sound.restart('dropped')
  files.overwrite(path(name), change(Buffer.from(files.contents(path(name))!)))
  return files
}

// Damage at rest costs the record it lies in and no other, and is named.
describe('a byte changed', () => {
  const places = names.flatMap((name) =>
    Array.from({ length: sound.contents(path(name))!.length }, (_, offset) => ({ name, offset })),
  )

  test('anywhere in any file is named, and every other record can be read', async () => {
    const flip = fc.record({
      place: fc.constantFrom(...places),
      mask: fc.integer({ min: 1, max: 255 }),
    })
    await fc.assert(
      fc.asyncProperty(flip, async ({ place: { name, offset }, mask }) => {
        const files = await changed(name, (bytes) => {
          bytes[offset]! ^= mask
          return bytes
        })
        const { damage } = checkJournal(folder, files)
        expect(damage).toHaveLength(1)
        expect(damage[0]!.file).toBe(name)
        const whole = readInParts(files, 200, true)
        expect(readInParts(files, 200, false)).toEqual(whole)
        const missing = all.records.filter(({ seq }) => !whole.records.some((r) => r.seq === seq))
        expect(lines(whole)).toEqual(
          lines(all).filter((_, i) => !missing.includes(all.records[i]!)),
        )
        if (!name.endsWith('.ndjson')) {
          expect(missing).toEqual([])
          return
        }
        expect(damage[0]!.start).toBeLessThanOrEqual(offset)
        expect(damage[0]!.end).toBeGreaterThan(offset)
        const hit = all.records.findLast(
          (r) => segmentFile(r.segment) === name && r.offset <= offset,
        )!
        expect(missing.every((record) => record === hit)).toBe(true)
        if (missing.length === 1) {
          expect(whole.damage).toEqual([{ ...damage[0], seq: hit.seq }])
          expect(fetchRecord(folder, hit, files)).toMatchObject({ reason: damage[0]!.reason })
        }
      }),
      { numRuns: 300 },
    )
  })

  test('in the newest segment is named at the start, and its number is not given out again', async () => {
    const newest = names.findLast((name) => name.endsWith('.ndjson'))!
    const size = sound.contents(path(newest))!.length
    for (let offset = 0; offset < size; offset++) {
      const files = await changed(newest, (bytes) => {
        bytes[offset]! ^= 0x55
        return bytes
      })
      const found: Damage[] = []
      const journal = await open(files, (damage) => found.push(damage))
      expect(found).toHaveLength(1)
      expect(found[0]!.file).toBe(newest)
      expect(journal.synced).toBe(40)
      const record = Buffer.from('{"id":"after"}')
      expect(await journal.append([{ from: 'own', record }])).toEqual({ seqs: [41] })
      const { records } = readJournal(folder, { from: 1, to: 41, bytesMax: 1e9 }, files)
      expect(records.length).toBeGreaterThanOrEqual(40)
      expect(records.at(-1)!.record).toEqual(record)
      expect(checkJournal(folder, files).damage).toHaveLength(1)
    }
  })
})

describe('what else a disk or a hand can do', () => {
  const [, second] = names.filter((name) => name.endsWith('.ndjson'))
  const first = Number(second!.slice(0, 16))
  const within = all.records.filter(({ segment }) => segment === first)
  const last = within.at(-1)!.seq

  test('a segment gone', async () => {
    const files = sound.restart('dropped')
    files.delete(path(second!))
    const gone = { file: second!, start: 0, end: 0, seq: first, reason: 'missing segment' }
    expect(checkJournal(folder, files).damage).toEqual([gone])
    const read = readInParts(files, 100, true)
    expect(read.damage).toEqual([gone])
    expect(read.records).toHaveLength(40 - within.length)
    const found: Damage[] = []
    const journal = await open(files, (damage) => found.push(damage))
    expect(found).toEqual([gone])
    expect(journal.synced).toBe(40)
  })

  test('the newest segments gone, with a seal left: no number is given out again', async () => {
    const files = sound.restart('dropped')
    const segments = names.filter((name) => name.endsWith('.ndjson'))
    files.delete(path(segments.at(-1)!))
    files.delete(path(segments.at(-2)!))
    const found: Damage[] = []
    const journal = await open(files, (damage) => found.push(damage))
    expect(found).toMatchObject([{ file: segments.at(-2), reason: 'missing segment' }])
    expect(journal.synced).toBe(Number(segments.at(-1)!.slice(0, 16)) - 1)
    expect(checkJournal(folder, files).damage).toEqual(found)
  })

  test('a segment cut short', async () => {
    const files = await changed(second!, (bytes) => bytes.subarray(0, within.at(-1)!.offset + 20))
    const read = readInParts(files, 100, true)
    expect(read.damage).toMatchObject([{ file: second, seq: last, reason: 'torn' }])
    expect(read.records).toHaveLength(39)
    expect(checkJournal(folder, files).damage.length).toBeGreaterThan(0)
    const found: Damage[] = []
    await open(files, (damage) => found.push(damage))
    expect(found).toMatchObject([{ file: second, reason: 'torn' }])
  })

  test('the oldest segment gone, and not by retention', async () => {
    for (const retained of [false, true]) {
      const files = sound.restart('dropped')
      let now = clock.now()
      const journal = await openJournal({
        folder,
        files,
        clock: { ...clock, now: () => now },
        limits,
        retentionDays: 1,
        onDamage: () => expect.fail('damage'),
      })
      now += 3 * 24 * 3600_000
      if (retained) await journal.retain(last + 1)
      await journal.close()
      expect(checkJournal(folder, files).damage).toEqual([])
      const [oldest] = files
        .list(folder)
        .filter((name) => name.endsWith('.ndjson'))
        .sort()
      expect(oldest).toBe(segmentFile(retained ? last + 1 : 1))
      for (const name of files.list(folder)) {
        if (name.startsWith(oldest!.slice(0, 16))) files.delete(path(name))
      }
      const gone = [{ file: oldest, reason: 'missing segment' }]
      expect(checkJournal(folder, files).damage).toMatchObject(gone)
      expect(readInParts(files, 100, true).damage).toMatchObject(gone)
    }
  })

  test('segments that retention takes during the check are not missed', async () => {
    const after = sound.restart('dropped')
    await writeOldest(folder, last + 1, after)
    await removeBelow(folder, last + 1, after)
    let now = sound
    const files = {
      open: (path: string) => now.open(path),
      list(folder: string) {
        const found = now.list(folder)
        now = after
        return found
      },
    }
    expect(checkJournal(folder, files).damage).toEqual([])
  })

  test('a seal damaged behind a write that failed', async () => {
    const following = Buffer.from(sound.contents(path(segmentFile(last + 1)))!)
    const line = following.subarray(0, following.indexOf('\n') + 1)
    const files = await changed(segmentFile(first), (before) => Buffer.concat([before, line]))
    files.overwrite(path(segmentFile(first, 'seal.json')), Buffer.from('{}'))
    for (const bytesMax of [50, 100, 150, 200]) {
      expect(readInParts(files, bytesMax, true).records).toEqual(all.records)
    }
  })

  test('a seal gone', async () => {
    const files = sound.restart('dropped')
    const seal = segmentFile(first, 'seal.json')
    files.delete(path(seal))
    expect(checkJournal(folder, files).damage).toMatchObject([{ file: seal, reason: 'seal' }])
    expect(readInParts(files, 100, true).records).toEqual(all.records)
    const found: Damage[] = []
    await open(files, (damage) => found.push(damage))
    expect(found).toMatchObject([{ file: seal, reason: 'seal' }])
  })

  test('bytes added within or lost from a record: the next line is found', async () => {
    const { offset } = within[2]!
    const inside = sound.contents(path(second!))!.indexOf('"text"', offset)
    const cuts = [
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, inside), bytes.subarray(inside + 10)]),
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(0, inside), Buffer.from('more'), bytes.subarray(inside)]),
    ]
    for (const cut of cuts) {
      const files = await changed(second!, cut)
      const { records } = readJournal(folder, { from: 1, to: last, bytesMax: 1e9 }, files)
      const missing = all.records.filter(
        (r) => r.seq <= last && !records.some((s) => s.seq === r.seq),
      )
      expect(missing.map(({ seq }) => seq)).toEqual(
        cut === cuts[0] ? [within[2]!.seq] : [within[2]!.seq, last],
      )
      expect(checkJournal(folder, files).damage.length).toBeGreaterThan(0)
    }
  })

  test('two lines swapped are out of sequence', async () => {
    const [a, b, c] = within.slice(1, 4).map(({ offset }) => offset) as [number, number, number]
    const files = await changed(second!, (bytes) =>
      Buffer.concat([
        bytes.subarray(0, a),
        bytes.subarray(b, c),
        bytes.subarray(a, b),
        bytes.subarray(c),
      ]),
    )
    const { damage } = checkJournal(folder, files)
    expect(damage.length).toBeGreaterThan(0)
    expect(new Set(damage.map(({ reason }) => reason))).toEqual(new Set(['sequence']))
    const read = readInParts(files, 1e9, true)
    expect(read.damage.map(({ reason }) => reason)).toContain('sequence')
    expect(read.records).toHaveLength(39)
  })

  test('a record replaced by another, with all its checksums, does not fit the seal', async () => {
    const donor = within[0]!
    const files = sound.restart('dropped')
    const other = new SimulatedFiles()
    const journal = await open(other, () => {})
    for (let i = 1; i <= donor.seq; i++) {
      await journal.append([
        { from: donor.from, record: Buffer.from(String(donor.record).replace('x', 'y')) },
      ])
    }
    const line = other.contents(path(second!))
    expect(line?.length).toBeGreaterThan(0)
    const original = files.contents(path(second!))!
    files.overwrite(path(second!), Buffer.concat([line!, original.subarray(line!.length)]))
    expect(checkJournal(folder, files).damage).toMatchObject([
      { file: second, start: 0, reason: 'checksum' },
    ])
  })
})
