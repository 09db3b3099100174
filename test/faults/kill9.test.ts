// Real kill -9 under load, round after round on one data folder: ROUNDS=200 for the whole, fewer otherwise.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { startTestServer } from '../server.ts'
import { Load } from './load.ts'
import { verify } from './verify.ts'

const rounds = Number(process.env['ROUNDS'] ?? 20)
const verifyEvery = 50
const launcher = join(dirname(dirname(import.meta.dirname)), 'contrail')
const data = mkdtempSync(join(tmpdir(), 'contrail-kill-'))
afterAll(() => rmSync(data, { recursive: true, force: true }))

test(`${rounds} rounds of kill -9: nothing acknowledged is missing, nothing is there twice`, async () => {
  const load = new Load()
  for (let round = 1; round <= rounds; round++) {
    if (round % 5 === 0) await killWhileStarting(Math.random() * 500)
    const server = await startTestServer({ data })
    await load.sendUnanswered(server)
    const running = load.run(server, 6, 3)
    await sleep(Math.random() * 400)
    await server.kill()
    await running
    if (round % verifyEvery !== 0 && round !== rounds) continue
    await verify(await startTestServer({ data }), load, `after round ${round}`)
    console.log(
      `${round} rounds: ${load.requestIDs.length} calls and ${load.eventIDs.length} bulk records ` +
        `acknowledged, ${load.users.length} users, ${load.keys.length} keys`,
    )
  }
  expect(load.requestIDs.length).toBeGreaterThan(rounds)
  expect(load.failures, 'a server that lives does not fail').toBe(0)
}, 3_600_000)

/** What it does at the start, recovery and replay, may be cut off as well. */
async function killWhileStarting(afterMs: number): Promise<void> {
  const child: ChildProcess = spawn(launcher, ['serve', '--listen', '127.0.0.1:0'], {
    env: { PATH: process.env['PATH'], CONTRAIL_DATA: data },
    stdio: 'ignore',
  })
  await sleep(afterMs)
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
