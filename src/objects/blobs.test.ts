// Contents as files: durable when told so, gone when nobody names them, whatever fails in between.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Crash, type Fault, SimulatedFiles } from '../../test/faults/simulated-files.ts'
import { MemoryState } from '../../test/memory-state.ts'
import type { Clock } from '../clock.ts'
import { ApiError } from '../errors.ts'
import { type Files, systemFiles } from '../files.ts'
import { systemIds } from '../ids.ts'
import { sweepBlobs } from './blob-sweep.ts'
import { FileBlobs } from './blobs.ts'
import type { BlobRef } from './contract.ts'

let folder: string
let due: Array<() => void>
const clock: Clock = {
  now: () => 0,
  after: (_, task) => {
    due.push(task)
    return () => undefined
  },
}
const limits = { blobReleaseDelay: 1_000, diskFreeBytesMin: 1_000 }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blobs-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(() => {
  due = []
})

const openBlobs = (files: Files = systemFiles, place = join(folder, 'blobs')) =>
  new FileBlobs({ folder: place, files, clock, ids: systemIds, limits })
const bytesMax = 1e9

async function* chunks(...all: Buffer[]) {
  yield* all
}

async function gathered(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of source) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function names(): Promise<string[]> {
  const all = await readdir(join(folder, 'blobs'), { recursive: true })
  return all.filter((name) => name.includes('/'))
}

async function done(steps: AsyncIterable<void>): Promise<void> {
  for await (const _ of steps);
}

/** Until what was begun on the real disk is over. */
const settled = (condition: () => Promise<boolean>) =>
  expect.poll(condition, { interval: 2 }).toBe(true)

describe('what is written', () => {
  const big = Buffer.alloc(2_500_000, 'some bytes, not all the same ')

  test.each([
    ['one buffer', big, big],
    ['chunks', chunks(Buffer.from('ab'), Buffer.alloc(0), big, Buffer.from('c')), undefined],
    ['nothing', Buffer.alloc(0), Buffer.alloc(0)],
    ['no chunks', chunks(), Buffer.alloc(0)],
  ])('%s is read back, wholly and in ranges', async (_, body, known) => {
    const whole = known ?? Buffer.concat([Buffer.from('ab'), big, Buffer.from('c')])
    const blobs = openBlobs()
    const written = await blobs.write(body, { bytesMax })
    expect(written.size).toBe(whole.length)
    const refs = [written, await blobs.write(Buffer.from('tail'), { bytesMax })]
    const all = Buffer.concat([whole, Buffer.from('tail')])
    for (const [start, end] of [
      [0, all.length],
      [1, 2],
      [Math.max(whole.length - 1, 0), whole.length + 2],
      [all.length, all.length],
    ] as const) {
      const read = await gathered(blobs.read(refs, start, end))
      expect(read.equals(all.subarray(start, end))).toBe(true)
    }
  })

  test('is held in small pieces, however it comes: thousands may be slow to take theirs', async () => {
    const files = new SimulatedFiles()
    let [largest, most] = [0, 0]
    const create = async (path: string) => {
      const file = await SimulatedFiles.prototype.create.call(files, path)
      const write: typeof file.write = (chunks, offset) => {
        largest = Math.max(largest, Buffer.concat(chunks).length)
        most = Math.max(most, chunks.length)
        return file.write(chunks, offset)
      }
      return { ...file, write }
    }
    const tiny = Array.from({ length: 3_000 }, () => Buffer.from('x'))
    const slow = openBlobs(Object.assign(files, { create }), '/b')
    const { id } = await slow.write(chunks(big, ...tiny), { bytesMax })
    const whole = Buffer.concat([big, ...tiny])
    expect(files.contents(`/b/${id.slice(0, 2)}/${id}`)!.equals(whole)).toBe(true)
    expect(most).toBeLessThanOrEqual(1_024)
    expect(largest).toBeLessThan(2 * 128 * 1024)
    const blobs = openBlobs()
    const blob = await blobs.write(chunks(big, Buffer.from('c')), { bytesMax })
    for await (const piece of blobs.read([blob], 0, blob.size)) {
      expect(piece.length).toBeLessThanOrEqual(128 * 1024)
    }
  })

  test('is hashed, and is for the owner only', async () => {
    const written = await openBlobs().write(Buffer.from('hello'), {
      bytesMax,
      checksums: ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'],
    })
    expect(written).toMatchObject({
      md5: '5d41402abc4b2a76b9719d911017c592',
      checksums: {
        CRC32: 'NhCmhg==',
        CRC32C: 'mnG7TA==',
        CRC64NVME: 'M3eFcAZSQlc=',
        SHA1: 'qvTGHdzF6KLavt4PO0gs2a6pQ00=',
        SHA256: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
      },
    })
    const path = join(folder, 'blobs', written.id.slice(0, 2), written.id)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })
})

describe('what fails leaves nothing', () => {
  const bad = new ApiError('SignatureDoesNotMatch', 'a bad last chunk')
  async function* failing() {
    yield Buffer.alloc(3_000_000)
    throw bad
  }

  test.each([
    ['a body that fails', () => failing(), bad],
    [
      'too long a body',
      () => chunks(Buffer.alloc(2_000_000), Buffer.alloc(2_000_000)),
      new ApiError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
        details: { MaxSizeAllowed: '3500000' },
      }),
    ],
  ])('%s', async (_, body, error) => {
    const before = await names()
    await expect(openBlobs().write(body(), { bytesMax: 3_500_000 })).rejects.toThrow(error)
    expect(await names()).toEqual(before)
  })

  test('a nearly full disk', async () => {
    const files = new SimulatedFiles()
    files.bytesFree = 900
    const written = openBlobs(files, '/b').write(Buffer.from('x'), { bytesMax })
    await expect(written).rejects.toMatchObject({ name: 'StorageError', reason: 'disk full' })
  })
})

describe('what is let go of', () => {
  test('goes after a while, when nobody reads it, and only once', async () => {
    const blobs = openBlobs()
    const blob = await blobs.write(Buffer.alloc(1_500_000), { bytesMax })
    const isThere = async () => (await names()).some((name) => name.endsWith(blob.id))
    const reading = blobs.read([blob], 0, blob.size)
    await reading.next()
    blobs.release([blob])
    blobs.release([blob])
    const timePasses = () => {
      for (const task of due.splice(0)) task()
    }
    timePasses()
    timePasses()
    expect(await isThere()).toBe(true)
    await reading.return(undefined)
    timePasses()
    await settled(async () => !(await isThere()))
    expect(due).toEqual([])
  })

  test('stays for a while, for those who were about to read it', async () => {
    const blobs = openBlobs()
    const [first, second] = await Promise.all(
      ['a', 'b'].map((text) => blobs.write(Buffer.from(text), { bytesMax })),
    )
    blobs.release([first!])
    due.pop()!()
    blobs.release([second!])
    due.pop()!()
    const isThere = async (id: string) => (await names()).some((name) => name.endsWith(id))
    await settled(async () => !(await isThere(first!.id)))
    expect(await isThere(second!.id)).toBe(true)
  })

  test('a sweep takes what earlier processes left and no row names', async () => {
    const [earlier, now] = [openBlobs(), openBlobs()]
    const write = (blobs: FileBlobs) => blobs.write(Buffer.from('x'), { bytesMax })
    const [inPart, inObject, left] = [
      await write(earlier),
      await write(earlier),
      await write(earlier),
    ]
    const underWay = await write(now)
    const state = new MemoryState()
    const tx = state.begin()
    tx.rows.put('part', Buffer.from('p'), { blob: inPart })
    tx.rows.put('object', Buffer.from('o'), { blobs: [inObject] })
    await state.commit(tx)
    await done(sweepBlobs(state.begin().rows, now, 1024))
    const kept = (await names()).map((name) => name.split('/')[1])
    expect(kept).toEqual(expect.arrayContaining([inPart.id, inObject.id, underWay.id]))
    expect(kept).not.toContain(left.id)
  })

  test('what this process wrote goes when two sweeps find no name for it', async () => {
    const files = new SimulatedFiles()
    const blobs = openBlobs(files, '/b')
    const write = () => blobs.write(Buffer.from('x'), { bytesMax })
    const [left, named] = [await write(), await write()]
    const isThere = ({ id }: BlobRef) => files.contents(`/b/${id.slice(0, 2)}/${id}`) !== undefined
    await done(blobs.sweep(() => false))
    expect([left, named].map(isThere)).toEqual([true, true])
    await done(blobs.sweep((id) => id === named.id))
    expect([left, named].map(isThere)).toEqual([false, true])
  })

  test('a sweep leaves alone what is being written, read, or was let go of a moment ago', async () => {
    const files = new SimulatedFiles()
    const [earlier, blobs] = [openBlobs(files, '/b'), openBlobs(files, '/b')]
    const going = await earlier.write(Buffer.from('x'), { bytesMax })
    const arrived = Promise.withResolvers<void>()
    async function* slow() {
      yield Buffer.alloc(1024 * 1024)
      await arrived.promise
    }
    const writing = blobs.write(slow(), { bytesMax })
    blobs.release([going])
    for (let sweep = 0; sweep < 3; sweep++) await done(blobs.sweep(() => false))
    arrived.resolve()
    for (const { id } of [going, await writing]) {
      expect(files.contents(`/b/${id.slice(0, 2)}/${id}`)).toBeDefined()
    }
  })
})

// A disk that fails, or a machine that dies, at each operation of a write and its commit.
describe('each step of a write', () => {
  const content = Buffer.alloc(300_000, 'content ')
  const place = '/data/blobs'

  /** Writes and "commits": a blob that is named was acknowledged. */
  async function work(files: SimulatedFiles, named: BlobRef[]): Promise<void> {
    const blobs = openBlobs(files, place)
    named.push(await blobs.write(chunks(content.subarray(0, 5), content.subarray(5)), { bytesMax }))
    named.push(await blobs.write(content, { bytesMax }))
  }

  async function operations(): Promise<number> {
    const files = new SimulatedFiles()
    await work(files, [])
    return files.operations
  }

  const contentsOf = (files: SimulatedFiles, { id }: Pick<BlobRef, 'id'>) =>
    files.contents(join(place, id.slice(0, 2), id))

  test.each([
    ['crash', 'kept'],
    ['crash', 'dropped'],
    ['crash', 'torn'],
    ['EIO', 'kept'],
    ['ENOSPC', 'dropped'],
  ] as const)('%s, then %s: all of a blob or nothing', async (kind, crash: Crash) => {
    const fault: Fault = kind === 'crash' ? { kind } : { kind: 'error', code: kind, forever: false }
    for (let at = 1, last = await operations(); at <= last + 1; at++) {
      const files = new SimulatedFiles()
      const named: BlobRef[] = []
      files.failAt(at, fault)
      await work(files, named).catch((error) => expect(error.name).toBe('StorageError'))
      const next = files.restart(crash)
      await done(openBlobs(next, place).sweep((id) => named.some((blob) => blob.id === id)))
      const left = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0')).flatMap(
        (shard) => next.list(join(place, shard)),
      )
      expect(left.sort()).toEqual(named.map(({ id }) => id).sort())
      for (const blob of named) expect(contentsOf(next, blob)!.equals(content)).toBe(true)
    }
  })

  test('an error without a crash leaves no file either', async () => {
    for (let at = 1, last = await operations(); at <= last; at++) {
      const files = new SimulatedFiles()
      const named: BlobRef[] = []
      files.failAt(at, { kind: 'error', code: 'EIO', forever: false })
      await expect(work(files, named)).rejects.toMatchObject({ name: 'StorageError' })
      const left = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0')).flatMap(
        (shard) => files.list(join(place, shard)),
      )
      expect(left).toEqual(named.map(({ id }) => id))
    }
  })
})
