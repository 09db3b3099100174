// Claim: the journal costs little more than the disk. Records of 1.6 KB in batches of 1, 100 and 1,000,
// beside plain append + fdatasync of the same records in the same run.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Claim, Figure } from '../src/cli/bench-claim.ts'
import { systemClock } from '../src/clock.ts'
import { systemFiles } from '../src/files.ts'
import type { Entry } from '../src/journal/contract.ts'
import { openJournal } from '../src/journal/file-journal.ts'

const recordBytes = 1_600
const roundMs = 300
const rounds = 3
/** Callers that each have one append under way: with two, one encodes while the other's is synced. */
const callers = [1, 4]

/** Distinct records, so that no two bulk entries are the same. */
function records(count: number, round: number): Entry[] {
  return Array.from({ length: count }, (_, i) => {
    const head = `{"eventID":"${round}-${i}-${performance.now()}","filler":"`
    return { from: 'ingest:bench', record: Buffer.from(`${head.padEnd(recordBytes - 2, 'x')}"}`) }
  })
}

/** Events a second that `write` takes from so many callers. */
async function rate(batch: number, write: () => Promise<void>, together = 1): Promise<number> {
  const start = performance.now()
  let batches = 0
  const caller = async () => {
    while (performance.now() - start < roundMs) {
      await write()
      batches++
    }
  }
  await Promise.all(Array.from({ length: together }, caller))
  return (batches * batch * 1_000) / (performance.now() - start)
}

function plainRate(folder: string, batch: number, round: number): Promise<number> {
  const bytes = Buffer.concat(
    records(batch, round).flatMap(({ record }) => [record, Buffer.from('\n')]),
  )
  const path = join(folder, `plain-${batch}-${round}`)
  const fd = openSync(path, 'a')
  const done = rate(batch, async () => {
    writeSync(fd, bytes)
    fdatasyncSync(fd)
  })
  return done.finally(() => {
    closeSync(fd)
    rmSync(path)
  })
}

/** The same for a journal of its own: whoever comes second must not write to a fuller disk. */
async function journalRate(
  folder: string,
  batch: number,
  round: number,
  together: number,
): Promise<number> {
  const entries = records(batch, round)
  const journal = await openJournal({
    folder,
    files: systemFiles,
    clock: systemClock,
    retentionDays: 90,
    onDamage: (damage) => {
      throw new Error(JSON.stringify(damage))
    },
  })
  const append = async () => {
    await journal.append(entries)
  }
  const perSecond = await rate(batch, append, together)
  await journal.close()
  rmSync(folder, { recursive: true })
  return perSecond
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!

async function measure(folder: string, batch: number): Promise<Figure[]> {
  const plain: number[] = []
  const journal = callers.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    plain.push(await plainRate(folder, batch, round))
    for (const [i, together] of callers.entries()) {
      journal[i]!.push(await journalRate(join(folder, 'journal'), batch, round, together))
    }
  }
  return callers.flatMap((together, i) => {
    const rate = median(journal[i]!)
    const what = `${batch} together, ${together === 1 ? 'one caller' : `${together} callers`}`
    return [
      { what, value: rate, unit: 'events/s' },
      { what: `${what}: of the disk alone`, value: rate / median(plain), unit: '×' },
    ]
  })
}

export const journalAppend: Claim = {
  name: 'journal-append',
  says: 'the journal by itself costs little more than the disk',

  async run({ progress }) {
    const folder = mkdtempSync(join(tmpdir(), 'contrail-bench-'))
    try {
      const figures: Figure[] = []
      for (const batch of [1, 100, 1_000]) {
        progress(`${batch} records together`)
        figures.push(...(await measure(folder, batch)))
      }
      const note = `Records of ${recordBytes} bytes; the median of ${rounds} rounds, each beside append + fdatasync of as many records at once.`
      return { figures, notes: [note] }
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}
