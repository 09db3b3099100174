import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { limits } from '../limits.ts'
import type { Log } from '../log.ts'
import type { Transaction } from '../operation.ts'
import { sweepBlobs } from './blob-sweep.ts'
import type { FileBlobs } from './blobs.ts'
import type { Blobs } from './contract.ts'
import { runLifecycle } from './lifecycle-run.ts'

export type UpkeepOptions = Readonly<{
  state: Readonly<{ begin(): Transaction; commit(tx: Transaction): Promise<void> }>
  blobs: Blobs & Pick<FileBlobs, 'isEmpty' | 'sweep'>
  clock: Clock
  ids: Ids
  log: Log
}>

/** Not at once: a start has other things to do. Then daily, as S3 carries out its life-cycle rules. */
const firstRunAfter = 5_000
const runEvery = 24 * 3600_000

/**
 * Keeps the store in order while it serves: what bodies that came to nothing have left goes, and what
 * life-cycle rules say is done. The returned function ends it at its next step; what is left is done next
 * time.
 */
export function startUpkeep(options: UpkeepOptions): () => Promise<void> {
  const { state, blobs, clock, log } = options
  const tasks: ReadonlyArray<readonly [name: string, steps: () => AsyncGenerator<void>]> = [
    ['sweep', () => sweepBlobs(state.begin().rows, blobs, limits.sweepFilterBytes)],
    ['life cycle', () => runLifecycle(options)],
  ]
  let closed = false
  const run = async () => {
    for (const [name, steps] of tasks) {
      try {
        for await (const _ of steps()) if (closed) return
      } catch (error) {
        log.error(`objects: ${name} failed`, error)
      }
    }
    if (!closed) cancel = schedule(runEvery)
  }
  let running = Promise.resolve()
  const schedule = (ms: number) =>
    clock.after(ms, () => {
      running = run()
    })
  let cancel = schedule(firstRunAfter)
  return async () => {
    closed = true
    cancel()
    await running
  }
}
