import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  type Audit,
  type AuditOptions,
  auditClient,
  createAudit,
  expressAudit,
  fastifyAudit,
  honoAudit,
} from './exports.ts'

type Taken = any
let server: Server
let endpoint: string
let status = 200
let taken: Map<string, Taken>
let folder: string
let audit: Audit
let errors: string[]

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const lines = Buffer.concat(await request.toArray())
      .toString()
      .split('\n')
      .filter(Boolean)
    const records = lines.map((line) => JSON.parse(line))
    const isKept = status === 200
    const fresh = records.filter(({ eventID }) => !taken.has(eventID)).length
    if (isKept) for (const record of records) taken.set(record.eventID, record)
    const counts = { accepted: fresh, duplicates: records.length - fresh, refused: 0, refusals: [] }
    response.writeHead(status).end(JSON.stringify(isKept ? counts : { error: 'not now' }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ingest/apps`
})
afterAll(() => server.close())
beforeEach(() => {
  status = 200
  taken = new Map()
  errors = []
  folder = mkdtempSync(join(tmpdir(), 'contrail-middleware-'))
})
afterEach(async () => {
  await audit.close()
  rmSync(folder, { recursive: true, force: true })
})

function made(options: Partial<AuditOptions> = {}): Audit {
  audit = createAudit({
    endpoint,
    token: 't',
    source: 'shop.example.internal',
    accountId: '111122223333',
    region: 'us-east-1',
    onError: ({ code }) => errors.push(code),
    ...options,
  })
  return audit
}
const data = () => [...taken.values()].map(({ eventData }) => eventData)

test('an event has who, what, and no secrets', async () => {
  made()
  const params = { id: 7, password: 'p', card: { apiKey: 'k' }, big: 5n }
  const kept = audit.run({ requestId: 'r', sourceIPAddress: '192.0.2.1' }, () =>
    audit.record({ eventName: 'Pay', user: { id: 'ann' }, params, error: new TypeError('no') }),
  )
  await audit.flush()
  await kept
  const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'
  expect(data()).toMatchObject([
    {
      eventName: 'Pay',
      eventSource: 'shop.example.internal',
      userIdentity: { type: 'User', principalId: 'ann' },
      sourceIPAddress: '192.0.2.1',
      requestParameters: { id: 7, password: hidden, card: { apiKey: hidden }, big: '5' },
      errorCode: 'TypeError',
      errorMessage: 'no',
      additionalEventData: { requestId: 'r' },
    },
  ])
})

test('what the server does not take is spooled, and sent once by the next process', async () => {
  status = 403
  made({ spool: { folder } })
  await Promise.all(Array.from({ length: 250 }, (_, n) => audit.record({ eventName: `E${n}` })))
  await expect(audit.flush()).rejects.toMatchObject({ code: 'NotSent', message: /403/ })
  await audit.close()
  status = 200
  writeFileSync(join(folder, '000000000009.ndjson'), '{"eventID":"whole"}\n{"eventID":"cut o')
  made({ spool: { folder } })
  await audit.flush()
  expect(taken.size).toBe(251)
  expect(readdirSync(folder)).toEqual(['lock'])
})

test('a full spool and a full queue reject by name, and refuse requests where asked to', async () => {
  status = 503
  made({ spool: { folder, bytesMax: 2_000 }, mode: 'reject' })
  const all = Array.from({ length: 9 }, () => audit.record({ eventName: 'E' }))
  const ended = await Promise.allSettled(all)
  expect(ended.filter((one) => one.status === 'rejected').length).toBeGreaterThan(0)
  expect(errors).toContain('SpoolFull')
  await audit.close()
  made({ queueEventsMax: 1, mode: 'reject' })
  void audit.record({ eventName: 'A' })
  await expect(audit.record({ eventName: 'B' })).rejects.toMatchObject({ code: 'QueueFull' })
  expect(() => audit.admit()).toThrow(/wait already/)
})

test('a slow server keeps neither the application nor its spooled events waiting', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
  const { port } = silent.address() as AddressInfo
  made({ endpoint: `http://127.0.0.1:${port}/ingest/apps`, spool: { folder }, timeoutMs: 20 })
  await audit.record({ eventName: 'E' })
  await expect(audit.flush()).rejects.toMatchObject({ code: 'NotSent', message: /does not answer/ })
  silent.closeAllConnections()
  silent.close()
})

test('Express', async () => {
  made()
  const app = express()
  app.use(expressAudit(audit, { params: ['id'], user: () => ({ id: 'ann' }) }))
  app.get('/invoices/:id', (_request, response) => void response.json({}))
  const listening = await new Promise<Server>((done) => {
    const one = app.listen(0, '127.0.0.1', () => done(one))
  })
  const { port } = listening.address() as AddressInfo
  await (await fetch(`http://127.0.0.1:${port}/invoices/7?secret=1`)).text()
  await new Promise((done) => listening.close(done))
  await audit.flush()
  expect(data()).toMatchObject([
    { eventName: 'GET /invoices/:id', requestParameters: { id: '7' }, userAgent: 'node' },
  ])
})

test('Fastify', async () => {
  made()
  const app = fastify()
  fastifyAudit(app, audit, { params: ['id'] })
  app.delete('/invoices/:id', async () => ({}))
  await app.inject({ method: 'DELETE', url: '/invoices/7' })
  await app.close()
  await audit.flush()
  expect(data()).toMatchObject([
    { eventName: 'DELETE /invoices/:id', requestParameters: { id: '7' } },
  ])
})

test('Hono', async () => {
  made()
  const app = new Hono()
  app.use(honoAudit(audit, { params: ['id'] }))
  app.get('/invoices/:id', () => {
    throw new TypeError('broken')
  })
  app.onError((_error, c) => c.text('', 500))
  expect((await app.request('/invoices/7')).status).toBe(500)
  await audit.flush()
  expect(data()).toMatchObject([
    { eventName: 'GET /invoices/:id', requestParameters: { id: '7' }, errorCode: 'TypeError' },
  ])
})

test("an AWS SDK client's calls", async () => {
  made()
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 's' }
  const client = new IAMClient({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1', credentials })
  auditClient(client, audit, { eventSource: 'iam.amazonaws.com', params: ['MaxItems'] })
  await expect(client.send(new ListUsersCommand({ MaxItems: 3 }))).rejects.toThrow()
  await audit.flush()
  expect(data()).toMatchObject([
    {
      eventName: 'ListUsers',
      eventSource: 'iam.amazonaws.com',
      requestParameters: { MaxItems: 3 },
      errorCode: expect.any(String),
      additionalEventData: { capturedBy: 'sdk-middleware' },
    },
  ])
})
