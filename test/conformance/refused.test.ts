// What is refused, over the real wire, and recorded as nobody's: one row each. The signer is AWS's own.
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { type Draft, encodeChunked, type Sent, signed } from '../sigv4/independent.ts'
import { until } from '../tools.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => removeTestServer(server))

type Received = { status: number; body: string }

/** Sends the bytes as they are on a socket of their own; `cutAt` hangs up after so many body bytes. */
function send({ head, body }: Sent, cutAt?: number): Promise<Received> {
  const { hostname, port } = new URL(server.url)
  const lines = [`${head.method} ${head.target} HTTP/1.1`]
  for (let i = 0; i < head.rawHeaders.length; i += 2) {
    lines.push(`${head.rawHeaders[i]}: ${head.rawHeaders[i + 1]}`)
  }
  lines.push(`content-length: ${body.length}`, 'connection: close', '', '')
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => {
      socket.write(lines.join('\r\n'))
      if (cutAt === undefined) socket.write(body)
      else socket.write(body.subarray(0, cutAt), () => socket.destroy())
    })
    socket.on('data', (bytes) => {
      text += bytes
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      const status = Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1] ?? 0)
      resolve({ status, body: text.slice(text.indexOf('\r\n\r\n') + 4) })
    })
  })
}

/** Every record of the journal, read without our code. */
function journalled(): any[] {
  const folder = join(server.data, 'journal')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line).record)
}

const form = (text: string) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: Buffer.from(text),
})
const listUsers = form('Action=ListUsers&Version=2010-05-08')

function draft(changes: Partial<Draft> = {}): Draft {
  const { accessKeyId, secret } = server.credentials
  return { ...listUsers, service: 'iam', accessKeyId, secret, at: Date.now(), ...changes }
}

/** A request whose body comes in signed chunks, with a signed trailer. */
async function chunked(): Promise<Sent> {
  const { secret } = server.credentials
  const trailerName = 'x-amz-checksum-crc32'
  const sent = await signed(
    draft({
      headers: {
        ...listUsers.headers,
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': String(listUsers.body.length),
        'x-amz-trailer': trailerName,
      },
      body: Buffer.alloc(0),
    }),
  )
  const headers = new Map<string, string>()
  for (let i = 0; i < sent.head.rawHeaders.length; i += 2) {
    headers.set(sent.head.rawHeaders[i]!.toLowerCase(), sent.head.rawHeaders[i + 1]!)
  }
  const seed = /Signature=([0-9a-f]+)/.exec(headers.get('authorization')!)![1]!
  const timestamp = headers.get('x-amz-date')!
  const signer = { secret, timestamp, region: 'us-east-1', service: 'iam', seed }
  const { crc32 } = await import('node:zlib')
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(listUsers.body))
  const body = encodeChunked({
    chunks: [listUsers.body],
    signer,
    trailer: [trailerName, sum.toString('base64')],
  })
  return { ...sent, body }
}

function altered({ head, body }: Sent, find: string, put: string): Sent {
  const text = body.toString('latin1')
  expect(text).toContain(find)
  return { head, body: Buffer.from(text.replace(find, put), 'latin1') }
}

function withHeader({ head, body }: Sent, name: string, value: string): Sent {
  const at = head.rawHeaders.findIndex((one, i) => i % 2 === 0 && one.toLowerCase() === name)
  return { head: { ...head, rawHeaders: head.rawHeaders.with(at + 1, value) }, body }
}

const minutes = 60_000

type Row = { why: string; code: string; sent: () => Promise<Sent> }
const rows: Row[] = [
  {
    why: 'an altered header',
    code: 'SignatureDoesNotMatch',
    sent: async () => withHeader(await signed(draft()), 'content-type', 'application/x-other'),
  },
  {
    why: 'an altered query',
    code: 'SignatureDoesNotMatch',
    sent: async () => {
      const sent = await signed(draft({ query: { Action: 'ListUsers', Version: '2010-05-08' } }))
      return { ...sent, head: { ...sent.head, target: `${sent.head.target}&MaxItems=1` } }
    },
  },
  {
    why: 'an altered body',
    code: 'SignatureDoesNotMatch',
    sent: async () => altered(await signed(draft()), '2010-05-08', '2010-05-09'),
  },
  {
    why: 'an altered chunk',
    code: 'SignatureDoesNotMatch',
    sent: async () => altered(await chunked(), '2010-05-08', '2010-05-09'),
  },
  {
    why: 'an altered trailer',
    code: 'SignatureDoesNotMatch',
    sent: async () => altered(await chunked(), 'x-amz-checksum-crc32:', 'x-amz-checksum-crc32:A'),
  },
  {
    why: 'a replay after the window',
    code: 'SignatureDoesNotMatch',
    sent: () => signed(draft({ at: Date.now() - 16 * minutes })),
  },
  {
    why: 'a Region that is not ours',
    code: 'SignatureDoesNotMatch',
    sent: () => signed(draft({ region: 'mars-north-1' })),
  },
  {
    why: 'a scope for another service than the target',
    code: 'InvalidSignatureException',
    sent: () =>
      signed(
        draft({
          service: 'iam',
          headers: {
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': 'CloudTrail_20131101.LookupEvents',
          },
          body: Buffer.from('{}'),
        }),
      ),
  },
  {
    why: 'a scope of another day',
    code: 'SignatureDoesNotMatch',
    sent: async () => {
      const sent = await signed(draft())
      const at = sent.head.rawHeaders.findIndex((one) => /^authorization$/i.test(one))
      const value = sent.head.rawHeaders[at + 1]!.replace(/\/\d{8}\//, '/20200101/')
      return withHeader(sent, 'authorization', value)
    },
  },
  {
    why: 'a key nobody has',
    code: 'InvalidClientTokenId',
    sent: () => signed(draft({ accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' })),
  },
  {
    why: 'a presigned URL past its time',
    code: 'SignatureDoesNotMatch',
    sent: () =>
      signed({
        ...draft({ at: Date.now() - 2 * minutes, presignSeconds: 60 }),
        method: 'GET',
        query: { Action: 'ListUsers', Version: '2010-05-08' },
        headers: {},
        body: undefined,
      }),
  },
  {
    why: 'a body over the limit',
    code: 'RequestEntityTooLarge',
    sent: () => {
      const rest = `&Filler=${'x'.repeat(limits.bodyBytesMax)}`
      return signed(draft({ body: Buffer.from(listUsers.body + rest) }))
    },
  },
]

describe('is refused, and recorded as nobody', () => {
  test.each(rows)('$why', async ({ code, sent }) => {
    const before = journalled().length
    const answer = await send(await sent())
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.body).toContain(code)
    await onlyNobodysSince(before)
  })

  test('a request cut off half-way', async () => {
    const before = journalled().length
    await send(await signed(draft()), 20)
    await onlyNobodysSince(before)
  })

  test.each(['Inactive', 'deleted'])('an %s key', async (state) => {
    const key = /<AccessKeyId>(\w+)<.*<SecretAccessKey>([^<]+)</.exec(
      (await call('Action=CreateAccessKey')).body,
    )!
    const change = state === 'deleted' ? 'DeleteAccessKey' : 'UpdateAccessKey&Status=Inactive'
    await call(`Action=${change}&AccessKeyId=${key[1]}`)
    const before = journalled().length
    const answer = await send(await signed(draft({ accessKeyId: key[1], secret: key[2]! })))
    expect(answer.body).toContain('InvalidClientTokenId')
    await onlyNobodysSince(before)
    await call(`Action=DeleteAccessKey&AccessKeyId=${key[1]}`)
  })
})

async function call(text: string): Promise<Received> {
  return send(await signed(draft(form(`${text}&Version=2010-05-08`))))
}

/** Exactly one record came since, and it names nobody. */
async function onlyNobodysSince(before: number): Promise<void> {
  const records = await until(
    async () => journalled().slice(before),
    (found) => found.length > 0,
    2_000,
  )
  expect(records).toHaveLength(1)
  expect(records[0]).toMatchObject({
    userIdentity: { type: 'Unknown' },
    errorCode: expect.any(String),
    responseElements: null,
    requestParameters: null,
  })
  expect(records[0].userIdentity).toEqual({ type: 'Unknown' })
}

describe('and what is right passes', () => {
  test('signed chunks and a signed trailer', async () => {
    expect(await send(await chunked())).toMatchObject({ status: 200 })
  })

  test('a presigned URL within its time', async () => {
    const query = { Action: 'GetCallerIdentity', Version: '2011-06-15' }
    const changes = { service: 'sts', method: 'GET', query, headers: {}, body: undefined }
    const answer = await send(await signed({ ...draft({ presignSeconds: 60 }), ...changes }))
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining(':root</Arn>') })
  })

  test('bulk ingest only with the token of its feed', async () => {
    const body = new Uint8Array(gzipSync('{"eventTime":"2026-11-21T00:00:00Z","eventName":"A"}\n'))
    const post = (authorization?: string) =>
      fetch(`${server.url}/ingest/cloudtrail`, {
        method: 'POST',
        headers: { 'content-encoding': 'gzip', ...(authorization ? { authorization } : {}) },
        body,
      })
    expect((await post()).status).toBe(401)
    expect((await post('Bearer wrong')).status).toBe(403)
    const token = readFileSync(join(server.data, 'ingest-tokens'), 'utf8').trim().split(' ')[1]!
    expect(await (await post(`Bearer ${token}`)).json()).toMatchObject({ accepted: 1, refused: 0 })
  })
})
