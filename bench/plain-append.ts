// What the disk can do: the limit that durable ingest is held against.
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Appends each piece and syncs it before the next; gives the pieces a second. */
export function plainAppendRate(folder: string, pieces: readonly Buffer[]): number {
  const times = plainAppendTimes(folder, pieces)
  return (pieces.length * 1_000) / times.reduce((sum, time) => sum + time, 0)
}

/** The same, giving the milliseconds of each. */
export function plainAppendTimes(folder: string, pieces: readonly Buffer[]): number[] {
  const path = join(folder, 'plain-append')
  const file = openSync(path, 'a')
  try {
    return pieces.map((piece) => {
      const started = performance.now()
      writeSync(file, piece)
      fdatasyncSync(file)
      return performance.now() - started
    })
  } finally {
    closeSync(file)
    rmSync(path)
  }
}
