// What the listener does with each kind of call: its answer, and the record that is made of it.
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { BlockList, connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import {
  accessKeyId,
  cloudtrailStubs,
  ends,
  formCall,
  getUser,
  iamStubs,
  jsonCall,
  secret,
  send,
  serviceOf,
  startListener,
  stub,
  type TestListener,
  type TestRequest,
} from '../../test/wire-listener.ts'
import { ApiError, ConflictError, StorageError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Operation } from '../operation.ts'
import type { ListenerSettings } from './listener.ts'
import { signRequest } from './sigv4/sign.ts'

const open: TestListener[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()))
})

async function listen(settings: Partial<ListenerSettings> = {}): Promise<TestListener> {
  const services = [serviceOf('cloudtrail', cloudtrailStubs), serviceOf('iam', iamStubs)]
  const listener = await startListener({ services, ...settings })
  open.push(listener)
  return listener
}

describe('an awsJson call', () => {
  test('is answered and recorded', async () => {
    const { url, calls } = await listen()
    const answer = await send(url, jsonCall('GetTrail', { Name: 'a', Unknown: 1 }))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/x-amz-json-1.1')
    expect(await answer.json()).toEqual({ Trail: { Name: 'a' } })
    expect(calls).toEqual([
      expect.objectContaining({
        requestId: answer.headers.get('x-amzn-requestid'),
        operation: 'GetTrail',
        access: 'read',
        category: 'Management',
        region: 'us-east-1',
        accountId: '000000000000',
        sourceIp: '127.0.0.1',
        host: new URL(url).host,
        signature: 'AuthHeader',
        principal: expect.objectContaining({ accessKeyId }),
        claimedAccessKeyId: undefined,
        input: { Name: 'a' },
        output: { Trail: { Name: 'a' } },
        tls: undefined,
      }),
    ])
    expect(calls[0]!.service.eventSource).toBe('cloudtrail.amazonaws.com')
  })

  test.each([
    { target: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.GetTrail' },
    { target: 'CloudTrail_20131101.GetTrail' },
  ])('is found by $target', async ({ target }) => {
    const { url } = await listen()
    const headers = { 'x-amz-target': target }
    expect((await send(url, jsonCall('', { Name: 'a' }, { headers }))).status).toBe(200)
  })

  test('takes the Region from its scope, and an empty body for an empty object', async () => {
    const { url, calls } = await listen({
      services: [serviceOf('cloudtrail', { ListTrails: stub({ Trails: [] }) })],
    })
    const answer = await send(url, jsonCall('ListTrails', '', { region: 'eu-west-1' }))
    expect(await answer.json()).toEqual({ Trails: [] })
    expect(calls[0]).toMatchObject({ region: 'eu-west-1', input: {} })
  })
})

describe('an awsQuery call', () => {
  test('is answered in XML and recorded', async () => {
    const { url, calls } = await listen()
    const answer = await send(url, formCall(getUser))
    const requestId = answer.headers.get('x-amzn-requestid')
    expect(answer.headers.get('content-type')).toBe('text/xml')
    expect(await answer.text()).toBe(
      '<GetUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetUserResult><User>' +
        '<UserName>bob</UserName></User></GetUserResult><ResponseMetadata>' +
        `<RequestId>${requestId}</RequestId></ResponseMetadata></GetUserResponse>`,
    )
    expect(ends(calls)).toEqual([['GetUser']])
    expect(calls[0]!.input).toEqual({ UserName: 'bob' })
  })

  test('may be in the query', async () => {
    const { url, calls } = await listen()
    const path = `/?${getUser}`
    const answer = await send(url, { method: 'GET', path, service: 'iam' })
    expect(answer.status).toBe(200)
    expect(calls[0]!.input).toEqual({ UserName: 'bob' })
  })

  test('an error is XML', async () => {
    const { url, calls } = await listen()
    const answer = await send(url, formCall(getUser.replace('Get', 'Delete')))
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe(
      '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>' +
        '<Code>NoSuchEntity</Code><Message>The user with name bob cannot be found.</Message></Error>' +
        `<RequestId>${calls[0]!.requestId}</RequestId></ErrorResponse>`,
    )
    expect(ends(calls)).toEqual([['DeleteUser', 'NoSuchEntity']])
  })
})

test('a signed header counts however many stand before it', async () => {
  const { url } = await listen()
  const { service, headers, body } = jsonCall('GetTrail', { Name: 'a' })
  const signing = { method: 'POST', url: new URL(url), headers: headers!, body: body! }
  const by = { region: 'us-east-1', accessKeyId, secret, now: Date.now(), service: service! }
  const { 'x-amz-target': target, ...sent } = signRequest({ ...signing, ...by })
  const first = Object.entries({ ...sent, 'content-length': body!.length })
    .flat()
    .map(String)
  const others = Array.from({ length: 2_002 - first.length / 2 }, () => ['a', '']).flat()
  const all = [...first, ...others, 'x-amz-target', target!]
  const request = httpRequest(url, { method: 'POST', headers: all }).end(body)
  const [response] = await once(request, 'response')
  response.resume()
  expect(response.statusCode).toBe(200)
})

test('a member the operation checks itself is left to it', async () => {
  const { url } = await listen()
  expect((await send(url, jsonCall('LookupEvents', { MaxResults: 51 }))).status).toBe(200)
})

describe('the body', () => {
  /** Sends the head and part of the body, and hangs up. */
  async function cutOff(url: string, { headers, body }: TestRequest, at: number): Promise<void> {
    const { port } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    const lines = Object.entries(headers!).map(([name, value]) => `${name}: ${value}\r\n`)
    const length = Buffer.byteLength(body!)
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n${lines.join('')}\r\n`)
    socket.write(body!.slice(0, at))
    await new Promise((sent) => setTimeout(sent, 50))
    socket.destroy()
  }

  test.each([
    { why: 'JSON', request: jsonCall('GetTrail', { Name: 'a' }), as: 'GetTrail' },
    { why: 'a form', request: formCall(`${getUser}&Rest=is-not-sent`), as: 'GetUser' },
  ])('$why cut off half-way is recorded as nobody', async ({ request, as }) => {
    const listener = await listen({ auth: 'open' })
    await cutOff(listener.url, request, request.body!.length - 5)
    await listener.close()
    expect(ends(listener.calls)).toEqual([[as, 'IncompleteBody']])
    expect(listener.calls[0]!.principal).toBeUndefined()
  })

  test('is asked for only when it is wanted', async () => {
    const { url, calls } = await listen()
    const ask = async (target: string) => {
      const headers = { 'x-amz-target': target, expect: '100-continue', 'content-length': 2 }
      const request = httpRequest(url, { method: 'POST', headers })
      let continued = false
      request.on('continue', () => {
        continued = true
        request.end('{}')
      })
      request.on('error', () => undefined)
      request.flushHeaders()
      const [response] = await once(request, 'response')
      response.resume()
      request.destroy()
      return { continued, status: response.statusCode }
    }
    expect(await ask('CloudTrail_20131101.GetTrail')).toEqual({ continued: false, status: 400 })
    expect(ends(calls)).toEqual([['GetTrail', 'MissingAuthenticationTokenException']])
    const { url: openUrl } = await listen({ auth: 'open' })
    const request = httpRequest(openUrl, {
      method: 'POST',
      headers: {
        'x-amz-target': 'CloudTrail_20131101.LookupEvents',
        expect: '100-continue',
        'content-length': 2,
      },
    })
    request.on('continue', () => request.end('{}'))
    request.flushHeaders()
    const [response] = await once(request, 'response')
    expect(response.statusCode).toBe(200)
    response.resume()
  })

  test('too many large ones at once are asked to come again', async () => {
    const { url } = await listen({ limits: { ...limits, bodiesBytesMax: 10 } })
    const answer = await send(url, jsonCall('GetTrail', { Name: 'too long' }))
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ __type: 'ServiceUnavailable' })
    expect((await send(url, jsonCall('LookupEvents', {}))).status).toBe(200)
  })

  test.each([
    { why: 'JSON', request: jsonCall('GetTrail', { Name: 'too long' }), as: 'GetTrail' },
    { why: 'a form', request: formCall(getUser), as: 'GetUser' },
  ])('$why that there is no room for proves nobody', async ({ request, as }) => {
    const { url, calls } = await listen({ limits: { ...limits, bodiesBytesMax: 10 } })
    const signing = { method: 'POST', url: new URL(url), body: '', service: request.service! }
    const by = { region: 'us-east-1', accessKeyId, secret: 'wrong', now: Date.now() }
    const signed = signRequest({ ...signing, headers: request.headers!, ...by })
    // As older clients sign: the body's hash is in the signature only.
    const { host: _, 'x-amz-content-sha256': __, ...headers } = signed
    headers['authorization'] = headers['authorization']!.replace('x-amz-content-sha256;', '')
    const answer = await fetch(url, { method: 'POST', headers, body: request.body! })
    expect(answer.status).toBe(503)
    expect(ends(calls)).toEqual([[as, 'ServiceUnavailable']])
    expect(calls[0]!.principal).toBeUndefined()
  })
})

describe('forms, whose senders nothing proves before they are here', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  /** Sends so many bytes of a longer form; resolves when the server hangs up. */
  function halfSent(url: string, bytes: number) {
    const headers = { ...form, 'content-length': 1_000 }
    const request = httpRequest(url, { method: 'POST', headers })
    request.on('error', () => undefined)
    request.write(getUser.padEnd(bytes, '&'))
    return { request, closed: new Promise((done) => request.on('close', done)) }
  }

  test('make room for others when they come in too slowly, the oldest first', async () => {
    const { url, calls } = await listen({ limits: { ...limits, formsBytesMax: 500 } })
    const slow = [halfSent(url, 200), halfSent(url, 200)]
    expect((await send(url, formCall(getUser))).status).toBe(200)
    const third = halfSent(url, 200)
    await slow[0]!.closed
    expect(slow[1]!.request.destroyed).toBe(false)
    expect((await send(url, formCall(getUser))).status).toBe(200)
    for (const { request } of [slow[1]!, third]) request.destroy()
    expect(ends(calls)).toContainEqual(['GetUser', 'MissingAuthenticationToken'])
  })
})

describe('the record', () => {
  test('comes before the answer', async () => {
    let durable = false
    const { url } = await listen({
      complete: async () => {
        await new Promise((done) => setTimeout(done, 20))
        durable = true
      },
    })
    await send(url, jsonCall('GetTrail', { Name: 'a' }))
    expect(durable).toBe(true)
  })

  test.each([
    { call: 'that succeeded', request: jsonCall('GetTrail', { Name: 'a' }) },
    { call: 'that was refused', request: jsonCall('StopLogging', { Name: 'a' }) },
  ])('when it cannot be kept, nothing is said of a call $call', async ({ request }) => {
    let asked = 0
    const { url } = await listen({
      complete: async () => {
        asked++
        throw new StorageError('disk full', 'ENOSPC')
      },
    })
    const answer = await send(url, request)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({
      __type: 'ServiceUnavailable',
      message: 'The call could not be recorded: disk full.',
    })
    expect(asked).toBe(1)
  })

  test('a call whose own storage fails is recorded as refused', async () => {
    const run = stub(() => {
      throw new StorageError('i/o error', 'EIO at /secret/place')
    })
    const listener = await listen({ services: [serviceOf('cloudtrail', { GetTrail: run })] })
    const answer = await send(listener.url, jsonCall('GetTrail', { Name: 'a' }))
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ message: 'Storage cannot be read: i/o error.' })
    expect(ends(listener.calls)).toEqual([['GetTrail', 'ServiceUnavailable']])
  })

  test('a call that met another writer is run again', async () => {
    let runs = 0
    const run = stub(() => ({ Trail: { Name: `run ${++runs}` } }))
    let conflicts = 3
    const { url } = await listen({
      services: [serviceOf('cloudtrail', { GetTrail: run })],
      complete: async () => {
        if (conflicts-- > 0) throw new ConflictError('changed')
      },
    })
    const answer = await send(url, jsonCall('GetTrail', { Name: 'a' }))
    expect(await answer.json()).toEqual({ Trail: { Name: 'run 4' } })
  })

  test.each([
    { request: jsonCall('GetTrail', { Name: 'a' }), status: 400, code: 'ConflictException' },
    { request: formCall(getUser), status: 409, code: 'ConcurrentModification' },
  ])('one that meets writers without end: $code', async ({ request, status, code }) => {
    const ends: Array<string | undefined> = []
    const { url } = await listen({
      complete: async ({ error }) => {
        ends.push(error?.code)
        if (!error) throw new ConflictError('changed')
      },
    })
    const answer = await send(url, request)
    expect(answer.status).toBe(status)
    expect(await answer.text()).toContain(code)
    expect(ends).toEqual([...Array(50).fill(undefined), code])
  })
})

describe('authorisation', () => {
  const deny = () => {
    throw new ApiError('AccessDenied', 'User: a is not authorized')
  }

  test('is asked with action, resources and who calls', async () => {
    const asked: unknown[] = []
    const { url } = await listen({
      services: [
        serviceOf('cloudtrail', {
          GetTrail: stub({}, { resources: ({ Name }) => [`arn:${Name}`] }),
          LookupEvents: stub({}, { action: 'cloudtrail:Look' }),
          ListTrails: stub({}, { unguarded: true }),
        }),
      ],
      authorize: (_, { caller, action, resources }) => {
        asked.push([caller.arn, caller.region, action, resources])
      },
    })
    await send(url, jsonCall('GetTrail', { Name: 'a' }))
    await send(url, jsonCall('LookupEvents', {}, { region: 'eu-west-1' }))
    await send(url, jsonCall('ListTrails', {}))
    const arn = 'arn:aws:iam::000000000000:root'
    expect(asked).toEqual([
      [arn, 'us-east-1', 'cloudtrail:GetTrail', ['arn:a']],
      [arn, 'eu-west-1', 'cloudtrail:Look', ['*']],
    ])
  })

  test.each([
    { request: jsonCall('GetTrail', { Name: 'a' }), status: 400, code: 'AccessDeniedException' },
    { request: formCall(getUser), status: 403, code: 'AccessDenied' },
  ])('denied: $code', async ({ request, status, code }) => {
    const { url, calls } = await listen({ authorize: deny })
    const answer = await send(url, request)
    expect(answer.status).toBe(status)
    expect(await answer.text()).toContain('User: a is not authorized')
    expect(calls[0]).toMatchObject({ error: { code }, principal: { accessKeyId } })
  })
})

describe('auth: open', () => {
  test.each([
    { why: 'no signature', more: { service: undefined }, key: 'anonymous', status: 200 },
    {
      why: 'any key',
      more: { accessKeyId: 'AKIAANY', secret: 'any' },
      key: 'AKIAANY',
      status: 200,
    },
    { why: 'a Region that is not ours', more: { region: 'mars-north-1' }, status: 400 },
    { why: 'a scope that contradicts the target', more: { service: 'iam' }, status: 400 },
  ])('$why', async ({ more, key, status }) => {
    const { url, calls } = await listen({ auth: 'open' })
    expect((await send(url, jsonCall('GetTrail', { Name: 'a' }, more))).status).toBe(status)
    expect(calls[0]!.principal?.accessKeyId).toBe(key)
  })

  const pages: Array<{ from: string; headers: Record<string, string>; status: number }> = [
    { from: 'another site', headers: { origin: 'http://evil.example' }, status: 400 },
    { from: 'nowhere that has a name', headers: { origin: 'null' }, status: 400 },
    { from: 'an image of another site', headers: { 'sec-fetch-site': 'cross-site' }, status: 400 },
    { from: 'its own console', headers: { 'sec-fetch-site': 'same-origin' }, status: 200 },
  ]
  test.each(pages)(
    'a browser on a page of $from is answered $status',
    async ({ headers, status }) => {
      const { url, calls } = await listen({ auth: 'open' })
      const call = jsonCall('GetTrail', { Name: 'a' }, { service: undefined })
      const answer = await send(url, { ...call, headers: { ...call.headers, ...headers } })
      expect(answer.status).toBe(status)
      expect(calls[0]!.principal === undefined).toBe(status !== 200)
    },
  )

  test('an unsigned form is found by its action and version', async () => {
    const { url, calls } = await listen({ auth: 'open' })
    expect((await send(url, formCall(getUser, { service: undefined }))).status).toBe(200)
    expect(ends(calls)).toEqual([['GetUser']])
  })
})

describe('paths of our own', () => {
  test.each([
    ['/healthz', 'healthz'],
    ['/ingest', 'ingest'],
    ['/ingest/a?b=c', 'ingest'],
  ])('%s', async (path, handler) => {
    const routes = {
      '/healthz': (_: unknown, response: { end(text: string): void }) => response.end('healthz'),
      '/ingest/': (_: unknown, response: { end(text: string): void }) => response.end('ingest'),
    }
    const { url } = await listen({ routes })
    expect(await (await fetch(url + path)).text()).toBe(handler)
    expect((await fetch(`${url}/ingested`)).status).toBe(404)
  })

  test('one that fails answers 500 and is logged', async () => {
    const failure = new Error('broken')
    const { url, errors } = await listen({ routes: { '/a': () => Promise.reject(failure) } })
    expect((await fetch(`${url}/a`)).status).toBe(500)
    expect(errors).toEqual([failure])
  })
})

test('X-Forwarded-For counts from configured networks', async () => {
  const trustedProxies = new BlockList()
  trustedProxies.addAddress('127.0.0.1')
  const { url, calls } = await listen({ trustedProxies })
  const headers = { 'x-forwarded-for': '1.1.1.1, 198.51.100.7', 'user-agent': 'a/1' }
  await send(url, jsonCall('GetTrail', { Name: 'a' }, { headers }))
  expect(calls[0]).toMatchObject({ sourceIp: '198.51.100.7', userAgent: 'a/1' })
})

describe('close', () => {
  test('ends long waits, and waits for what is under way and its record', async () => {
    let started: () => void = () => undefined
    const running = new Promise<void>((resolve) => {
      started = resolve
    })
    const wait: Operation = {
      access: 'read',
      async run(_, { signal }) {
        started()
        await once(signal, 'abort')
        return { Trail: { Name: 'ended' } }
      },
    }
    const listener = await listen({ services: [serviceOf('cloudtrail', { GetTrail: wait })] })
    const answer = send(listener.url, jsonCall('GetTrail', { Name: 'a' }))
    await running
    await listener.close()
    const { headers, status } = await answer
    expect([status, headers.get('connection')]).toEqual([200, 'close'])
    expect(ends(listener.calls)).toEqual([['GetTrail']])
  })

  test('a caller who hangs up ends its own wait, and is recorded', async () => {
    let hangUp = new AbortController()
    const wait: Operation = {
      access: 'read',
      async run(_, { signal }) {
        setTimeout(() => hangUp.abort(), 10)
        await once(signal, 'abort')
        return {}
      },
    }
    const listener = await listen({
      services: [serviceOf('cloudtrail', { GetTrail: wait })],
      auth: 'open',
    })
    for (let i = 0; i < 3; i++) {
      hangUp = new AbortController()
      const { headers, body } = jsonCall('GetTrail', { Name: 'a' })
      const call = fetch(listener.url, { method: 'POST', headers, body, signal: hangUp.signal })
      await expect(call).rejects.toThrow()
    }
    await listener.close()
    expect(listener.calls).toHaveLength(3)
  })
})
