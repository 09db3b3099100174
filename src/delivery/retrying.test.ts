import { expect, test, vi } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { SinkError } from '../trails/contract.ts'
import { Retrying } from './retrying.ts'

function retrying(work: () => Promise<void>) {
  const clock = new ManualClock(0)
  const onFailure = vi.fn<(reason: string, pauseMs: number) => void>()
  return { clock, onFailure, runs: new Retrying({ work, onFailure, clock, random: () => 1 }) }
}

test('work that fails is tried again, ever more slowly, and at least every 5 minutes', async () => {
  const { clock, onFailure, runs } = retrying(async () => {
    throw new SinkError('NoSuchBucket', 'gone')
  })
  runs.wake()
  await clock.advance(2 * 3600_000)
  const pauses = onFailure.mock.calls.map(([, pauseMs]) => pauseMs / 1_000)
  expect(pauses.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
  expect(onFailure.mock.calls[0]![0]).toBe('NoSuchBucket')
})

test('work fails for long when it has failed ten times in a row', async () => {
  let left = 10
  const { clock, runs } = retrying(async () => {
    if (left-- > 0) throw new Error('not yet')
  })
  expect([runs.hasRun, runs.failing, runs.failingLong]).toEqual([false, false, false])
  runs.wake()
  await clock.advance(8 * 60_000)
  expect([left, runs.hasRun, runs.failing, runs.failingLong]).toEqual([1, true, true, false])
  await clock.advance(60_000)
  expect([left, runs.failing, runs.failingLong]).toEqual([0, true, true])
  await clock.advance(5 * 60_000)
  expect([runs.failing, runs.failingLong]).toEqual([false, false])
})

test('a wake waits for the next try, a flush does not', async () => {
  const work = vi.fn().mockRejectedValueOnce(new Error('once')).mockResolvedValue(undefined)
  const { clock, runs } = retrying(work)
  await runs.flush()
  runs.wake()
  await clock.advance(999)
  expect(work).toHaveBeenCalledTimes(1)
  await runs.flush()
  expect(work).toHaveBeenCalledTimes(2)
  expect(runs.failing).toBe(false)
  await clock.advance(3600_000)
  expect(work).toHaveBeenCalledTimes(2)
})

test('a wake during a run is not lost, however late it comes', async () => {
  let runs: Retrying
  const work = vi.fn(async () => {
    // The work has looked for the last time; who comes now comes before the run has ended.
    if (work.mock.calls.length === 1) queueMicrotask(() => runs.wake())
  })
  runs = retrying(work).runs
  runs.wake()
  await new Promise(setImmediate)
  expect(work).toHaveBeenCalledTimes(2)
})

test('close waits for the run and begins no other', async () => {
  const under = Promise.withResolvers<void>()
  const work = vi.fn(() => under.promise)
  const { clock, runs } = retrying(work)
  runs.wake()
  let isClosed = false
  const closing = runs.close().then(() => {
    isClosed = true
  })
  runs.wake()
  await clock.advance(0)
  expect([runs.closed, isClosed]).toEqual([true, false])
  under.reject(new Error('late'))
  await closing
  await clock.advance(3600_000)
  expect(work).toHaveBeenCalledTimes(1)
})
