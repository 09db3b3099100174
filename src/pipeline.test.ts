import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ManualClock } from '../test/manual-clock.ts'
import { MemorySink } from '../test/memory-sink.ts'
import { MemoryState } from '../test/memory-state.ts'
import { loadConfig } from './config.ts'
import { openMemoryJournal } from './journal/memory-journal.ts'
import { jsonLog } from './log.ts'
import { startPipeline } from './pipeline.ts'

test('gives up nothing of the journal by a clock that has just leapt', async () => {
  const data = mkdtempSync(join(tmpdir(), 'contrail-pipeline-'))
  const journalFolder = join(data, 'journal')
  mkdirSync(journalFolder)
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 12))
  const journal = openMemoryJournal({ clock, retentionDays: 91 })
  let retained = 0
  const counting = { ...journal, retain: async () => void retained++ }
  const pipeline = startPipeline({
    config: loadConfig({ env: {}, flags: {} }),
    state: new MemoryState(),
    journal: counting,
    journalFolder,
    data,
    sink: new MemorySink(),
    secret: 'secret',
    clock,
    log: jsonLog(
      () => {},
      () => 0,
    ),
  })
  try {
    await clock.advance(3600_000)
    expect(retained).toBe(1)
    clock.jump(365 * 24 * 3600_000)
    await clock.advance(3600_000)
    expect(retained).toBe(1)
    clock.jump(-365 * 24 * 3600_000)
    await clock.advance(3600_000)
    expect(retained).toBe(2)
  } finally {
    await pipeline.close()
    rmSync(data, { recursive: true, force: true })
  }
})
