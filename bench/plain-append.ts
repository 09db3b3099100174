// What the disk can do: the limit that durable ingest is held against.
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Appends each piece and syncs it before the next; resolves with the pieces a second. */
export function plainAppendRate(folder: string, pieces: readonly Buffer[]): number {
  const path = join(folder, 'plain-append')
  const file = openSync(path, 'a')
  try {
    const started = performance.now()
    for (const piece of pieces) {
      writeSync(file, piece)
      fdatasyncSync(file)
    }
    return (pieces.length * 1_000) / (performance.now() - started)
  } finally {
    closeSync(file)
    rmSync(path)
  }
}
