// What goes wrong on either side of the proxy: both sides see it, and the record says what is known.
import { afterEach, describe, expect, test } from 'vitest'
import { RefusedError } from '../src/proxy/exchange.ts'
import { openProxyWorld, type ProxyWorld } from './proxy-world.ts'

let world: ProxyWorld | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

async function open(...args: Parameters<typeof openProxyWorld>): Promise<ProxyWorld> {
  world = await openProxyWorld(...args)
  return world
}

const get = 'GET /b/k HTTP/1.1\r\nHost: h\r\n\r\n'
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
/** Resolves when something has come true; the test's own time limit ends it. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resume) => setImmediate(resume))
}

describe('requests that could be read in two ways never reach the upstream', () => {
  const head = 'POST / HTTP/1.1\r\nHost: h\r\n'
  test.each([
    {
      what: 'two framings',
      request: `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n`,
    },
    { what: 'two lengths', request: `${head}Content-Length: 4\r\nContent-Length: 5\r\n\r\n` },
    {
      what: 'equal lengths twice',
      request: `${head}Content-Length: 4\r\ncontent-length: 4\r\n\r\n`,
    },
    { what: 'a signed length', request: `${head}Content-Length: +4\r\n\r\n` },
    { what: 'another coding', request: `${head}Transfer-Encoding: gzip, chunked\r\n\r\n` },
    {
      what: 'a coding in two headers',
      request: `${head}Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n`,
    },
    { what: 'a blank before the colon', request: `${head}Content-Length : 4\r\n\r\n` },
    { what: 'a folded header', request: `${head}X: a\r\n Content-Length: 4\r\n\r\n` },
    { what: 'a bare line feed', request: `${head}X: a\nContent-Length: 4\r\n\r\n` },
    { what: 'a bare carriage return', request: `${head}X: a\rContent-Length: 4\r\n\r\n` },
    { what: 'a zero byte', request: `${head}X: a\0b\r\n\r\n` },
    { what: 'two blanks in the first line', request: 'GET  / HTTP/1.1\r\nHost: h\r\n\r\n' },
    { what: 'HTTP/2', request: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
    {
      what: 'chunks in HTTP/1.0',
      request: 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n',
    },
    { what: 'no HTTP at all', request: '\x16\x03\x01\x02\r\n\r\n' },
    { what: 'too long a head', request: `${head}X: ${'x'.repeat(70_000)}\r\n\r\n` },
  ])('$what', async ({ request }) => {
    const { client, received, seen } = await open((socket) => socket.write(ok))
    const caller = client()
    caller.send(request)
    await caller.ended
    expect(caller.got.toString()).toMatch(/^HTTP\/1\.1 400 /)
    expect(received).toEqual([])
    expect(seen).toEqual([])
  })

  test.each([
    { what: 'a size with a sign', chunk: '+1\r\na\r\n0\r\n\r\n' },
    { what: 'a size with a blank', chunk: '1 \r\na\r\n0\r\n\r\n' },
    { what: 'a size in C', chunk: '0x1\r\na\r\n0\r\n\r\n' },
    { what: 'a line feed alone', chunk: '1\na\n0\n\n' },
    { what: 'more than its size', chunk: '1\r\nab\r\n0\r\n\r\n' },
    { what: 'a trailer that is none', chunk: '0\r\nno trailer\r\n\r\n' },
  ])('a chunk: $what', async ({ chunk }) => {
    const { client, seen } = await open((socket) => socket.on('end', () => socket.end()))
    const caller = client()
    caller.send(`${head}Transfer-Encoding: chunked\r\n\r\n`)
    await until(() => (world?.received.length ?? 0) > 0)
    caller.send(chunk)
    await caller.ended
    expect(seen.map(({ exchange }) => exchange.failure?.code)).toEqual(['ClientProtocolError'])
  })

  test.each([
    { what: 'CONNECT', request: 'CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n', status: 405 },
    {
      what: 'Upgrade',
      request: 'GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n',
      status: 501,
    },
  ])('$what is refused', async ({ request, status }) => {
    const { client, received } = await open(() => undefined)
    const caller = client()
    caller.send(request)
    await caller.ended
    expect(caller.got.toString()).toContain(`HTTP/1.1 ${status} `)
    expect(received).toEqual([])
  })
})

describe('an upstream that', () => {
  test('is not there', async () => {
    const { client, seen, closeUpstream } = await open(() => undefined)
    await closeUpstream()
    const caller = client()
    caller.send(get)
    await caller.ended
    expect(caller.got.toString()).toContain('HTTP/1.1 502 ')
    expect(seen.map(({ exchange }) => exchange.failure?.code)).toEqual(['UpstreamUnreachable'])
  })

  test.each([
    { what: 'ends without an answer', says: '', status: 502, code: 'UpstreamClosedConnection' },
    { what: 'speaks nonsense', says: 'hello\r\n\r\n', status: 502, code: 'UpstreamProtocolError' },
    {
      what: 'ends within a head',
      says: 'HTTP/1.1 200 OK\r\nX',
      status: 502,
      code: 'UpstreamClosedConnection',
    },
    {
      what: 'switches protocols unasked',
      says: 'HTTP/1.1 101 Yes\r\n\r\n',
      status: 502,
      code: 'UpstreamProtocolError',
    },
  ])('$what: the client is told', async ({ says, status, code }) => {
    const { client, seen } = await open((socket) => socket.once('data', () => socket.end(says)))
    const caller = client()
    caller.send(get)
    await caller.ended
    expect(caller.got.toString()).toContain(`HTTP/1.1 ${status} `)
    expect(seen.map(({ exchange }) => exchange.failure?.code)).toEqual([code])
  })

  test.each([
    { what: 'a length', says: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf' },
    { what: 'chunks', says: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n' },
  ])('dies within an answer of $what: the client gets as much and no more', async ({ says }) => {
    const { client, seen } = await open((socket) => {
      socket.once('data', () => socket.write(says, () => socket.resetAndDestroy()))
    })
    const caller = client()
    caller.send(get)
    await caller.ended
    expect(says.startsWith(caller.got.toString())).toBe(true)
    expect(seen).toHaveLength(1)
    expect(seen[0]!.exchange.failure?.code).toBe('UpstreamClosedConnection')
  })

  test('answers too late', async () => {
    const { client, seen } = await open(() => undefined, {}, { proxyIdleTimeout: 30 })
    const caller = client()
    caller.send(get)
    await caller.ended
    expect(caller.got.toString()).toContain('HTTP/1.1 504 ')
    expect(seen.map(({ exchange }) => exchange.failure?.code)).toEqual(['UpstreamTimeout'])
  })

  test('closes between calls: the next call has a new connection', async () => {
    const { client, received } = await open((socket) => socket.once('data', () => socket.end(ok)))
    const caller = client()
    caller.send(get)
    await caller.until(ok.length)
    await new Promise((resume) => setTimeout(resume, 20))
    caller.send(get)
    expect((await caller.until(2 * ok.length)).toString()).toBe(ok + ok)
    expect(received).toHaveLength(2)
  })
})

describe('a client that', () => {
  test('hangs up within its request: the upstream sees it, too', async () => {
    let isUpstreamEnded = false
    const { client, seen, received } = await open((socket) => {
      socket.on('close', () => (isUpstreamEnded = true))
      socket.on('end', () => socket.end())
    })
    const caller = client()
    caller.send('PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf')
    await until(() => received.length > 0 && received[0]!().includes('half'))
    caller.socket.resetAndDestroy()
    await until(() => isUpstreamEnded && seen.length > 0)
    expect(seen[0]).toMatchObject({
      exchange: { requestEnded: false, failure: { code: 'ClientClosedConnection' } },
      request: Buffer.from('half'),
    })
  })

  test('hangs up within its answer', async () => {
    const { client, seen } = await open((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n')
        const more = () => {
          while (socket.writable && socket.write(Buffer.alloc(64 * 1024)));
        }
        socket.on('drain', more)
        more()
      })
    })
    const caller = client()
    caller.send(get)
    await caller.until(200_000)
    caller.socket.resetAndDestroy()
    await until(() => seen.length > 0)
    const { exchange } = seen[0]!
    expect(exchange.failure?.code).toBe('ClientClosedConnection')
    expect(exchange.answer?.status).toBe(200)
    expect(exchange.answerBody.size).toBeGreaterThan(100_000)
  })
})

describe('recording', () => {
  test('the last piece of an answer waits for it', async () => {
    const recorded = Promise.withResolvers<void>()
    const big = `HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`
    const { client, seen } = await open((socket) => socket.once('data', () => socket.end(big)), {
      finish: () => recorded.promise,
    })
    const caller = client()
    caller.send(get)
    await until(() => seen.length > 0)
    await new Promise((resume) => setTimeout(resume, 20))
    expect(caller.got.length).toBeLessThan(big.length)
    recorded.resolve()
    expect((await caller.until(big.length)).toString()).toBe(big)
  })

  test('an answer whose record is not durable never ends', async () => {
    const { client } = await open((socket) => socket.once('data', () => socket.write(ok)), {
      finish: () => Promise.reject(new Error('not durable')),
    })
    const caller = client()
    caller.send(get)
    await caller.ended
    expect(caller.got.toString()).toBe('')
  })

  test('a call that cannot be recorded is not made', async () => {
    const { client, received } = await open(() => undefined, {
      holdsRequests: true,
      begin: () => Promise.reject(new RefusedError(503, 'not now')),
    })
    const caller = client()
    caller.send(get)
    await caller.ended
    expect(caller.got.toString()).toMatch(/^HTTP\/1\.1 503 [\s\S]*not now\n$/)
    expect(received).toEqual([])
  })

  test('a small request is known whole before it is made, where that is asked for', async () => {
    const bodies: string[] = []
    const { client } = await open((socket) => socket.once('data', () => socket.write(ok)), {
      holdsRequests: true,
      begin: async ({ requestBody }) => {
        bodies.push(requestBody.bytes.toString())
        return undefined
      },
    })
    const caller = client()
    caller.send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\nActi')
    await new Promise((resume) => setTimeout(resume, 10))
    caller.send('on=Do&b=')
    expect((await caller.until(ok.length)).toString()).toBe(ok)
    expect(bodies).toEqual(['Action=Do&b='])
  })
})
