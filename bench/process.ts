// Claim: the server starts at once and needs little memory.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim } from '../src/cli/bench-claim.ts'
import { removeTestServer, startTestServer, type TestServer } from '../test/server.ts'
import { caughtUp } from './history.ts'
import { makeBodies, postRate, targetOf } from './ingest-load.ts'
import { percentile } from './lookup-client.ts'

const starts = 5
const records = 1_000
/** Bodies of the folder that is not fresh, and of each stretch at full ingest. */
const bodiesKept = 100
const stretches = 3
const idleMs = 8_000
const sampleMs = 50

export const processSize: Claim = {
  name: 'process',
  says: 'ready at once, small when idle, bounded at full ingest',

  async run({ progress }) {
    progress('starts with a fresh folder')
    const fresh = await startTimes(() => undefined)
    progress('memory at full ingest')
    const used = await startTestServer()
    const full = await residentAtFullIngest(used)
    await used.stop()
    progress('starts with a used folder')
    const filled = await startTimes(() => used.data)
    progress('memory when idle')
    const behind = await startTestServer({ data: used.data })
    await caughtUp(behind)
    await sleep(idleMs)
    const idleBehind = residentMegabytes(behind)
    await behind.stop()
    const again = await startTestServer({ data: used.data })
    await sleep(idleMs)
    const idleUsed = residentMegabytes(again)
    await removeTestServer(again)
    const idle = await idleFresh()
    const events = `${(bodiesKept * stretches) / 1_000} M events`
    return {
      figures: [
        { what: 'ready, fresh folder', value: fresh, unit: 'ms', atMost: 700 },
        { what: `ready, folder with ${events}`, value: filled, unit: 'ms', atMost: 700 },
        { what: 'ready, of a Node that does nothing', value: fresh / bareNode(), unit: '×' },
        { what: 'resident when idle, fresh folder', value: idle, unit: 'MB', atMost: 150 },
        {
          what: `resident when idle, folder with ${events}`,
          value: idleUsed,
          unit: 'MB',
          atMost: 150,
        },
        { what: 'resident when it has just indexed these', value: idleBehind, unit: 'MB' },
        { what: 'resident at full ingest, at most', value: full, unit: 'MB', atMost: 600 },
      ],
      notes: [
        `Ready: from starting ./contrail serve to 200 from /readyz, the median of ${starts} starts. ` +
          `Resident: VmRSS of the process, idle ${idleMs / 1_000} s after its start, at full ingest sampled every ${sampleMs} ms ` +
          `(${cpus().length} processors; bodies of ${records} records over 4 connections).`,
      ],
    }
  },
}

/** The median of several starts, each stopped again, in milliseconds. */
async function startTimes(folder: () => string | undefined): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < starts; i++) {
    const data = folder()
    const started = performance.now()
    const server = await startTestServer({ data })
    const answer = await fetch(`${server.url}/readyz`)
    if (!answer.ok) throw new Error(`/readyz answered ${answer.status}`)
    times.push(performance.now() - started)
    if (data === undefined) await removeTestServer(server)
    else await server.stop()
  }
  return percentile(times, 0.5)
}

/** Milliseconds from start to end, the median. */
function bareNode(): number {
  const times = Array.from({ length: starts }, () => {
    const started = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    return performance.now() - started
  })
  return percentile(times, 0.5)
}

async function idleFresh(): Promise<number> {
  const server = await startTestServer()
  await sleep(idleMs)
  const megabytes = residentMegabytes(server)
  await removeTestServer(server)
  return megabytes
}

/** The most that was seen while bodies came in as fast as they were taken. */
async function residentAtFullIngest(server: TestServer): Promise<number> {
  let most = 0
  const sampling = setInterval(() => {
    most = Math.max(most, residentMegabytes(server))
  }, sampleMs)
  try {
    for (let seed = 1; seed <= stretches; seed++) {
      const bodies = makeBodies({ bodies: bodiesKept, records, seed }, Date.now())
      await postRate(targetOf(server), bodies, { connections: 4, records })
    }
    return most
  } finally {
    clearInterval(sampling)
  }
}

function residentMegabytes({ process }: TestServer): number {
  const status = readFileSync(`/proc/${process.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024
}
