import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import type { Appended } from '../journal/contract.ts'
import { BulkAppends, Room } from './bulk-appends.ts'

test('room is given in the order it was asked for', async () => {
  const room = new Room(100)
  const entered: number[] = []
  for (const bytes of [60, 50, 30, 500]) void room.take(bytes).then(() => entered.push(bytes))
  const given = async (bytes: number) => {
    room.giveBack(bytes)
    await turn()
    return [...entered]
  }
  expect(await given(0)).toEqual([60])
  expect(await given(60)).toEqual([60, 50, 30])
  expect(await given(50)).toEqual([60, 50, 30])
  // What is larger than all of it waits until it is alone.
  expect(await given(30)).toEqual([60, 50, 30, 500])
})

test('who waits too long is refused, and those behind it go before', async () => {
  const clock = new ManualClock(0)
  const room = new Room(100)
  await room.take(60)
  const outcomes: string[] = []
  const wait = (bytes: number, ms: number) =>
    void room.takeWithin(bytes, ms, clock).then((isIn) => outcomes.push(`${bytes} ${isIn}`))
  wait(50, 10)
  wait(30, 20)
  await clock.advance(9)
  expect(outcomes).toEqual([])
  await clock.advance(1)
  expect(outcomes).toEqual(['50 false', '30 true'])
  // What is in is never put out, and what was refused holds nothing.
  await clock.advance(100)
  wait(11, 10)
  wait(10, 10)
  await clock.advance(10)
  expect(outcomes.slice(2)).toEqual(['11 false', '10 true'])
})

function appendsTo(append: (count: number) => Promise<Appended>): BulkAppends {
  const journal = { append: (entries: readonly unknown[]) => append(entries.length) }
  return new BulkAppends(journal, { from: 'ingest:a', room: new Room(1e6), batchBytes: 1_000 })
}

test('accepted and duplicates are counted once they are durable', async () => {
  const waiting: Array<() => void> = []
  const appends = appendsTo(async (count) => {
    await new Promise<void>((done) => waiting.push(done))
    return { seqs: Array.from({ length: count }, (_, i) => (i === 0 ? undefined : i)) }
  })
  const record = Buffer.alloc(300)
  expect([record, record, record].map((one) => appends.add(one))).toEqual([false, false, true])
  await appends.flush()
  appends.add(record)
  const ended = appends.end()
  expect(appends.accepted).toBe(0)
  await expect.poll(() => waiting.length).toBe(2)
  for (const done of waiting) done()
  await ended
  expect([appends.accepted, appends.duplicates]).toEqual([2, 2])
})

test('after a failure nothing more is appended, and it is told when all has settled', async () => {
  let count = 0
  const appends = appendsTo(async () => {
    count++
    throw new Error('disk')
  })
  appends.add(Buffer.alloc(2_000))
  await appends.flush()
  await turn()
  appends.add(Buffer.alloc(2_000))
  await expect(appends.end()).rejects.toThrow('disk')
  expect(count).toBe(1)
})
