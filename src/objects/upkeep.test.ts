// Upkeep runs a while after the start and then daily, one run at a time, and ends when it is told to.
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { MemoryBlobs } from '../../test/memory-blobs.ts'
import { MemoryState } from '../../test/memory-state.ts'
import { systemIds } from '../ids.ts'
import { startUpkeep } from './upkeep.ts'

const aWhile = 5_000
const day = 86_400_000

class SweptBlobs extends MemoryBlobs {
  sweeps = 0
  steps = 0
  /** Each step waits for it. */
  pace: Promise<void> | undefined
  failure: Error | undefined

  isEmpty() {
    return false
  }

  async *sweep() {
    this.sweeps++
    if (this.failure) throw this.failure
    for (let i = 0; i < 10; i++) {
      this.steps++
      await this.pace
      yield
    }
  }
}

function world() {
  const [state, blobs, clock] = [new MemoryState(), new SweptBlobs(), new ManualClock(0)]
  const complaints: string[] = []
  const note = (what: string) => void complaints.push(what)
  const log = { info: note, warn: note, error: note }
  const stop = startUpkeep({ state, blobs, clock, ids: systemIds, log })
  return { state, blobs, clock, complaints, stop }
}

describe('upkeep', () => {
  test('sweeps a while after the start, and then daily', async () => {
    const { blobs, clock, stop } = world()
    await clock.advance(aWhile - 1)
    expect(blobs.sweeps).toBe(0)
    await clock.advance(1)
    expect(blobs).toMatchObject({ sweeps: 1, steps: 10 })
    await clock.advance(2 * day)
    expect(blobs.sweeps).toBe(3)
    await stop()
    await clock.advance(2 * day)
    expect(blobs.sweeps).toBe(3)
  })

  test('forgets completed uploads although the sweep fails, and says so', async () => {
    const { state, blobs, clock, complaints } = world()
    blobs.failure = new Error('a disk')
    const tx = state.begin()
    tx.rows.put('completed-upload', Buffer.from('u'), { at: -2 * day })
    await state.commit(tx)
    await clock.advance(aWhile)
    expect(await state.begin().rows.get('completed-upload', Buffer.from('u'))).toBeUndefined()
    expect(complaints).toEqual(['objects: sweep failed'])
  })

  test('does not begin again before it has ended, and ends at its next step', async () => {
    const { blobs, clock, stop } = world()
    const step = Promise.withResolvers<void>()
    blobs.pace = step.promise
    await clock.advance(3 * day)
    expect(blobs).toMatchObject({ sweeps: 1, steps: 1 })
    const stopped = stop()
    step.resolve()
    await stopped
    expect(blobs.steps).toBe(1)
  })
})
