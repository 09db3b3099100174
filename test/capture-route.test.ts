import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeTestServer, startTestServer, type TestServer } from './server.ts'

// Who may bring records as a proxy does: it sees calls of all accounts and services.

let server: TestServer
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'contrail-capture-'))
  const hash = createHash('sha256').update('t').digest('hex')
  const feeds = {
    free: { token: `sha256:${hash}` },
    kind: { token: `sha256:${hash}`, kind: 'minio' },
    accounts: { token: `sha256:${hash}`, accounts: ['111122223333'] },
    sources: { token: `sha256:${hash}`, eventSources: ['shop.example.internal'] },
    regions: { token: `sha256:${hash}`, regions: ['eu-west-1'] },
  }
  const config = join(folder, 'contrail.yaml')
  writeFileSync(config, JSON.stringify({ ingest: { feeds } }))
  server = await startTestServer({ args: ['--config', config] })
})
afterAll(async () => {
  await removeTestServer(server)
  rmSync(folder, { recursive: true, force: true })
})

test.each([
  { feed: 'free', token: 't', status: 200 },
  { feed: 'free', token: 'u', status: 403 },
  { feed: 'kind', token: 't', status: 403 },
  { feed: 'accounts', token: 't', status: 403 },
  { feed: 'sources', token: 't', status: 403 },
  { feed: 'regions', token: 't', status: 403 },
  { feed: 'none', token: 't', status: 403 },
])('a proxy with the token $token of the feed $feed is answered $status', async (row) => {
  const response = await fetch(`${server.url}/capture/${row.feed}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${row.token}` },
    body: JSON.stringify({ ask: 'identify', args: ['beside', []] }),
  })
  expect(response.status).toBe(row.status)
})
