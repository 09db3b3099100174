import { afterEach, beforeEach, expect, test } from 'vitest'
import { ManualClock } from '../test/manual-clock.ts'
import { StorageError } from './errors.ts'
import { jsonLog } from './log.ts'
import { RefusalLog } from './refusal-log.ts'

const full = new StorageError('disk full', 'Too little free disk at /data')
let clock: ManualClock
let lines: string[]
let isReady: boolean
let log: RefusalLog

beforeEach(() => {
  clock = new ManualClock(Date.UTC(2026, 10, 21, 12))
  lines = []
  isReady = false
  log = new RefusalLog(
    jsonLog(
      (line) => lines.push(line),
      () => clock.now(),
    ),
    clock,
    {
      ready: async () => {
        if (!isReady) throw full
      },
    },
  )
})
afterEach(() => log.close())

const written = () => lines.map((line) => JSON.parse(line))

test('a full disk is told of when it begins and when it ends, however many calls it refuses', async () => {
  for (let second = 0; second < 60; second++) {
    log.error('call failed', full, { requestId: `r${second}` })
    await clock.advance(1_000)
  }
  const began = { time: '2026-11-21T12:00:00.000Z', level: 'warn', event: 'calls are refused' }
  const why = { reason: 'disk full', message: 'Too little free disk at /data' }
  expect(written()).toEqual([{ ...began, ...why }])
  // Nobody calls any more, and the disk is still full.
  await clock.advance(3600_000)
  expect(lines).toHaveLength(1)
  isReady = true
  await clock.advance(5_000)
  expect(written()[1]).toMatchObject({
    level: 'info',
    event: 'calls are taken again',
    refused: 60,
  })
  log.error('ingest failed', full)
  expect(written()[2]).toMatchObject({ event: 'calls are refused' })
})

test('calls that are refused now and then are one spell', async () => {
  isReady = true
  for (let second = 0; second < 30; second++) {
    log.error('call failed', new StorageError('busy', 'Too much waits'))
    await clock.advance(1_000)
  }
  expect(lines).toHaveLength(1)
  await clock.advance(10_000)
  expect(written().map(({ event }) => event)).toEqual([
    'calls are refused',
    'calls are taken again',
  ])
  await clock.advance(60_000)
  expect(lines).toHaveLength(2)
})

test('every other failure is told of each time, with its stack', () => {
  const failures = [new StorageError('i/o error', 'EIO'), new TypeError('a bug')]
  for (const failure of [...failures, ...failures]) log.error('call failed', failure)
  expect(lines).toHaveLength(4)
  for (const { error } of written()) expect(error).toContain('refusal-log.test.ts')
})

test('after its close it tells of no end', async () => {
  log.error('call failed', full)
  log.close()
  isReady = true
  await clock.advance(60_000)
  expect(lines).toHaveLength(1)
})

test('a log that is told of a full disk by others writes no stack either', () => {
  const plain = jsonLog((line) => lines.push(line), Date.now)
  const cause = new Error('ENOSPC: no space left on device, write')
  plain.error('objects: upkeep failed', new StorageError('disk full', 'A blob', { cause }))
  expect(written()[0].error).toBe('A blob\ncaused by ENOSPC: no space left on device, write')
})
