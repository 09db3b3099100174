// The planner's thread as a thread: what it makes of a journal on disk, and what comes after its end.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newTrail, startedAt } from '../../test/delivery-world.ts'
import { ManualClock } from '../../test/manual-clock.ts'
import { sampleEvent } from '../../test/sample-events.ts'
import { systemFiles } from '../files.ts'
import { openJournal } from '../journal/file-journal.ts'
import { limits } from '../limits.ts'
import type { BatchRequest } from './batch.ts'
import { openPlanner, type Planner } from './planner.ts'

let journalFolder: string
let planner: Planner
const threads: Worker[] = []
const heard = (thread: Worker) => threads.push(thread)

beforeEach(() => {
  journalFolder = mkdtempSync(join(tmpdir(), 'contrail-planner-'))
  planner = openPlanner({ journalFolder, secret: 'secret', limits })
  process.on('worker', heard)
})
afterEach(async () => {
  process.off('worker', heard)
  threads.length = 0
  await planner.close()
  rmSync(journalFolder, { recursive: true, force: true })
})

async function journalOf(count: number): Promise<string[]> {
  const journal = await openJournal({
    folder: journalFolder,
    files: systemFiles,
    clock: new ManualClock(startedAt),
    retentionDays: 90,
    onDamage: (damage) => expect(damage).toBeUndefined(),
  })
  const events = Array.from({ length: count }, (_, i) =>
    JSON.stringify(sampleEvent(startedAt, { eventID: `event-${i}` })),
  )
  await journal.append(events.map((event) => ({ from: 'ingest:x', record: Buffer.from(event) })))
  await journal.close()
  return events
}

const request = (to: number, from = 1): BatchRequest => ({
  trailId: 't',
  trail: { ...newTrail('t'), isLogging: true },
  from,
  to,
  synced: to,
  changes: [],
  held: [],
  footprintAlone: false,
  attempt: 0,
})

test('what a trail is owed comes from the thread as files, the same when asked again', async () => {
  const events = await journalOf(3)
  const [batch, again] = await Promise.all([planner.plan(request(3)), planner.plan(request(3))])
  expect(gunzipSync(batch.files[0]!.body).toString()).toBe(`{"Records":[${events.join()}]}`)
  expect(batch).toMatchObject({ to: 3, events: 3, held: [], damage: [], passed: [] })
  expect(again).toEqual(batch)
  expect(threads).toHaveLength(1)
})

test('a journal that is not there is an error and no damage, and the thread goes on', async () => {
  await journalOf(2)
  await expect(planner.plan(request(5, 6))).resolves.toMatchObject({ to: 5, files: [] })
  rmSync(journalFolder, { recursive: true })
  await expect(planner.plan(request(2))).rejects.toMatchObject({
    name: 'StorageError',
    message: `Error: There is no journal in ${journalFolder}`,
  })
  await journalOf(1)
  expect((await planner.plan(request(1))).events).toBe(1)
  expect(threads).toHaveLength(1)
})

test('when the thread dies all that wait are told, and the next one has a new thread', async () => {
  await journalOf(1)
  await planner.plan(request(1))
  const waiting = [planner.plan(request(1)), planner.plan(request(1))]
  const ends = Promise.allSettled(waiting)
  await threads[0]!.terminate()
  expect(await ends).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
  await expect(waiting[0]).rejects.toThrow("The planner's thread ended")
  expect((await planner.plan(request(1))).events).toBe(1)
  expect(threads).toHaveLength(2)
})

test('a closed one makes nothing, and tells those that wait', async () => {
  await journalOf(1)
  const waiting = expect(planner.plan(request(1))).rejects.toThrow('Delivery is closed')
  await planner.close()
  await waiting
  await expect(planner.plan(request(1))).rejects.toThrow('Delivery is closed')
})
