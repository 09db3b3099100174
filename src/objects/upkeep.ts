import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Log } from '../log.ts'
import type { Transaction } from '../operation.ts'
import { sweepBlobs } from './blob-sweep.ts'
import type { FileBlobs } from './blobs.ts'
import { runLifecycle } from './lifecycle-run.ts'

export type UpkeepOptions = Readonly<{
  state: Readonly<{ begin(): Transaction; commit(tx: Transaction): Promise<void> }>
  blobs: FileBlobs
  clock: Clock
  ids: Ids
  log: Log
}>

/** Life-cycle rules are carried out some minutes after the start, and then daily, as S3 does. */
const firstRunAfter = 10 * 60_000
const runEvery = 24 * 3600_000

/**
 * Keeps the store in order while it serves: what earlier processes left of bodies that came to nothing goes
 * now, what life-cycle rules say is done daily. The returned function ends it; what is left is done next
 * time.
 */
export function startUpkeep(options: UpkeepOptions): () => Promise<void> {
  const { state, blobs, clock, log } = options
  let closed = false
  let running = sweepBlobs(state.begin().rows, blobs).catch((error) => {
    if (!closed) log.error('objects: sweep failed', error)
  })
  const run = async () => {
    for await (const _ of runLifecycle(options)) if (closed) return
  }
  const schedule = (ms: number) =>
    clock.after(ms, () => {
      running = run().catch((error) => log.error('objects: life cycle failed', error))
      cancel = schedule(runEvery)
    })
  let cancel = schedule(firstRunAfter)
  return async () => {
    closed = true
    cancel()
    await running
  }
}
