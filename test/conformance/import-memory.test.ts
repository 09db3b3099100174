// `contrail import` of a file larger than memory should be for it. FULL=1 makes it 600 MB.
import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateTrail } from '../../bench/generate.ts'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'

const root = join(import.meta.dirname, '../..')
let server: TestServer
let folder: string
beforeAll(async () => {
  server = await startTestServer()
  folder = mkdtempSync(join(tmpdir(), 'contrail-import-'))
})
afterAll(async () => {
  await removeTestServer(server)
  rmSync(folder, { recursive: true, force: true })
})

const megabytes = process.env['FULL'] ? 600 : 60
test(`one file of ${megabytes} MB takes little memory, here and in the server`, async () => {
  const path = join(folder, 'large.json')
  const count = Math.floor((megabytes * 1024 * 1024) / 1_650)
  const trail = generateTrail({
    events: count,
    from: Date.now() - 3600_000,
    to: Date.now(),
    seed: 9,
  })
  const content = function* () {
    let before = '{"Records":['
    for (const line of trail) {
      yield before + line
      before = ','
    }
    yield ']}'
  }
  await pipeline(Readable.from(content()), createWriteStream(path))
  expect(statSync(path).size).toBeGreaterThan(0.9 * megabytes * 1024 * 1024)
  const child = spawn(join(root, 'contrail'), ['import', '--json', path], {
    env: { PATH: process.env['PATH']!, CONTRAIL_DATA: server.data },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let highest = 0
  const timer = setInterval(() => {
    highest = Math.max(highest, peakOf(child.pid!))
  }, 50)
  const told = (await text(child.stdout!)).trim().split('\n').at(-1)!
  clearInterval(timer)
  expect(JSON.parse(told)).toMatchObject({ type: 'summary', records: { accepted: count } })
  console.info(`import of ${megabytes} MB: ${highest} MB, server ${peakOf(server.process.pid!)} MB`)
  if (highest > 0) expect(highest).toBeLessThan(250)
}, 180_000)

/** The most memory a process has had, in megabytes; 0 where the system does not say. */
function peakOf(pid: number): number {
  const path = `/proc/${pid}/status`
  if (!existsSync(path)) return 0
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? 0) / 1024)
}
