// What S3 has of its own on the wire: hosts, paths, errors, streams, digests, and what is recorded of them.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { signed } from '../../test/sigv4/independent.ts'
import {
  accessKeyId,
  refusing,
  secret,
  send,
  serviceOf,
  startListener,
  stub,
  type TestListener,
} from '../../test/wire-listener.ts'
import { ApiError, StorageError } from '../errors.ts'
import type { Operation } from '../operation.ts'
import { signRequest } from './sigv4/sign.ts'

let listener: TestListener
let asked: any[]
const seen = (output: object = {}) =>
  stub((input: unknown) => {
    asked.push(input)
    return output
  })

async function start(operations: Record<string, Operation>): Promise<void> {
  listener = await startListener({ services: [serviceOf('s3', operations)] })
}

beforeEach(() => {
  asked = []
})
afterEach(() => listener.close())

const call = (method: string, path: string, more: object = {}) =>
  send(listener.url, { method, path, service: 's3', ...more })

/** Over node:http, which sends host and path as they are given. */
async function raw(method: string, path: string, host: string) {
  const { port, hostname } = new URL(listener.url)
  const url = new URL(path, `http://${host}:${port}`)
  const signing = { method, url, headers: {}, body: '', service: 's3', region: 'us-east-1' }
  const headers = signRequest({ ...signing, accessKeyId, secret, now: Date.now() })
  const sent = request({ host: hostname, port, method, path, headers }).end()
  const [response] = await once(sent, 'response')
  let body = ''
  for await (const piece of response) body += piece
  return { status: response.statusCode, headers: response.headers, body }
}

describe('a bucket in the host', () => {
  beforeEach(() => start({ ListObjects: seen(), GetObjectTagging: seen(), ListBuckets: seen() }))

  test.each([
    { path: '/', is: { Bucket: 'my.logs' } },
    { path: '/a/b?tagging', is: { Bucket: 'my.logs', Key: 'a/b' } },
    { path: '/console?tagging', is: { Bucket: 'my.logs', Key: 'console' } },
    { path: '/%00?tagging', is: { Bucket: 'my.logs', Key: '\0' } },
  ])('$path', async ({ path, is }) => {
    expect(await raw('GET', path, 'my.logs.localhost')).toMatchObject({ status: 200 })
    expect(asked).toEqual([is])
    expect(listener.calls[0]).toMatchObject({
      input: is,
      host: expect.stringMatching(/^my\.logs\.localhost:/),
    })
  })

  test('no bucket in it: the path has it', async () => {
    await raw('GET', '/logs/', 'localhost')
    await raw('GET', '/', 'localhost')
    expect(asked).toEqual([{ Bucket: 'logs' }, {}])
  })
})

describe('a key is what the path says', () => {
  beforeEach(() => start({ GetObjectTagging: seen() }))

  test.each([
    { path: '/b//a', key: '/a' },
    { path: '/b/a//b/', key: 'a//b/' },
    { path: '/b/a%2Fb', key: 'a/b' },
    { path: '/b/a%00b', key: 'a\0b' },
    { path: '/b/a+b%20c', key: 'a+b c' },
    { path: '/b/%C3%BC', key: 'ü' },
    { path: '/b/u%CC%88', key: 'u\u0308' },
  ])('$path', async ({ path, key }) => {
    expect(await raw('GET', `${path}?tagging`, 'localhost')).toMatchObject({ status: 200 })
    expect(asked).toEqual([{ Bucket: 'b', Key: key }])
  })
})

test('what a signer put into the query of a URL counts as the headers it was', async () => {
  await start({ PutObject: seen() })
  const headers = {
    'x-amz-meta-who': 'bob',
    'x-amz-meta-no name': 'a',
    'x-amz-object-lock-legal-hold': 'ON',
    'x-amz-expected-bucket-owner': '111122223333',
    'x-amz-checksum-crc32': 'AAAAAA==',
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
  }
  const draft = { method: 'PUT', path: '/b/k', headers, service: 's3', secret, accessKeyId }
  const { head } = await signed({ ...draft, at: Date.now(), presignSeconds: 60 })
  expect(head.target).toContain('&x-amz-meta-who=bob')
  const { port } = new URL(listener.url)
  const put = { host: '127.0.0.1', port, method: 'PUT', path: head.target }
  const [response] = await once(
    request({ ...put, headers: head.rawHeaders }).end('body'),
    'response',
  )
  response.resume()
  expect(response.statusCode).toBe(200)
  const is = { Metadata: { who: 'bob' }, ObjectLockLegalHoldStatus: 'ON' }
  expect(asked).toMatchObject([{ ...is, ExpectedBucketOwner: '111122223333' }])
  expect(asked[0].Metadata).toEqual({ who: 'bob' })
  expect(asked[0]).not.toHaveProperty('ChecksumCRC32')
  expect(listener.calls[0]!.http!.headers).toMatchObject({ 'x-amz-meta-who': 'bob' })
})

describe('errors', () => {
  test.each(['/b/%zz', '/b/%FF', '/%'])('no key can be read from %s', async (path) => {
    await start({ GetObjectTagging: seen() })
    const { status, body } = await raw('GET', `${path}?tagging`, 'localhost')
    expect([status, body]).toEqual([400, expect.stringContaining('<Code>InvalidURI</Code>')])
    expect(asked).toEqual([])
  })

  test('in XML, with what S3 says beside code and text', async () => {
    await start({ GetObjectTagging: refusing('NoSuchKey', 'The specified key does not exist.') })
    const answer = await call('GET', '/b/a%20%26?tagging')
    const body = await answer.text()
    const id = answer.headers.get('x-amz-request-id')
    const hostId = answer.headers.get('x-amz-id-2')
    expect(answer.status).toBe(404)
    expect(answer.headers.get('server')).toBe('AmazonS3')
    expect(answer.headers.get('content-type')).toBe('application/xml')
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>' +
        '<Message>The specified key does not exist.</Message><Key>a &amp;</Key>' +
        `<Resource>/b/a &amp;</Resource><RequestId>${id}</RequestId><HostId>${hostId}</HostId></Error>`,
    )
    expect(listener.calls[0]).toMatchObject({ error: { code: 'NoSuchKey' } })
    expect(listener.calls[0]!.http).toMatchObject({ bytesIn: 0, bytesOut: body.length })
  })

  test('with details and headers of their own', async () => {
    const error = new ApiError('InvalidRange', 'The requested range is not satisfiable', {
      details: { ActualObjectSize: '3' },
      headers: { 'content-range': 'bytes */3' },
    })
    await start({
      GetObject: stub(() => {
        throw error
      }),
    })
    const answer = await call('GET', '/b/a')
    expect(answer.status).toBe(416)
    expect(answer.headers.get('content-range')).toBe('bytes */3')
    expect(await answer.text()).toContain('<ActualObjectSize>3</ActualObjectSize>')
  })

  test.each([
    { code: 'NotModified', status: 304 },
    { code: 'PreconditionFailed', status: 412 },
    { code: 'NoSuchBucket', status: 404 },
  ])('$code of a HEAD has no body', async ({ code, status }) => {
    await start({ HeadObject: refusing(code) })
    const answer = await call('HEAD', '/b/a')
    expect([answer.status, await answer.text()]).toEqual([status, ''])
    expect(answer.headers.get('content-length')).toBeNull()
    expect(listener.calls[0]!.http!.bytesOut).toBe(0)
  })

  test('304 has no body and keeps its headers', async () => {
    await start({
      GetObject: stub(() => {
        throw new ApiError('NotModified', 'Not Modified', { headers: { etag: '"a"' } })
      }),
    })
    const answer = await call('GET', '/b/a')
    expect([answer.status, await answer.text()]).toEqual([304, ''])
    expect(answer.headers.get('etag')).toBe('"a"')
  })
})

describe('a streamed answer', () => {
  /** Pieces that the test lets go one by one. */
  function pieces(...texts: string[]) {
    return (async function* () {
      for (const text of texts) yield Buffer.from(text)
    })()
  }

  test.each([
    { texts: ['one', 'two', 'three'], bytes: 11 },
    { texts: ['one'], bytes: 3 },
    { texts: [], bytes: 0 },
  ])('of $texts is recorded with its bytes', async ({ texts, bytes }) => {
    await start({ GetObject: stub(() => ({ Body: pieces(...texts), ContentLength: bytes })) })
    const answer = await call('GET', '/b/a')
    expect(await answer.text()).toBe(texts.join(''))
    expect(listener.calls.map(({ http }) => http!.bytesOut)).toEqual([bytes])
  })

  test('keeps its last piece back until the record is durable', async () => {
    let durable = () => {}
    const synced = new Promise<void>((done) => {
      durable = done
    })
    listener = await startListener({
      services: [serviceOf('s3', { GetObject: stub(() => ({ Body: pieces('a', 'b', 'c') })) })],
      complete: () => synced,
    })
    const answer = await call('GET', '/b/a')
    const reader = answer.body!.getReader()
    let text = ''
    while (text.length < 2) text += Buffer.from((await reader.read()).value!).toString()
    expect(text).toBe('ab')
    let last = 'not here'
    const rest = reader.read().then(({ value }) => {
      last = Buffer.from(value!).toString()
    })
    await new Promise((done) => setImmediate(done))
    expect(last).toBe('not here')
    durable()
    await rest
    expect(last).toBe('c')
  })

  test('that cannot be recorded never ends', async () => {
    listener = await startListener({
      services: [serviceOf('s3', { GetObject: stub(() => ({ Body: pieces('a', 'b') })) })],
      complete: () => Promise.reject(new Error('disk')),
    })
    await expect(call('GET', '/b/a').then((answer) => answer.text())).rejects.toThrow()
  })

  test('that fails half-way is cut off, and recorded as our fault', async () => {
    async function* failing() {
      yield Buffer.from('a')
      yield Buffer.from('b')
      throw new Error('disk')
    }
    await start({ GetObject: stub(() => ({ Body: failing(), ContentLength: 9 })) })
    await expect(call('GET', '/b/a').then((answer) => answer.text())).rejects.toThrow()
    expect(listener.calls).toMatchObject([{ error: { code: 'InternalError' } }])
    expect(listener.calls).toHaveLength(1)
  })

  test('whose caller is gone before it begins is recorded like any other', async () => {
    const begun = Promise.withResolvers<void>()
    const run: Operation['run'] = async (_, { signal }) => {
      begun.resolve()
      await once(signal, 'abort')
      return { Body: held() }
    }
    let isOpen = true
    async function* held() {
      try {
        yield* pieces('a', 'b', 'c')
      } finally {
        isOpen = false
      }
    }
    await start({ GetObject: { access: 'read', run } })
    const url = new URL('/b/a', listener.url)
    const signing = {
      method: 'GET',
      url,
      headers: {},
      body: '',
      service: 's3',
      region: 'us-east-1',
    }
    const headers = signRequest({ ...signing, accessKeyId, secret, now: Date.now() })
    const sent = request(url, { headers }).end()
    sent.on('error', () => undefined)
    await begun.promise
    sent.destroy()
    await expect
      .poll(() => listener.calls, { interval: 2 })
      .toMatchObject([{ operation: 'GetObject' }])
    expect(isOpen).toBe(false)
  })

  test('that cannot be read at all is refused, and recorded so', async () => {
    const next = () => Promise.reject(new StorageError('i/o error', 'no such file'))
    const Body = { [Symbol.asyncIterator]: () => ({ next }) }
    await start({ GetObject: stub(() => ({ Body, ContentLength: 9 })) })
    const answer = await call('GET', '/b/a')
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('<Message>Storage cannot be read: i/o error.</Message>')
    expect(listener.calls).toMatchObject([{ error: { code: 'ServiceUnavailable' } }])
  })

  test('that nobody reads to its end is recorded once, with what went out', async () => {
    let ended = () => {}
    const end = new Promise<void>((done) => {
      ended = done
    })
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(64 * 1024)
      } finally {
        ended()
      }
    }
    await start({ GetObject: stub(() => ({ Body: endless() })) })
    const answer = await call('GET', '/b/a')
    const reader = answer.body!.getReader()
    await reader.read()
    await reader.cancel()
    await end
    await listener.close()
    expect(listener.calls).toHaveLength(1)
    expect(listener.calls[0]!.http!.bytesOut).toBeGreaterThan(0)
    expect(listener.calls[0]!.error).toBeUndefined()
  })
})

test('a body that streams is not taken in while no call could be recorded', async () => {
  const failed = new StorageError('disk full', 'no room')
  listener = await startListener({
    services: [serviceOf('s3', { PutObject: seen(), CreateBucket: seen() })],
    ready: () => Promise.reject(failed),
    complete: async (call) => {
      if (call.error) throw failed
    },
  })
  const answer = await call('PUT', '/b/k', { body: 'x' })
  expect(answer.status).toBe(503)
  expect(await answer.text()).toContain('The call could not be recorded: disk full.')
  expect(asked).toEqual([])
  expect((await call('PUT', '/b')).status).toBe(200)
})

describe('whoever takes longer than a request may', () => {
  /** Sends half a body, lets the time for it pass, and then the other half if it still can. */
  async function slowly(service: string | undefined) {
    const due: Array<() => void> = []
    const clock = {
      now: () => Date.now(),
      after: (_: number, task: () => void) => {
        due.push(task)
        return () => void due.splice(due.indexOf(task), due.includes(task) ? 1 : 0)
      },
    }
    let began = () => {}
    const begun = new Promise<void>((done) => {
      began = done
    })
    const PutObject = stub(async ({ Body }: { Body: AsyncIterable<Buffer> }) => {
      let text = ''
      for await (const piece of Body) {
        text += piece
        began()
      }
      return { ETag: text }
    })
    listener = await startListener({ services: [serviceOf('s3', { PutObject })], clock })
    const url = new URL('/b/k', listener.url)
    const signing = { method: 'PUT', url, headers: {}, body: 'onetwo', region: 'us-east-1' }
    const proof = { accessKeyId, secret, now: Date.now() }
    const headers = service
      ? signRequest({ ...signing, service, ...proof })
      : { 'content-type': 'application/x-www-form-urlencoded' }
    const method = service ? 'PUT' : 'POST'
    const sent = request(url, { method, headers: { ...headers, 'content-length': '6' } })
    sent.write('one')
    if (service) await begun
    else while (due.length === 0) await new Promise((done) => setImmediate(done))
    for (const task of due.splice(0)) task()
    sent.end('two')
    const [response] = await once(sent, 'response')
    response.resume()
    return response.headers.etag
  }

  test('may, for a stream, once it is proven', async () => {
    expect(await slowly('s3')).toBe('onetwo')
  })

  test('is cut off as a stranger', async () => {
    await expect(slowly(undefined)).rejects.toThrow()
  })
})

describe('a body that is held', () => {
  const body = '<Delete><Object><Key>a</Key></Object></Delete>'
  const md5 = createHash('md5').update(body).digest('base64')
  const sha256 = createHash('sha256').update(body).digest('base64')
  beforeEach(() => start({ DeleteObjects: seen({ Deleted: [{ Key: 'a' }] }) }))

  test.each([
    { headers: {}, status: 200 },
    { headers: { 'content-md5': md5 }, status: 200 },
    { headers: { 'x-amz-checksum-sha256': sha256 }, status: 200 },
    { headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }, status: 400, code: 'BadDigest' },
    { headers: { 'content-md5': 'no' }, status: 400, code: 'InvalidDigest' },
    { headers: { 'x-amz-checksum-crc32': 'AAAAAA==' }, status: 400, code: 'BadDigest' },
    { headers: { 'x-amz-checksum-crc99': 'AAAAAA==' }, status: 400, code: 'InvalidRequest' },
  ])('with $headers', async ({ headers, status, code }) => {
    const answer = await call('POST', '/b?delete', { body, headers })
    const text = await answer.text()
    expect(answer.status).toBe(status)
    expect(text).toContain(code ? `<Code>${code}</Code>` : '<DeleteResult xmlns=')
    expect(asked).toHaveLength(code ? 0 : 1)
  })

  test('is recorded as it was sent', async () => {
    await call('POST', '/b?delete', { body })
    expect(listener.calls[0]!.http).toMatchObject({
      query: 'delete',
      bytesIn: body.length,
      document: { Delete: { Object: { Key: 'a' } } },
    })
  })
})
