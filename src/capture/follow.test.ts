import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { MemoryState } from '../../test/memory-state.ts'
import { StorageError } from '../errors.ts'
import type { Journal } from '../journal/contract.ts'
import { limits as usual } from '../limits.ts'
import { Counter } from '../metrics.ts'
import type { FollowSetting } from './feeds/settings.ts'
import { type Following, startFollowing } from './follow.ts'

const limits = { ...usual, feedChunkBytes: 4_000, recordBytesMax: 3_000 }
let folder: string
let state: MemoryState
let clock: ManualClock
let kept: string[]
let appended: number
let failures: Error[]
let warned: string[]
let told: object[]
let stop: () => Promise<void>
let following: Following
let counted: Counter

const journal: Pick<Journal, 'append'> = {
  async append(entries) {
    const failure = failures.shift()
    if (failure) throw failure
    appended += entries.length
    const seqs = entries.map(({ record }) => {
      const text = record.toString()
      return kept.includes(text) ? undefined : kept.push(text)
    })
    return { seqs }
  },
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contrail-follow-'))
  state = new MemoryState()
  clock = new ManualClock(Date.parse('2026-11-21T05:00:00Z'))
  kept = []
  appended = 0
  failures = []
  warned = []
  told = []
  counted = new Counter()
  stop = async () => undefined
})
afterEach(async () => {
  await stop()
  rmSync(folder, { recursive: true, force: true })
})

async function start(where: Partial<FollowSetting>): Promise<void> {
  const warn = (event: string, fields?: object) => {
    warned.push(event)
    told.push({ event, ...fields })
  }
  const log = { info() {}, warn, error() {} }
  const defaults = { account: '111122223333', region: 'us-east-1' }
  const map = { eventTime: 'at', eventName: 'do', eventID: 'id' }
  const setting = { name: 'app', kind: 'mapping', eventSource: 'app.internal', map, ...where }
  const parts = { journal, state, clock, limits, log, items: counted }
  following = await startFollowing([setting], { ...parts, defaults })
  stop = following.stop
}

const line = (id: string | number, more = '') =>
  `{"at":"2026-11-21T04:44:23Z","do":"Pay","id":"${id}","more":"${more}"}\n`
const ids = () => kept.map((one) => JSON.parse(one).eventData.UID)
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => String(from + i))
const lines = (from: number, to: number) =>
  numbers(from, to)
    .map((n) => line(n))
    .join('')

/** Moves the clock on until it is so. */
async function until(condition: () => boolean): Promise<void> {
  const look = async () => {
    await clock.advance(500)
    return condition()
  }
  await expect.poll(look, { interval: 1, timeout: 10_000 }).toBe(true)
}

test('a file is read as it grows, lines half written wait, and bad ones harm no other', async () => {
  const file = join(folder, 'audit.log')
  await start({ file })
  await clock.advance(1_000)
  writeFileSync(file, `${lines(0, 100)}hello\n${line('x').slice(0, 30)}`)
  await until(() => kept.length === 100)
  appendFileSync(file, line('x').slice(30) + line('long', 'y'.repeat(9_000)) + line('z'))
  await until(() => kept.length === 102)
  expect(ids()).toEqual([...numbers(0, 100), 'x', 'z'])
  expect(warned).toEqual(['feed items refused', 'feed items refused'])
})

test('after an end it goes on where it was, after a crash with what it had, once', async () => {
  const file = join(folder, 'audit.log')
  writeFileSync(file, lines(0, 30))
  await start({ file })
  await until(() => kept.length === 30)
  await stop()
  appendFileSync(file, lines(30, 40))
  appended = 0
  await start({ file })
  await until(() => kept.length === 40)
  expect(appended).toBe(10)
  await stop()
  // As if the position had never been written.
  state = new MemoryState()
  await start({ file })
  await until(() => appended === 50)
  expect(kept).toHaveLength(40)
})

test('a crash before the first position was kept, and a rotation before the next start', async () => {
  const file = join(folder, 'audit.log')
  const commit = state.commit.bind(state)
  state.commit = async (tx) => {
    if (kept.length > 0) throw new StorageError('disk full', 'full')
    return await commit(tx)
  }
  writeFileSync(file, lines(0, 10))
  await start({ file })
  await until(() => kept.length === 10)
  await stop()
  state.commit = commit
  appendFileSync(file, lines(10, 20))
  renameSync(file, `${file}.1`)
  writeFileSync(file, lines(20, 25))
  await start({ file })
  await until(() => kept.length === 25)
})

test('rotation loses nothing: what comes late to the old file, and files that came and went', async () => {
  const file = join(folder, 'audit.log')
  writeFileSync(file, lines(0, 10))
  await start({ file })
  await until(() => kept.length === 10)
  renameSync(file, `${file}.1`)
  await clock.advance(2_000)
  appendFileSync(`${file}.1`, lines(10, 12))
  writeFileSync(file, '')
  await clock.advance(2_000)
  appendFileSync(file, lines(12, 20))
  await until(() => kept.length === 20)
  await stop()

  appendFileSync(file, lines(20, 25))
  renameSync(`${file}.1`, `${file}.2`)
  renameSync(file, `${file}.1`)
  writeFileSync(file, lines(25, 30))
  renameSync(`${file}.1`, join(folder, 'audit-2026-11-21T04-44-23.123.log'))
  writeFileSync(`${file}.other`, lines(90, 95))
  await start({ file })
  await until(() => kept.length === 30)
  expect(ids()).toEqual(numbers(0, 30))
})

test('a file that is cut is read anew, and one that is gone is said to be', async () => {
  const file = join(folder, 'audit.log')
  writeFileSync(file, lines(0, 10))
  await start({ file })
  await until(() => kept.length === 10)
  writeFileSync(file, lines(10, 12))
  await until(() => kept.length === 12)
  await stop()
  writeFileSync(file, lines(12, 30))
  await start({ file })
  await until(() => kept.length === 30)
  expect(warned).toEqual([
    'a followed file was cut; it is read from its beginning',
    'the file that was read last is gone; what it had more is not recorded',
  ])
})

test('a file that is cut and has more again than was read is read anew', async () => {
  const file = join(folder, 'audit.log')
  writeFileSync(file, lines(0, 10))
  await start({ file })
  await until(() => kept.length === 10)
  writeFileSync(file, lines(10, 40))
  await until(() => kept.length === 40)
  expect(ids()).toEqual(numbers(0, 40))
})

test.each(['at work', 'stopped'])(
  'what copytruncate took away while %s is in the copy',
  async (when) => {
    const file = join(folder, 'audit.log')
    writeFileSync(file, lines(0, 10))
    await start({ file })
    await until(() => kept.length === 10)
    if (when === 'stopped') await stop()
    appendFileSync(file, lines(10, 15))
    copyFileSync(file, `${file}.1`)
    truncateSync(file)
    appendFileSync(file, lines(15, 20))
    if (when === 'stopped') await start({ file })
    await until(() => kept.length === 20)
    expect(ids()).toEqual(numbers(0, 20))
    expect(warned).toEqual([])
  },
)

test('a file that goes away and comes back, with its folder', async () => {
  const below = join(folder, 'log')
  const file = join(below, 'audit.log')
  await start({ file })
  await clock.advance(2_000)
  mkdirSync(below)
  writeFileSync(file, lines(0, 10))
  await until(() => kept.length === 10)
  rmSync(file)
  await clock.advance(2_000)
  writeFileSync(file, lines(10, 20))
  await until(() => kept.length === 20)
  await stop()
  rmSync(below, { recursive: true })
  await start({ file })
  await until(() => warned.length > 0)
  await clock.advance(5_000)
  mkdirSync(below)
  writeFileSync(file, lines(20, 30))
  await until(() => kept.length === 30)
  expect(ids()).toEqual(numbers(0, 30))
  // Each once, however often it was looked at.
  expect(warned).toEqual([
    'a followed file cannot be read',
    'the file that was read last is gone; what it had more is not recorded',
  ])
})

test('half a line: over a restart, and at the end of a file that was rotated', async () => {
  const file = join(folder, 'audit.log')
  writeFileSync(file, lines(0, 2) + line('half').slice(0, 20))
  await start({ file })
  await until(() => kept.length === 2)
  await stop()
  appendFileSync(file, line('half').slice(20) + line('last').trim())
  await start({ file })
  await until(() => kept.length === 4)
  renameSync(file, `${file}.1`)
  appendFileSync(`${file}.1`, `\n${line('broken').slice(0, 20)}`)
  writeFileSync(file, lines(5, 7))
  await until(() => kept.length === 6)
  expect(ids()).toEqual(['0', '1', 'half', 'last', '5', '6'])
  const [{ places }] = told as [{ places: unknown }]
  const byte = (lines(0, 2) + line('half') + line('last')).length
  expect(places).toEqual([{ byte, reason: 'not JSON' }])
})

test('what is taken, repeated, refused and behind is counted; refusals have file, byte and reason', async () => {
  const file = join(folder, 'audit.log')
  await start({ file })
  expect(following.behind()).toEqual([{ labels: { feed: 'follow:app' }, value: 0 }])
  const text = `${lines(0, 3)}hello\n${line(2)}{}\n`
  writeFileSync(file, text)
  expect(following.behind()[0]!.value).toBe(text.length)
  await until(() => kept.length === 3)
  await until(() => following.behind()[0]!.value === 0)
  const counts = [...counted.samples()].map(({ labels, value }) => [labels['outcome'], value])
  expect(Object.fromEntries(counts)).toEqual({ taken: 3, repeated: 1, refused: 2 })
  const first = lines(0, 3).length
  const places = [
    { byte: first, reason: 'not JSON' },
    { byte: first + 6 + line(2).length, reason: 'no time that can be read' },
  ]
  const event = 'feed items refused'
  expect(told).toEqual([{ event, feed: 'app', path: file, items: 2, places }])
})

test('a request that waits for its response is not read again while nothing comes', async () => {
  const file = join(folder, 'vault.log')
  const entry = (type: string, id: string) =>
    `${JSON.stringify({ time: '2026-11-21T04:44:23Z', type, request: { id, operation: 'read', path: 'a' } })}\n`
  writeFileSync(file, entry('request', 'slow') + entry('response', 'fast'))
  await start({ file, kind: 'vault', map: undefined })
  await until(() => kept.length === 1)
  await clock.advance(60_000)
  expect(appended).toBe(1)
  appendFileSync(file, entry('response', 'slow'))
  await until(() => kept.length === 2)
  expect(ids()).toEqual(['fast', 'slow'])
})

test('while the journal takes nothing the position stays, and nothing is lost', async () => {
  const file = join(folder, 'audit.log')
  failures = [new StorageError('busy', 'busy'), new StorageError('disk full', 'full')]
  writeFileSync(file, lines(0, 10))
  await start({ file })
  await until(() => kept.length === 10)
  expect(warned).toEqual(['a feed waits for storage', 'a feed waits for storage'])
})

test('a socket that is made here: several writers, broken lines, and one of an earlier run', async () => {
  const path = join(folder, 'feed.sock')
  await start({ listen: path })
  const write = (text: string) =>
    new Promise<Socket>((done) => {
      const socket = connect(path, () => socket.end(text, () => done(socket)))
    })
  await Promise.all([
    write(lines(0, 50)),
    write(lines(50, 100)),
    write(`hello\n${line('last').trim()}`),
  ])
  await until(() => kept.length === 101)
  expect(ids().sort()).toEqual([...numbers(0, 100), 'last'].sort())
  await stop()
  await start({ listen: path })
  await write(line('again'))
  await until(() => ids().includes('again'))
})

test('what comes on a socket while the journal takes nothing is taken later, each once', async () => {
  const path = join(folder, 'feed.sock')
  failures = [new StorageError('busy', 'busy'), new StorageError('busy', 'busy')]
  await start({ listen: path })
  await new Promise<void>((done) => {
    const socket = connect(path, () => socket.end(lines(0, 500), () => done()))
  })
  await until(() => kept.length === 500)
  expect(ids()).toEqual(numbers(0, 500))
  expect(warned).toEqual(['a feed waits for storage', 'a feed waits for storage'])
})

test('a socket that the writer made: a list without end, and the writer that comes back', async () => {
  const path = join(folder, 'rgw.sock')
  const serve = async (text: string) => {
    const server = createServer((socket) => void socket.write(text))
    const sockets = new Set<Socket>()
    server.on('connection', (socket) => sockets.add(socket))
    await new Promise<void>((done) => server.listen(path, done))
    return async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    }
  }
  await start({ connect: path })
  await clock.advance(2_000)
  const first = await serve(`[${line('a').trim()},\n${line('b').trim()}`)
  await until(() => kept.length === 2)
  await first()
  const second = await serve(`[${line('c').trim()}`)
  await until(() => kept.length === 3)
  await second()
  expect(ids()).toEqual(['a', 'b', 'c'])
})
