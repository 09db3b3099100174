// Exchange by exchange: what the proxy passes on is what it got, byte for byte, both ways.
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { openProxyWorld, type ProxyWorld } from './proxy-world.ts'

let world: ProxyWorld | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

/** An upstream that gives these answers, each once the request's bytes are all there. */
async function scripted(...turns: ReadonlyArray<readonly [request: string, answer: string]>) {
  world = await openProxyWorld((socket, received) => {
    let expected = 0
    let turn = 0
    socket.on('data', () => {
      while (turn < turns.length && received().length >= expected + turns[turn]![0].length) {
        expected += turns[turn]![0].length
        socket.write(Buffer.from(turns[turn++]![1], 'latin1'))
      }
    })
    socket.on('end', () => socket.end())
  })
  return world
}

const get = (path = '/') =>
  `GET ${path} HTTP/1.1\r\nhOsT:  odd.Example:80 \r\nX-B: 1\r\nx-b: 2\r\n\r\n`
const odd = 'HTTP/1.1 200 all Right!\r\nX-ODD:\t a b \r\nx-odd: c\r\n'

const rows: ReadonlyArray<{ what: string; request: string; answer: string; body: string }> = [
  {
    what: 'a length, odd spelling and doubled headers',
    request: get('/a%2fb//../c?x=%zz&y'),
    answer: `${odd}Content-Length: 3\r\n\r\nabc`,
    body: 'abc',
  },
  {
    what: 'chunks of odd sizes with extensions and trailers',
    request: get(),
    answer: `${odd}Transfer-Encoding: chunked\r\n\r\n001;e="q"\r\na\r\nA\r\n0123456789\r\n0;last\r\nX-T: v\r\nY: \r\n\r\n`,
    body: 'a0123456789',
  },
  {
    what: 'interim answers before the final one',
    request: get(),
    answer:
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' +
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nz',
    body: 'z',
  },
  {
    what: 'HEAD, whose length is not its own',
    request: 'HEAD /k HTTP/1.1\r\nHost: h\r\n\r\n',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n',
    body: '',
  },
  { what: '204', request: get(), answer: 'HTTP/1.1 204 No Content\r\n\r\n', body: '' },
  {
    what: '304 with a length',
    request: get(),
    answer: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: "a"\r\n\r\n',
    body: '',
  },
  {
    what: 'huge headers',
    request: `GET / HTTP/1.1\r\nHost: h\r\nX-Huge: ${'x'.repeat(60_000)}\r\n\r\n`,
    answer: `HTTP/1.1 200 OK\r\nX-Huge: ${'y'.repeat(60_000)}\r\nContent-Length: 0\r\n\r\n`,
    body: '',
  },
  {
    what: 'bytes beyond ASCII in headers and target',
    request: 'GET /\xe4\xff?\xfc HTTP/1.1\r\nHost: h\r\nX: \xff\xfe\r\n\r\n',
    answer: 'HTTP/1.1 200 \xe9t\xe9\r\nX: \x80\r\nContent-Length: 2\r\n\r\n\x00\xff',
    body: '\x00\xff',
  },
]

describe('an exchange passes as it is', () => {
  test.each(rows)('$what', async ({ request, answer, body }) => {
    const { client, received, seen } = await scripted([request, answer])
    const caller = client()
    caller.send(request)
    expect((await caller.until(answer.length)).toString('latin1')).toBe(answer)
    expect(received[0]!().toString('latin1')).toBe(request)
    expect(seen).toHaveLength(1)
    expect(seen[0]!.answer.toString('latin1')).toBe(body)
    expect(seen[0]!.exchange).toMatchObject({ requestEnded: true })
    expect(seen[0]!.exchange.failure).toBeUndefined()
  })

  test('many over one connection, also when they are sent at once', async () => {
    const turns = rows.map(({ request, answer }) => [request, answer] as const)
    const { client, received, seen } = await scripted(...turns)
    const caller = client()
    caller.send(turns.map(([request]) => request).join(''))
    const answers = turns.map(([, answer]) => answer).join('')
    expect((await caller.until(answers.length)).toString('latin1')).toBe(answers)
    expect(received).toHaveLength(1)
    expect(seen).toHaveLength(turns.length)
  })

  test('the end of a connection that is the end of an answer', async () => {
    world = await openProxyWorld((socket) => {
      socket.on('data', () => socket.end('HTTP/1.0 200 OK\r\nServer: old\r\n\r\nto the end'))
    })
    const caller = world.client()
    caller.send('GET / HTTP/1.0\r\n\r\n')
    await caller.ended
    expect(caller.got.toString()).toBe('HTTP/1.0 200 OK\r\nServer: old\r\n\r\nto the end')
    expect(world.seen[0]!.answer.toString()).toBe('to the end')
    expect(world.seen[0]!.exchange.failure).toBeUndefined()
  })

  test('Expect: 100-continue is asked of the upstream, and its answer decides', async () => {
    const head = 'PUT /k HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n'
    const go = 'HTTP/1.1 100 Continue\r\n\r\n'
    const done = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
    const { client, seen } = await scripted([head, go], ['body', done])
    const caller = client()
    caller.send(head)
    expect((await caller.until(go.length)).toString()).toBe(go)
    caller.send('body')
    expect((await caller.until(go.length + done.length)).toString()).toBe(go + done)
    expect(seen[0]!.request.toString()).toBe('body')
  })

  test('an answer before the request is whole, on a connection that goes on', async () => {
    const head = 'PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n'
    const early = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'
    const next = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
    const { client, received, seen } = await scripted([head, early], [`body${get()}`, next])
    const caller = client()
    caller.send(head)
    await caller.until(early.length)
    expect(seen[0]!.exchange.requestEnded).toBe(false)
    caller.send(`body${get()}`)
    expect((await caller.until(early.length + next.length)).toString()).toBe(early + next)
    expect(received[0]!().toString('latin1')).toBe(`${head}body${get()}`)
  })
})

describe('generated exchanges', () => {
  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/).filter((name) => {
    return !/^(content-length|transfer-encoding|connection|upgrade|expect)$/i.test(name)
  })
  const value = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,40}[\x21-\x7e])?$/)
  const headers = fc.array(fc.tuple(token, value), { maxLength: 8 })
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), { maxLength: 5 })
  const message = fc.record({ headers, chunks, chunked: fc.boolean(), upper: fc.boolean() })

  function bytesOf(first: string, given: typeof message extends fc.Arbitrary<infer T> ? T : never) {
    const body = Buffer.concat(given.chunks).toString('latin1')
    const lines = given.headers.map(([name, text]) => `${name}: ${text}\r\n`).join('')
    if (!given.chunked) return `${first}\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`
    const parts = given.chunks.map((chunk) => {
      const size = chunk.length.toString(16)
      const text = Buffer.from(chunk).toString('latin1')
      return `${given.upper ? size.toUpperCase() : `0${size}`}\r\n${text}\r\n`
    })
    return `${first}\r\n${lines}Transfer-Encoding: chunked\r\n\r\n${parts.join('')}0\r\n\r\n`
  }

  test('pass as they are, cut into any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(message, message), { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 }),
        async (calls, cuts) => {
          const turns = calls.map(([asked, given], i) => {
            const request = bytesOf(`POST /${i}?a=%20b HTTP/1.1`, asked)
            return [request, bytesOf('HTTP/1.1 200 OK', given)] as const
          })
          const { client, received, seen, close } = await scripted(...turns)
          const caller = client()
          const sent = turns.map(([request]) => request).join('')
          for (let at = 0, i = 0; at < sent.length; i++) {
            const end = at + cuts[i % cuts.length]!
            caller.send(sent.slice(at, end))
            at = end
            await new Promise((resume) => setImmediate(resume))
          }
          const expected = turns.map(([, answer]) => answer).join('')
          expect((await caller.until(expected.length)).toString('latin1')).toBe(expected)
          expect(received[0]!().toString('latin1')).toBe(sent)
          expect(seen.map(({ request }) => request)).toEqual(
            calls.map(([asked]) => Buffer.concat(asked.chunks)),
          )
          expect(seen.map(({ answer }) => answer)).toEqual(
            calls.map(([, given]) => Buffer.concat(given.chunks)),
          )
          await close()
        },
      ),
      { numRuns: 40 },
    )
  })
})
