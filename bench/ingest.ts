// Claim: durable ingest over HTTP costs little more than the disk.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Claim, Figure } from '../src/cli/bench-claim.ts'
import { removeTestServer, startTestServer } from '../test/server.ts'
import { caughtUp } from './history.ts'
import { makeBodies, postRate, type Target, targetOf } from './ingest-load.ts'
import { startLeastIngest } from './least-ingest.ts'
import { plainAppendRate } from './plain-append.ts'
import { benchFolder, removeFolder } from './trail-folder.ts'

const rounds = 5

/** How events come in, and how often for one round. */
type Load = Readonly<{ records: number; bodies: number; connections: number }>

const bulk: Load = { records: 1_000, bodies: 60, connections: 4 }
const single: Load = { records: 1, bodies: 500, connections: 1 }
const singleTogether: Load = { records: 1, bodies: 4_000, connections: 32 }

export const ingest: Claim = {
  name: 'ingest',
  says: 'durable ingest over HTTP, records of 1.65 KB: a fair part of what the bare disk can do',

  async run({ progress }) {
    progress('bulk')
    const inBulk = await compare(bulk)
    progress('one record a request')
    const alone = await compare(single)
    progress('one record a request, 32 connections')
    const together = await compare(singleTogether)
    return {
      figures: [
        ...described('1,000 records a request, 4 connections', inBulk, {
          rate: { atLeast: 50_000 },
          ofDisk: { atLeast: 0.35 },
        }),
        ...described('one record a request, 1 connection', alone, { ofDisk: { atLeast: 0.5 } }),
        ...described('one record a request, 32 connections', together, {
          ofDisk: { atLeast: 0.5 },
        }),
      ],
      notes: [
        `A real \`serve\` process with history running, warm, and this client, on the same machine. The best of ${rounds} rounds, ` +
          'each a burst, beside append + fdatasync of the same bytes, one request’s after the other’s, and beside the least ' +
          'program that parses, hashes, appends and syncs what comes over HTTP (`bench/least-ingest.ts`).',
      ],
    }
  },
}

/** Events a second, and microseconds of a main thread's processor time an event (0 where that is not known). */
type Pace = Readonly<{ rate: number; cpu: number }>
/** Ours, append + fdatasync of the same bytes, and the least program that does the same. */
type Paces = Readonly<{ ingest: Pace; plain: Pace; least: Pace }>
/** The best of each over all rounds, and in the best round, what part of the least program's rate ours was. */
export type Compared = Paces & Readonly<{ ofLeast: number }>

/**
 * Measures one after the other, round by round, and takes the best of each: what disturbs a machine only ever
 * slows. Ends early when `enough` says so.
 */
export async function compare(
  load: Load,
  options: { rounds?: number; enough?: (best: Compared, rounds: number) => boolean } = {},
): Promise<Compared> {
  const folder = benchFolder()
  const server = await startTestServer()
  const least = await startLeastIngest(join(folder, 'least'))
  const ours = { ...targetOf(server), pid: server.process.pid! }
  const burst = async (bodies: readonly Buffer[]): Promise<Paces> => {
    const plain = { rate: plainAppendRate(folder, bodies) * load.records, cpu: 0 }
    const paces = {
      plain,
      least: await pace(least, bodies, load),
      ingest: await pace(ours, bodies, load),
    }
    await caughtUp(server)
    return paces
  }
  try {
    // Nothing measures a compiler: what serves for months has long been compiled.
    for (const seed of [1, 2]) await burst(makeBodies({ ...warmUp(load), seed }, Date.now()))
    let best: Compared | undefined
    for (let round = 1; round <= (options.rounds ?? rounds); round++) {
      const paces = await burst(makeBodies({ ...load, seed: 100 + round }, Date.now()))
      best = {
        ingest: better(best?.ingest, paces.ingest),
        plain: better(best?.plain, paces.plain),
        least: better(best?.least, paces.least),
        ofLeast: Math.max(best?.ofLeast ?? 0, paces.ingest.rate / paces.least.rate),
      }
      if (options.enough?.(best, round)) break
    }
    return best!
  } finally {
    await least.stop()
    await removeTestServer(server)
    removeFolder(folder)
  }
}

async function pace(
  target: Target & { pid: number },
  bodies: readonly Buffer[],
  load: Load,
): Promise<Pace> {
  const before = mainThreadMicros(target.pid)
  const rate = (await postRate(target, bodies, load)) * load.records
  const cpu = (mainThreadMicros(target.pid) - before) / (bodies.length * load.records)
  return { rate, cpu }
}

function better(a: Pace | undefined, b: Pace): Pace {
  return a ? { rate: Math.max(a.rate, b.rate), cpu: Math.min(a.cpu, b.cpu) } : b
}

/** Processor time that a process's main thread has used; Linux tells. */
function mainThreadMicros(pid: number): number {
  const path = `/proc/${pid}/task/${pid}/schedstat`
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[0]) / 1_000 : 0
}

/** Some 3,000 of single requests, 20,000 records of large ones. */
function warmUp({ records }: Load): { records: number; bodies: number } {
  return { records, bodies: records === 1 ? 1_500 : 10 }
}

/** What part of the disk's rate ours is. */
export function ofDisk({ ingest, plain }: Paces): number {
  return ingest.rate / plain.rate
}

/** How much more processor time our main thread needs; undefined where that is not known. */
export function cpuOfLeast({ ingest, least }: Paces): number | undefined {
  return least.cpu > 0 ? ingest.cpu / least.cpu : undefined
}

function described(
  load: string,
  paces: Compared,
  targets: { rate?: Partial<Figure>; ofDisk: Partial<Figure> },
): Figure[] {
  const { ingest, plain, least } = paces
  return [
    { what: load, value: ingest.rate, unit: 'events/s', ...targets.rate },
    { what: `${load}: the disk alone`, value: plain.rate, unit: 'events/s' },
    { what: `${load}: of the disk alone`, value: ofDisk(paces), unit: '×', ...targets.ofDisk },
    { what: `${load}: the least program`, value: least.rate, unit: 'events/s' },
    { what: `${load}: of the least program`, value: paces.ofLeast, unit: '×' },
    { what: `${load}: main thread`, value: ingest.cpu, unit: 'µs/event' },
    { what: `${load}: main thread of the least program`, value: least.cpu, unit: 'µs/event' },
  ]
}
