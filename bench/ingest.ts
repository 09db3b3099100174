// Claim: durable ingest over HTTP costs little more than the disk.
import type { Claim, Figure } from '../src/cli/bench-claim.ts'
import { removeTestServer, startTestServer } from '../test/server.ts'
import { makeBodies, postRate } from './ingest-load.ts'
import { plainAppendRate } from './plain-append.ts'
import { benchFolder, removeFolder } from './trail-folder.ts'

const rounds = 3

/** How events come in, and how often for one round. */
type Load = Readonly<{ records: number; bodies: number; connections: number }>

const bulk: Load = { records: 1_000, bodies: 100, connections: 4 }
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
          ratio: { atLeast: 0.35 },
        }),
        ...described('one record a request, 1 connection', alone, { ratio: { atLeast: 0.5 } }),
        ...described('one record a request, 32 connections', together, { ratio: { atLeast: 0.5 } }),
      ],
      notes: [
        `A real \`serve\` process with history running, and this client, on the same machine; the best of ${rounds} rounds, ` +
          'each beside append + fdatasync of the same bytes, one request’s after the other’s.',
      ],
    }
  },
}

export type Rates = Readonly<{ ingest: number; plain: number }>

/** Events a second over HTTP and by append + fdatasync: the round with the best ratio. */
export async function compare(load: Load, count = rounds): Promise<Rates> {
  const folder = benchFolder()
  const server = await startTestServer()
  try {
    let best: Rates | undefined
    for (let round = 0; round < count; round++) {
      const bodies = makeBodies({ ...load, seed: round + 1 }, Date.now())
      const plain = plainAppendRate(folder, bodies) * load.records
      const rates = { ingest: (await postRate(server, bodies, load)) * load.records, plain }
      if (!best || ratio(rates) > ratio(best)) best = rates
    }
    return best!
  } finally {
    await removeTestServer(server)
    removeFolder(folder)
  }
}

export function ratio({ ingest, plain }: Rates): number {
  return ingest / plain
}

function described(
  load: string,
  rates: Rates,
  targets: { rate?: Partial<Figure>; ratio: Partial<Figure> },
): Figure[] {
  return [
    { what: load, value: rates.ingest, unit: 'events/s', ...targets.rate },
    { what: `${load}: the disk alone`, value: rates.plain, unit: 'events/s' },
    { what: `${load}: of the disk alone`, value: ratio(rates), unit: '×', ...targets.ratio },
  ]
}
