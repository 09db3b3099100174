// The whole server on a disk that fails, fills, or loses its power at one of its write points. FULL=1 tries
// every one of them; otherwise an even sample.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IAMClient } from '@aws-sdk/client-iam'
import { afterAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../server.ts'
import { until } from '../tools.ts'
import { compileShim, type DiskFault, faultEnv, readReport } from './fault-shim.ts'
import { clientOptions, Load } from './load.ts'
import { verify } from './verify.ts'

const library = compileShim('faults under the whole server')
const root = mkdtempSync(join(tmpdir(), 'contrail-faults-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const calls = 5
/** For each kind of fault, in each store. */
const sample = 3
/** Runs at the same time: each waits for its disk most of the time. */
const lanes = 3

/** One life of a server under a load; the fault may end it, or keep it from starting. */
async function live(fault?: DiskFault) {
  const data = mkdtempSync(join(root, 'data-'))
  const report = `${data}.report`
  const env = faultEnv(library!, { folder: data, report, fault })
  const load = new Load()
  const server = await startTestServer({ data, env }).catch((error) => {
    if (!fault) throw error
  })
  if (server) {
    await load.run(server, calls)
    const cut = fault?.cutAt !== undefined || fault?.kind === 'cut' || fault?.kind === 'torn'
    if (fault && fault.times !== 0 && !cut) await expectWorking(server, load, JSON.stringify(fault))
    await server.kill()
  }
  return { data, load, points: readReport(report) }
}

/** A disk that failed once and works again is enough to go on, without a restart. */
async function expectWorking(server: TestServer, load: Load, where: string): Promise<void> {
  const iam = new IAMClient(clientOptions(server))
  const works = await until(() => load.createUser(iam), Boolean, 10_000)
  iam.destroy()
  expect(works, `${where}: works again`).toBe(true)
}

/** Every write point, or an even sample of each store's: history has ten times as many as the journal. */
function writePoints(points: readonly string[], only: RegExp): number[] {
  const all = points.flatMap((point, i) => (only.test(point) ? [i + 1] : []))
  if (process.env['FULL']) return all
  const stores = Map.groupBy(all, (at) => /(journal|state|history)\//.exec(points[at - 1]!)?.[1])
  return [...stores.values()].flatMap((ats) => {
    const step = Math.ceil(ats.length / sample)
    return ats.filter((_, i) => i % step === Math.floor(step / 2))
  })
}

type Row = Omit<DiskFault, 'at' | 'cutAt'> & { what: string; only?: RegExp; cutAfter?: number }

const faults: Row[] = [
  { what: 'an error', kind: 'EIO' },
  { what: 'errors for good', kind: 'EIO', times: 0 },
  { what: 'a full disk that has room again', kind: 'ENOSPC' },
  { what: 'a full disk', kind: 'ENOSPC', times: 0 },
  { what: 'no power', kind: 'cut' },
  { what: 'no power, and some of what was not synced is left', kind: 'torn' },
  // Linux shows what a failed sync did not write; nothing behind it may depend on it.
  {
    what: 'two failed syncs, and later no power',
    kind: 'EIO',
    times: 2,
    only: /sync/,
    cutAfter: 40,
  },
]

describe.skipIf(!library)('at every write point', async () => {
  const points = library ? (await live()).points : []

  test('without a fault all is acknowledged and kept', async () => {
    const { data, load } = await live()
    expect([load.users.length, load.keys.length, load.eventIDs.length]).toEqual([calls, calls, 25])
    expect([load.failures, load.unanswered]).toEqual([0, []])
    await verify(await startTestServer({ data }), load, 'no fault')
  })

  test.each(faults)('$what', async ({ what, only = /./, cutAfter, ...fault }) => {
    const ats = writePoints(points, only)
    const next = async (): Promise<void> => {
      const at = ats.shift()
      if (at === undefined) return
      const cutAt = cutAfter && at + cutAfter
      const { data, load, points } = await live({ ...fault, at, cutAt, seed: at })
      const struck = points.find((point) => /FAILED|CUT/.test(point)) ?? 'not reached'
      await verify(await startTestServer({ data }), load, `${what} at ${at}, ${struck}`)
      for (const path of [data, `${data}.report`, `${data}.undo`]) {
        rmSync(path, { recursive: true, force: true })
      }
      return next()
    }
    await Promise.all(Array.from({ length: lanes }, next))
  })
})
