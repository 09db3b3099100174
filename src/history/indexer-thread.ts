// The thread that follows the journal, at its own pace.
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { Indexer } from './indexer.ts'
import type { FromIndexer, IndexerData, ToIndexer } from './protocol.ts'

/** A batch begins at most this often, so that a trickle of calls does not sync for each. */
const batchIntervalMs = 50
/** After a batch with so many records: the more there are in one, the less each of them costs. */
const busyIntervalMs = 150
const busyRecords = 200
/** Much at once when there is a backlog: it spares the disk, as each page is written once for more events. */
const batchBytes = 8 * 1024 * 1024
/**
 * 16 MB of index, most of which a large batch changes: smaller ones cost less to write, but a search for a
 * rare value looks into each. With 8 MB, LookupEvents by EventId took 4.3 ms at 10 M events instead of 2.7.
 */
const partEvents = 64 * 1024
const retireIntervalMs = 3600_000
/**
 * Steps down in priority, so that a burst is taken in fast and found a moment later. Five leave a third of a
 * busy processor: with ten a burst is faster still, but on a machine that others keep busy, too, a new
 * event was found only after most of a second.
 */
const niceness = 5
const firstPauseMs = 100
const longestPauseMs = 10_000

const port = parentPort!
const { now: startedAt, ...options } = workerData as IndexerData
const send = (message: FromIndexer) => port.postMessage(message)

let indexer: Indexer | undefined
let target = 0
let now = startedAt
/** By its own measure, and what the clock showed then. */
let retiredAt = performance.now()
let retiredTo = startedAt
let pause = firstPauseMs
let timer: NodeJS.Timeout | undefined
let nextBatchAt = Number.NEGATIVE_INFINITY

port.on('message', (message: ToIndexer) => {
  switch (message.what) {
    case 'advance':
      target = Math.max(target, message.seq)
      now = message.now
      break
    case 'condemn':
      attempt(() => indexer?.condemn(message.day, message.reason))
      break
    case 'close':
      clearTimeout(timer)
      letGo()
      port.close()
      return
  }
  schedule(nextBatchAt - performance.now())
})
yieldToIngest()
schedule(0)

/** Linux gives each thread a priority of its own; elsewhere nothing is changed. */
function yieldToIngest(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), niceness)
  } catch {
    // It is fast without it, too.
  }
}

function schedule(ms: number): void {
  timer ??= setTimeout(turn, Math.max(0, ms))
}

/** One batch; then the next, at once when there is a backlog, or after a pause when this one failed. */
function turn(): void {
  timer = undefined
  const before = indexer?.cursor ?? 0
  const began = performance.now()
  if (!attempt(work)) {
    schedule(pause)
    return
  }
  const isBusy = indexer!.cursor - before >= busyRecords
  nextBatchAt = began + (isBusy ? busyIntervalMs : batchIntervalMs)
  if (indexer!.cursor < target) schedule(0)
}

function work(): void {
  if (!indexer) {
    indexer = new Indexer({
      ...options,
      batchBytes,
      partEvents,
      report: (notice) => send({ what: 'notice', notice }),
    })
    indexer.check(now)
  }
  if (performance.now() - retiredAt >= retireIntervalMs) {
    // A clock that leaps ahead for less than the interval costs no day.
    indexer.retire(Math.min(now, retiredTo))
    retiredAt = performance.now()
    retiredTo = now
  }
  const changed = indexer.step(target, now)
  send({ what: 'progress', cursor: indexer.cursor, days: indexer.days(), changed })
}

/**
 * Failures are the disk's, and may pass: every file is let go of, opened anew and checked, and the
 * work tried again, ever more slowly.
 */
function attempt(task: () => void): boolean {
  try {
    task()
    pause = firstPauseMs
    return true
  } catch (error) {
    letGo()
    send({ what: 'failed', reason: String(error), pause })
    pause = Math.min(pause * 2, longestPauseMs)
    return false
  }
}

function letGo(): void {
  try {
    indexer?.close()
  } catch {
    // What could not be closed is not used again either.
  }
  indexer = undefined
}
