// An application that records through `contrail/middleware` into a real server: both are killed and started again.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readJournal } from '../src/journal/read.ts'
import { createAudit } from '../src/middleware/exports.ts'
import { startTestServer, type TestServer } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'contrail-app-'))
const spool = { folder: join(folder, 'spool') }
const config = join(folder, 'contrail.yaml')
const token = 'only-for-this-test'
const origin = { source: 'app.example.internal', accountId: '111122223333', region: 'us-east-1' }
let server: TestServer | undefined
afterAll(async () => {
  await server?.kill()
  rmSync(folder, { recursive: true, force: true })
})

test('each event is in the journal once, through kills of the application and the server', async () => {
  const hash = createHash('sha256').update(token).digest('hex')
  writeFileSync(config, `ingest: {feeds: {apps: {token: "sha256:${hash}"}}}\n`)
  const data = join(folder, 'data')
  const start = () => startTestServer({ data, args: ['--config', config] })
  server = await start()
  const promised = await killedApplication(`${server.url}/ingest/apps`)
  await server.kill()
  server = await start()
  const audit = createAudit({ endpoint: `${server.url}/ingest/apps`, token, ...origin, spool })
  await audit.flush()
  await audit.close()
  const names = journalled(join(data, 'journal'))
  expect(new Set(names).size).toBe(names.length)
  expect(promised.filter((name) => !names.includes(name))).toEqual([])
})

/** Names of the events that an application was promised before it was killed. */
async function killedApplication(endpoint: string): Promise<string[]> {
  const program = `
    import { createAudit } from '${join(import.meta.dirname, '../src/middleware/exports.ts')}'
    const audit = createAudit(${JSON.stringify({ endpoint, token, ...origin, spool, delayMs: 5 })})
    for (let n = 0; ; n++) {
      await audit.record({ eventName: 'E' + n })
      process.stdout.write('E' + n + '\\n')
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program])
  const ended = new Promise((done) => child.once('close', done))
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
    if (printed.length > 2_000) child.kill('SIGKILL')
  })
  let complaints = ''
  child.stderr.on('data', (chunk) => {
    complaints += chunk
  })
  await ended
  expect(complaints).toBe('')
  return printed.split('\n').slice(0, -1)
}

function journalled(journal: string): string[] {
  const names: string[] = []
  for (let from = 1; ; ) {
    const { records, next } = readJournal(journal, { from, to: 1e9, bytesMax: 1e7 })
    for (const one of records) {
      if (one.from === 'ingest:apps') {
        names.push(JSON.parse(one.record.toString()).eventData.eventName)
      }
    }
    if (next <= from) return names
    from = next
  }
}
