import { describe, expect, test } from 'vitest'
import { limits } from '../limits.ts'
import { signRequest } from '../wire/sigv4/sign.ts'
import { readClaim, verify } from '../wire/sigv4/verify.ts'
import type { Exchange } from './exchange.ts'
import { KeepingRoom, KeptBytes } from './kept-bytes.ts'
import { readRequestHead } from './message-head.ts'
import { signerFor } from './sign-anew.ts'

const now = Date.UTC(2026, 10, 21, 12)
const clock = { now: () => now, after: () => () => undefined }
const secret = 'the secret of the proxy'
const sign = signerFor(
  new URL('https://s3.eu-west-1.amazonaws.com'),
  { accessKeyId: 'AKIAOFTHEPROXY000000', secret, sessionToken: 'token' },
  clock,
)

/** What a caller sends who takes the proxy for the service. */
function exchangeOf(
  given: { headers?: Record<string, string>; body?: string; drop?: string; target?: string } = {},
): Exchange {
  const { headers = {}, body = '', drop, target = '/b/a%20b?x=1&acl' } = given
  const signed = signRequest({
    method: 'PUT',
    url: new URL(`http://127.0.0.1:4600${target}`),
    headers,
    body,
    service: 's3',
    region: 'eu-west-1',
    accessKeyId: 'AKIAOFALICE000000000',
    secret: 'of alice',
    now,
  })
  if (drop) delete signed[drop]
  const lines = Object.entries({ ...signed, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  const text = `PUT ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
  const room = new KeepingRoom(1_000_000)
  const requestBody = new KeptBytes(room, 1_000, true)
  requestBody.add(Buffer.from(body))
  return {
    eventID: 'e',
    startedAt: now,
    request: readRequestHead(Buffer.from(text)),
    requestBody,
    answerBody: new KeptBytes(room, 0),
    peer: '127.0.0.1',
    requestEnded: true,
  }
}

function verified(bytes: Buffer, bodyHash?: string): void {
  const head = readRequestHead(bytes)
  const credential = {
    secret,
    active: true,
    sessionToken: 'token',
    principal: { type: 'Root', accountId: '1', arn: 'a', principalId: '1', accessKeyId: 'k' },
  } as const
  const expect = { service: 's3', regions: ['eu-west-1'] }
  verify(head, readClaim(head), { credential, now, expect, limits, bodyHash })
}

describe('a request signed anew', () => {
  test.each([
    { what: 'a body whose hash is stated', given: { body: 'abc' } },
    {
      what: 'a body that is not signed',
      given: { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
    },
    {
      what: 'chunks that are not signed',
      given: { headers: { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' } },
    },
  ])('holds for $what', ({ given }) => {
    const exchange = exchangeOf({
      ...given,
      headers: { 'x-custom': 'kept  as it is', ...given.headers },
    })
    const bytes = sign(exchange)
    verified(bytes)
    const head = readRequestHead(bytes)
    expect(head.target).toBe('/b/a%20b?x=1&acl')
    expect(head.rawHeaders).toContain('s3.eu-west-1.amazonaws.com')
    expect(head.rawHeaders).toContain('kept  as it is')
    expect(bytes.toString()).not.toContain('AKIAOFALICE')
  })

  test.each([
    {
      what: 'chunks signed one by one',
      given: { headers: { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' } },
      error: 'does not sign pieces anew',
    },
    {
      what: 'a presigned URL',
      given: {
        drop: 'authorization',
        target:
          '/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20261121%2Feu-west-1%2Fs3%2Faws4_request' +
          '&X-Amz-Date=20261121T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00',
      },
      error: 'signatures in the header only',
    },
    {
      what: 'no signature',
      given: { drop: 'authorization' },
      error: 'signatures in the header only',
    },
  ])('is refused by name: $what', ({ given, error }) => {
    expect(() => sign(exchangeOf(given))).toThrow(error)
  })
})
