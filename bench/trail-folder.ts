// A data folder as months of ingest would leave it, made by the journal's and history's own code at full speed.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../src/clock.ts'
import { openDataFolder } from '../src/data-folder.ts'
import { systemFiles } from '../src/files.ts'
import { openHistory } from '../src/history/history.ts'
import type { Entry } from '../src/journal/contract.ts'
import { openJournal } from '../src/journal/file-journal.ts'
import { limits } from '../src/limits.ts'
import { generateTrail } from './generate.ts'

const dayMs = 24 * 3600_000
const batchEvents = 2_000
/** How far history may fall behind while the folder is made; a pause costs less than memory. */
const lagMax = 400_000

/** Where a bench keeps its files; on the machine's disk, and removed by the bench itself. */
export function benchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'contrail-bench-'))
}

/** Fills a data folder with events whose times are spread over the last `days`, and indexes them all. */
export async function fillDataFolder(
  data: string,
  { events, days, progress }: { events: number; days: number; progress(text: string): void },
): Promise<void> {
  openDataFolder(data).close()
  const journalFolder = join(data, 'journal')
  const journal = await openJournal({
    folder: journalFolder,
    files: systemFiles,
    clock: systemClock,
    retentionDays: limits.historyDays,
    onDamage: (damage) => {
      throw new Error(JSON.stringify(damage))
    },
  })
  const history = openHistory({
    folder: join(data, 'history'),
    journalFolder,
    clock: systemClock,
    limits,
  })
  journal.onSynced((seq) => history.advance(seq))
  const to = systemClock.now() - 60_000
  const from = to - days * dayMs
  let batch: Entry[] = []
  let underWay = Promise.resolve()
  for (const record of generateTrail({ events, from, to })) {
    batch.push({ from: 'ingest:bench', record: Buffer.from(record) })
    if (batch.length < batchEvents) continue
    await underWay
    underWay = journal.append(batch).then(() => undefined)
    batch = []
    while (history.lag > lagMax) await sleep(50)
    if (journal.synced % 100_000 < batchEvents)
      progress(`${journal.synced} of ${events} events made`)
  }
  await underWay
  if (batch.length > 0) await journal.append(batch)
  while (history.lag > 0) {
    progress(`${history.lag} events still to be indexed`)
    await sleep(20)
  }
  await history.close()
  await journal.close()
}

/** Takes a bench's files away again. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}
