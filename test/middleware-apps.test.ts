// Applications of each framework against a real server: what they answer is what they would without the
// audit, and what happened is in the journal.
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  type Audit,
  type AuditOptions,
  createAudit,
  expressAudit,
  fastifyAudit,
  honoAudit,
} from '../src/middleware/exports.ts'
import { FeedServer } from './feed-server.ts'

const feed = new FeedServer()
beforeAll(() => feed.start())
afterAll(() => feed.remove())

type App = Readonly<{ url: string; close: () => Promise<void> }>
let audit: Audit
let app: App
afterEach(async () => {
  await app.close()
  await audit.close()
})

const user = (headers: { get(name: string): string | undefined }) => {
  const id = headers.get('x-user')
  if (id === 'broken') throw new Error('no session')
  return id === undefined ? undefined : { id }
}
const params = ['id', 'q', 'token']
const inner = () => audit.record({ eventName: 'Inner' })
let onSlow = () => {}

const frameworks: Record<string, () => Promise<App>> = {
  async Express() {
    const app = express()
    app.set('trust proxy', true)
    app.use(expressAudit(audit, { params, user: (r) => user(single(r.headers)) }))
    const api = express.Router()
    api.use(express.json())
    api.get('/invoices/:id', (_request, response) => void response.json({ ok: true }))
    api.post('/invoices', async (_request, response) => {
      await inner()
      response.status(201).json({})
    })
    api.get('/throws/:id', async () => {
      throw new TypeError('broken')
    })
    api.post('/upload', (request, response) => void request.pipe(response))
    api.get('/slow', () => onSlow())
    app.use('/api', api)
    return listening(createServer(app))
  },

  async Fastify() {
    const app = fastify({ trustProxy: true, forceCloseConnections: true })
    fastifyAudit(app, audit, { params, user: (r) => user(single(r.headers)) })
    app.addContentTypeParser('application/octet-stream', (_request, payload, done) => {
      done(null, payload)
    })
    const api = async (api: typeof app) => {
      api.get('/invoices/:id', async () => ({ ok: true }))
      api.post('/invoices', async (_request, reply) => {
        await inner()
        return reply.status(201).send({})
      })
      api.get('/throws/:id', async () => {
        throw new TypeError('broken')
      })
      api.post('/upload', (request, reply) => reply.send(request.body))
      api.get('/slow', () => {
        onSlow()
        return new Promise(() => undefined)
      })
    }
    app.register(api as never, { prefix: '/api' })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    return { url, close: () => app.close() }
  },

  async Hono() {
    const app = new Hono<{ Bindings: { ip: string } }>()
    app.use(
      honoAudit(audit, {
        params,
        user: (c) => user({ get: (name) => c.req.header(name) }),
        sourceIPAddress: (c) => c.req.header('x-forwarded-for'),
      }),
    )
    const api = new Hono()
    api.get('/invoices/:id', (c) => c.json({ ok: true }))
    api.post('/invoices', async (c) => {
      await c.req.json()
      await inner()
      return c.json({}, 201)
    })
    api.get('/throws/:id', () => {
      throw new TypeError('broken')
    })
    api.post('/upload', (c) => stream(c, (out) => out.pipe(c.req.raw.body!)))
    api.get('/slow', (c) => {
      onSlow()
      return new Promise<Response>((done) => {
        c.req.raw.signal.addEventListener('abort', () => done(c.text('')))
      })
    })
    app.route('/api', api)
    return listening(createServer(nodeAdapter((request) => app.fetch(request))))
  },
}

describe.each(Object.entries(frameworks))('%s', (_name, start) => {
  async function started(options: Partial<AuditOptions> = {}): Promise<App> {
    const { endpoint, token, origin } = feed
    audit = createAudit({ endpoint, token, ...origin, delayMs: 1, onError: () => {}, ...options })
    app = await start()
    return app
  }
  /** What the journal has that it had not before. */
  async function recorded(during: () => Promise<unknown>): Promise<any[]> {
    const before = feed.records().length
    await during()
    await audit.flush()
    return feed
      .records()
      .slice(before)
      .map(({ eventData, readOnly }) => ({ ...eventData, readOnly }))
  }
  const headers = { 'x-user': 'ann', 'x-forwarded-for': '192.0.2.7', 'user-agent': 'tests/1' }

  test('who, what, from where, and how it ended', async () => {
    const { url } = await started()
    const events = await recorded(async () => {
      const answer = await fetch(`${url}/api/invoices/7?token=s3cret&q=a&other=b`, { headers })
      expect(await answer.json()).toEqual({ ok: true })
    })
    expect(events).toMatchObject([
      {
        eventName: 'GET /api/invoices/:id',
        eventSource: 'app.example.internal',
        readOnly: true,
        userIdentity: { type: 'User', principalId: 'ann' },
        sourceIPAddress: '192.0.2.7',
        userAgent: 'tests/1',
        requestParameters: { id: '7', q: 'a', token: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
        additionalEventData: { statusCode: 200 },
      },
    ])
    expect(events[0]).not.toHaveProperty('errorCode')
    expect(JSON.stringify(events)).not.toMatch(/s3cret|other/)
  })

  test('what a handler records itself has the request about it, after a body too', async () => {
    const { url } = await started()
    const events = await recorded(async () => {
      const body = JSON.stringify({ text: 'x'.repeat(50_000) })
      const all = { ...headers, 'content-type': 'application/json', 'x-request-id': 'r-1' }
      const answer = await fetch(`${url}/api/invoices`, { method: 'POST', headers: all, body })
      expect(answer.status).toBe(201)
    })
    expect(events).toMatchObject([
      { eventName: 'Inner', sourceIPAddress: '192.0.2.7', userAgent: 'tests/1' },
      {
        eventName: 'POST /api/invoices',
        readOnly: false,
        additionalEventData: { statusCode: 201 },
      },
    ])
    const [inside, outside] = events.map((one) => one.additionalEventData.requestId)
    expect(inside).toBe(outside)
    expect(outside).toBeDefined()
  })

  test('a handler that throws is 500 for the client and for the audit; a callback that throws is named', async () => {
    const { url } = await started()
    const events = await recorded(async () => {
      const broken = { ...headers, 'x-user': 'broken' }
      const answer = await fetch(`${url}/api/throws/7`, { headers: broken })
      expect(answer.status).toBe(500)
    })
    expect(events).toMatchObject([
      {
        eventName: 'GET /api/throws/:id',
        errorCode: expect.stringMatching(/^(TypeError|500)$/),
        requestParameters: { id: '7' },
        userIdentity: { type: 'Unknown' },
        additionalEventData: { statusCode: 500, callbackError: 'Error: no session' },
      },
    ])
  })

  test('what no route takes', async () => {
    const { url } = await started()
    const events = await recorded(async () => {
      expect((await fetch(`${url}/wp-admin/1`, { headers })).status).toBe(404)
    })
    expect(events).toMatchObject([{ eventName: 'GET (no route)', errorCode: '404' }])
  })

  test('bodies stream through untouched', async () => {
    const { url } = await started()
    const body = randomBytes(3_000_000)
    const events = await recorded(async () => {
      const type = { ...headers, 'content-type': 'application/octet-stream' }
      const answer = await fetch(`${url}/api/upload`, { method: 'POST', headers: type, body })
      const echoed = Buffer.from(await answer.arrayBuffer())
      expect(sha(echoed)).toBe(sha(body))
    })
    expect(events).toMatchObject([{ eventName: 'POST /api/upload' }])
  })

  test('in mode reject a request is refused before its handler runs while events cannot be kept', async () => {
    const { url } = await started({ mode: 'reject', queueEventsMax: 1, delayMs: 60_000 })
    const events = await recorded(async () => {
      const first = inner()
      onSlow = () => {
        throw new Error('the handler ran')
      }
      const answer = await fetch(`${url}/api/slow`, { headers })
      expect(answer.status).toBe(503)
      await audit.flush()
      await first
      expect((await fetch(`${url}/api/invoices/7`, { headers })).status).toBe(200)
    })
    expect(events).toMatchObject([{ eventName: 'Inner' }, { eventName: 'GET /api/invoices/:id' }])
  })

  test('a client that goes away before its answer', async () => {
    const { url } = await started()
    const events = await recorded(async () => {
      const isSlow = new Promise<void>((done) => {
        onSlow = done
      })
      const asked = request(`${url}/api/slow`, { headers })
      asked.on('error', () => undefined)
      asked.end()
      await isSlow
      const isRecorded = nextRecord()
      asked.destroy()
      await isRecorded
    })
    expect(events).toMatchObject([{ eventName: 'GET /api/slow', errorCode: 'Aborted' }])
    expect(events[0].additionalEventData.statusCode).toBeUndefined()
  })
})

/** Resolves when the next event is given to the audit. */
function nextRecord(): Promise<void> {
  const { record } = audit
  return new Promise((done) => {
    audit.record = (event) => {
      audit.record = record
      done()
      return record.call(audit, event)
    }
  })
}

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

function single(headers: IncomingMessage['headers']) {
  return { get: (name: string) => headers[name] as string | undefined }
}

async function listening(server: Server): Promise<App> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

/** What `@hono/node-server` does, in short. */
function nodeAdapter(handle: (request: Request) => Response | Promise<Response>) {
  return async (incoming: IncomingMessage, outgoing: import('node:http').ServerResponse) => {
    const gone = new AbortController()
    outgoing.once('close', () => outgoing.writableFinished || gone.abort())
    const hasBody = incoming.method !== 'GET'
    const answer = await handle(
      new Request(`http://app${incoming.url}`, {
        method: incoming.method!,
        headers: incoming.headers as Record<string, string>,
        signal: gone.signal,
        ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' }),
      } as RequestInit),
    )
    if (gone.signal.aborted) return
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
    if (answer.body) await pipeline(Readable.fromWeb(answer.body as never), outgoing)
    else outgoing.end()
  }
}
