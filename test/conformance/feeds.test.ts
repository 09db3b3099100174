// Feeds as their systems use them, against a server that runs: posted with a token, written to files, sent to sockets.
import { createHash } from 'node:crypto'
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readJournal } from '../../src/journal/read.ts'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'

const folder = mkdtempSync(join(tmpdir(), 'contrail-feeds-'))
const audit = join(folder, 'audit.log')
const socket = join(folder, 'vault.sock')
const config = join(folder, 'contrail.yaml')
const token = 'only-for-this-test'
let server: TestServer
const patience = { timeout: 90_000 }

beforeAll(async () => {
  const hash = `sha256:${createHash('sha256').update(token).digest('hex')}`
  writeFileSync(
    config,
    `ingest:
  feeds:
    store: {kind: minio, token: "${hash}", region: eu-west-1}
    cluster: {kind: kubernetes, token: "${hash}", eventSource: kubernetes.example.internal}
    apps: {kind: otlp, token: "${hash}", eventSource: apps.example.internal}
  follow:
    nodes: {kind: kubernetes, eventSource: kubernetes.example.internal, file: "${audit}"}
    vault: {kind: vault, eventSource: vault.example.internal, listen: "${socket}"}
`,
  )
  writeFileSync(audit, '')
  server = await startTestServer({ args: ['--config', config] })
})
afterAll(async () => {
  await removeTestServer(server)
  rmSync(folder, { recursive: true, force: true })
})

async function post(path: string, body: unknown, authorization = `Bearer ${token}`) {
  const sent = await fetch(`${server.url}/ingest/${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: sent.status, ...((await sent.json()) as Record<string, unknown>) }
}

/** The ids of a source's events in the journal, as often as they are there. */
function journalled(from: string): string[] {
  const found: string[] = []
  const journal = join(server.data, 'journal')
  for (let at = 1; ; ) {
    const { records, next } = readJournal(journal, { from: at, to: 1e9, bytesMax: 1e7 })
    for (const one of records) {
      if (one.from === from) found.push(JSON.parse(one.record.toString()).eventID)
    }
    if (next <= at) return found
    at = next
  }
}

const object = (n: number) => ({
  version: '1',
  time: '2026-11-21T04:44:23Z',
  requestID: `R${n}`,
  requestPath: `/b/k${n}`,
  api: { name: 'PutObject', bucket: 'b', object: `k${n}`, statusCode: 200 },
  accessKey: 'alice',
})
const pod = (id: number | string) => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  auditID: String(id),
  stage: 'ResponseComplete',
  verb: 'create',
  user: { username: 'alice' },
  objectRef: { resource: 'pods' },
  requestReceivedTimestamp: '2026-11-21T04:44:23Z',
})
const podLines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `${JSON.stringify(pod(from + i))}\n`).join('')

async function again(): Promise<void> {
  await server.kill()
  server = await startTestServer({ data: server.data, args: ['--config', config] })
}

test('a webhook: the token, what is malformed, and the same again after a kill', async () => {
  const batch = `${JSON.stringify(object(1))}\n{"api"\n${JSON.stringify(object(2))}\n`
  expect(await post('store', batch, 'Bearer wrong')).toMatchObject({ status: 403 })
  const basic = `Basic ${Buffer.from(`store:${token}`).toString('base64')}`
  const refusals = [{ index: 1, reason: 'not JSON' }]
  expect(await post('store', batch, basic)).toMatchObject({ status: 200, accepted: 2, refusals })
  await again()
  expect(await post('store', batch)).toMatchObject({ status: 200, accepted: 0, duplicates: 2 })
  expect(new Set(journalled('ingest:store')).size).toBe(2)
  expect(journalled('ingest:store')).toHaveLength(2)
})

test('a dry run answers what would be recorded and appends nothing', async () => {
  const answer = await post('cluster?dryRun=true', { kind: 'EventList', items: [pod('dry'), {}] })
  expect(answer).toMatchObject({
    dryRun: true,
    records: 1,
    refused: 1,
    wouldRecord: [{ eventData: { eventName: 'CreatePods' } }],
  })
  expect(journalled('ingest:cluster')).toEqual([])
})

test('OTLP has its own path, and says what was rejected', async () => {
  const sent = {
    resourceLogs: [
      {
        scopeLogs: [{ logRecords: [{ timeUnixNano: '1795236263000000000', eventName: 'a' }, {}] }],
      },
    ],
  }
  const answer = await post('apps/v1/logs', sent)
  expect(answer).toMatchObject({ accepted: 1, partialSuccess: { rejectedLogRecords: 1 } })
  expect(await post('store/v1/logs', sent)).toMatchObject({ status: 404 })
})

test('/metrics has what became of items, by feed', async () => {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  const items = 'contrail_feed_items_total'
  expect(metrics).toContain(`${items}{feed="ingest:apps",outcome="taken"} 1\n`)
  expect(metrics).toContain(`${items}{feed="ingest:apps",outcome="refused"} 1\n`)
  expect(metrics).toContain(`${items}{feed="follow:nodes",outcome="taken"} 0\n`)
  expect(metrics).toContain('contrail_feed_behind_bytes{feed="follow:nodes"} 0\n')
})

test('a file over a rotation and a kill: every event once', async () => {
  appendFileSync(audit, podLines(0, 500))
  await expect.poll(() => journalled('follow:nodes').length, { timeout: 20_000 }).toBeGreaterThan(0)
  appendFileSync(audit, podLines(500, 1_000))
  await server.kill()
  appendFileSync(audit, podLines(1_000, 1_200))
  renameSync(audit, `${audit}.1`)
  writeFileSync(audit, podLines(1_200, 1_500))
  server = await startTestServer({ data: server.data, args: ['--config', config] })
  await expect.poll(() => journalled('follow:nodes').length, { timeout: 20_000 }).toBe(1_500)
  expect(new Set(journalled('follow:nodes')).size).toBe(1_500)
})

test('kills while a file grows and is rotated: every event once', patience, async () => {
  const ids = new Set(journalled('follow:nodes'))
  let written = 2_000
  for (let round = 0; round < 4; round++) {
    // Lines end in the middle of what is written, and the server in the middle of reading.
    const text = podLines(written, written + 2_000)
    const cut = text.length - 200 * round - 7
    appendFileSync(audit, text.slice(0, cut))
    const reached = () => journalled('follow:nodes').length
    const before = reached()
    await expect.poll(reached, { timeout: 20_000, interval: 5 }).toBeGreaterThan(before)
    await server.kill()
    appendFileSync(audit, text.slice(cut))
    if (round % 2 === 1) {
      renameSync(audit, `${audit}.${2 + round}`)
      writeFileSync(audit, '')
    }
    written += 2_000
    server = await startTestServer({ data: server.data, args: ['--config', config] })
  }
  const all = () => journalled('follow:nodes').length
  await expect.poll(all, { timeout: 30_000 }).toBe(ids.size + written - 2_000)
  expect(new Set(journalled('follow:nodes')).size).toBe(ids.size + written - 2_000)
})

test('a socket, before and after a kill that leaves it behind', async () => {
  const entry = (id: number) => {
    const request = { id: `r${id}`, operation: 'read', path: 'secret/a', mount_type: 'kv' }
    const both = ['request', 'response'].map((type) => ({
      time: '2026-11-21T04:44:23Z',
      type,
      request,
    }))
    return both.map((one) => `${JSON.stringify(one)}\n`).join('')
  }
  const write = (text: string) =>
    new Promise<void>((done, fail) => {
      const writer = connect(socket, () => writer.end(text, done)).once('error', fail)
    })
  await write(entry(1) + entry(2))
  await expect.poll(() => journalled('follow:vault').length, { timeout: 20_000 }).toBe(2)
  await again()
  await write(entry(3))
  await expect.poll(() => journalled('follow:vault').length, { timeout: 20_000 }).toBe(3)
})
