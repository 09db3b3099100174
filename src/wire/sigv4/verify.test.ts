import { describe, expect, test } from 'vitest'
import type { Draft, Sent } from '../../../test/sigv4/independent.ts'
import { inPieces, signed, whole } from '../../../test/sigv4/independent.ts'
import { ApiError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import type { Credential, VerifyOptions } from './verify.ts'
import { decodeUnverified, readClaim, verify } from './verify.ts'

const now = Date.UTC(2026, 10, 21, 4, 44, 23)
const minute = 60_000
const credential: Credential = {
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  active: true,
  principal: {
    type: 'Root',
    accountId: '000000000000',
    arn: 'arn:aws:iam::000000000000:root',
    principalId: '000000000000',
    accessKeyId: 'AKIDEXAMPLE',
  },
}
const draft: Draft = {
  service: 'iam',
  secret: credential.secret,
  at: now,
  body: Buffer.from('Action=ListUsers&Version=2010-05-08'),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
}
const options: VerifyOptions = {
  credential,
  now,
  expect: { service: 'iam', regions: ['us-east-1', 'eu-west-1'] },
  limits,
}

async function judge({ head, body }: Sent, changed: Partial<VerifyOptions> = {}) {
  try {
    const call = verify(head, readClaim(head), { ...options, ...changed })
    const decoded = await whole(call.decodeBody(inPieces(body)))
    return { accepted: decoded.equals(body) }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { code: error.code, message: error.message }
  }
}

const mismatch = {
  code: 'SignatureDoesNotMatch',
  message:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
}
const invalidToken = {
  code: 'InvalidClientTokenId',
  message: 'The security token included in the request is invalid.',
}

describe('a signed request', () => {
  test.each([
    { how: 'states its body hash', change: {} },
    { how: 'does not state its body hash', change: { stateHash: false } },
    { how: 'is presigned', change: { presignSeconds: 60, body: Buffer.alloc(0) } },
    { how: 'is presigned with a body', change: { presignSeconds: 60 } },
    {
      how: 'leaves its body unsigned',
      change: { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
    },
    { how: 'is for S3', change: { service: 's3', path: '/bucket/a//b/..%2F%20' } },
  ])('is taken when it $how', async ({ change }) => {
    const sent = await signed({ ...draft, ...change })
    const service = 'service' in change ? change.service : 'iam'
    expect(await judge(sent, { expect: { ...options.expect, service } })).toEqual({
      accepted: true,
    })
  })

  test('is dated by Date where X-Amz-Date is absent', () => {
    const rawHeaders = [
      'host',
      'h',
      'date',
      'Sat, 21 Nov 2026 04:44:23 GMT',
      'authorization',
      header,
    ]
    expect(readClaim({ method: 'GET', target: '/', rawHeaders })).toMatchObject({
      timestamp: '20261121T044423Z',
    })
  })

  test('proves nothing without being read to its end', async () => {
    const { head, body } = await signed({ ...draft, stateHash: false })
    body[0]! ^= 1
    const call = verify(head, readClaim(head), options)
    await expect(whole(call.decodeBody(inPieces(body)))).rejects.toThrow(mismatch.message)
  })
})

const header =
  'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/us-east-1/iam/aws4_request, SignedHeaders=host;date, Signature=00'

// Each row is one thing wrong, with AWS's words for it.
describe('a request is refused', () => {
  test.each<{
    why: string
    change?: Partial<Draft>
    changed?: Partial<VerifyOptions>
    refusal: object
  }>([
    { why: 'with a wrong secret', change: { secret: 'wrong' }, refusal: mismatch },
    { why: 'from an unknown key', changed: { credential: undefined }, refusal: invalidToken },
    {
      why: 'from an inactive key',
      changed: { credential: { ...credential, active: false } },
      refusal: invalidToken,
    },
    { why: 'with a token nobody gave', change: { sessionToken: 'x' }, refusal: invalidToken },
    {
      why: 'without the token its key needs',
      changed: { credential: { ...credential, sessionToken: 'x' } },
      refusal: invalidToken,
    },
    {
      why: 'with credentials that have ended',
      change: { sessionToken: 'x' },
      changed: { credential: { ...credential, sessionToken: 'x', expires: now } },
      refusal: {
        code: 'ExpiredToken',
        message: 'The security token included in the request is expired',
      },
    },
    {
      why: 'for another Region',
      change: { region: 'mars-1' },
      refusal: {
        code: 'SignatureDoesNotMatch',
        message: "Credential should be scoped to a valid region, not 'mars-1'.",
      },
    },
    {
      why: 'for another service',
      change: { service: 'sts' },
      refusal: {
        code: 'SignatureDoesNotMatch',
        message: "Credential should be scoped to correct service: 'iam'.",
      },
    },
    {
      why: 'replayed after the window',
      changed: { now: now + 5 * minute + 1 },
      refusal: {
        code: 'RequestExpired',
        message:
          'Signature expired: 20261121T044423Z is now earlier than 20261121T044423Z (20261121T044923Z - 5 min.)',
      },
    },
    {
      why: 'from the future',
      changed: { now: now - 6 * minute },
      refusal: {
        code: 'RequestExpired',
        message:
          'Signature not yet current: 20261121T044423Z is still later than 20261121T044323Z (20261121T043823Z + 5 min.)',
      },
    },
    {
      why: 'presigned, past its time',
      change: { presignSeconds: 60, body: Buffer.alloc(0) },
      changed: { now: now + minute },
      refusal: { code: 'RequestExpired', message: 'Request has expired' },
    },
    {
      why: 'presigned, for no time at all',
      change: { presignSeconds: 0 },
      refusal: {
        code: 'IncompleteSignature',
        message: 'X-Amz-Expires must be a number of seconds between 1 and 604800',
      },
    },
    {
      why: 'with a body hash that is none',
      change: { headers: { 'x-amz-content-sha256': 'abc' } },
      refusal: { code: 'InvalidArgument' },
    },
    {
      why: 'with a trailer we cannot verify',
      change: {
        headers: {
          'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          'x-amz-trailer': 'x-amz-checksum-abc',
        },
      },
      refusal: { code: 'InvalidRequest' },
    },
  ])('$why', async ({ change, changed, refusal }) => {
    expect(await judge(await signed({ ...draft, ...change }), changed)).toMatchObject(refusal)
  })

  test('presigned, up to its last millisecond only', async () => {
    const sent = await signed({ ...draft, presignSeconds: 604_800, body: Buffer.alloc(0) })
    const end = now + 604_800_000
    expect(await judge(sent, { now: end - 1 })).toEqual({ accepted: true })
    expect(await judge(sent, { now: end })).toMatchObject({ code: 'RequestExpired' })
  })

  test.each([
    { body: 's3', refusal: { code: 'XAmzContentSHA256Mismatch' } },
    { body: 'iam', refusal: mismatch },
  ])('$body: another body than the hash it states', async ({ body: service, refusal }) => {
    const sent = await signed({ ...draft, service })
    sent.body[0]! ^= 1
    expect(await judge(sent, { expect: { service, regions: ['us-east-1'] } })).toMatchObject(
      refusal,
    )
    sent.body[0]! ^= 1
  })

  test('S3 without a statement on its body', async () => {
    const sent = await signed({ ...draft, service: 's3', stateHash: false })
    const expected = { service: 's3', regions: ['us-east-1'] }
    expect(await judge(sent, { expect: expected })).toMatchObject({ code: 'InvalidRequest' })
  })

  test.each(['x-amz-target', 'X-Amz-Meta-A', 'host'])('%s added on the way', async (name) => {
    const sent = await signed(draft)
    sent.head.rawHeaders.push(name, 'other')
    expect(await judge(sent)).toMatchObject({ code: 'SignatureDoesNotMatch' })
  })

  test('S3 with headers that are not signed', async () => {
    const expected = { service: 's3', regions: ['us-east-1'] }
    const sent = await signed({ ...draft, service: 's3' })
    sent.head.rawHeaders.push('x-amz-acl', 'private', 'x-amz-meta-a', 'b')
    expect(await judge(sent, { expect: expected })).toMatchObject({
      code: 'AccessDenied',
      message: 'There were headers present in the request which were not signed',
    })
  })

  test('S3 from an unknown key', async () => {
    const expected = { service: 's3', regions: ['us-east-1'] }
    const sent = await signed({ ...draft, service: 's3' })
    expect(await judge(sent, { expect: expected, credential: undefined })).toEqual({
      code: 'InvalidClientTokenId',
      message: 'The AWS Access Key Id you provided does not exist in our records.',
    })
  })

  test('a signed header taken away', async () => {
    const sent = await signed({ ...draft, headers: { 'x-empty': '' } })
    const at = sent.head.rawHeaders.indexOf('x-empty')
    sent.head.rawHeaders.splice(at, 2)
    expect(await judge(sent)).toEqual(mismatch)
  })

  test('no claim', async () => {
    const head = { method: 'GET', target: '/', rawHeaders: ['host', 'h'] }
    expect(await judge({ head, body: Buffer.alloc(0) })).toEqual({
      code: 'MissingAuthenticationToken',
      message: 'Request is missing Authentication Token',
    })
  })

  test('a scope of another day, and every other fault of the scope with it', async () => {
    const sent = await signed({ ...draft, region: 'mars-1' })
    const at = sent.head.rawHeaders.indexOf('authorization') + 1
    const value = sent.head.rawHeaders[at]!
    sent.head.rawHeaders[at] = value
      .replace('/20261121/', '/20261120/')
      .replace('aws4_req', 'aws9_req')
    const { message } = await judge(sent)
    expect(message).toBe(
      "Credential should be scoped to a valid region, not 'mars-1'. " +
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws9_request'. " +
        'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        "'20261120' != '20261121', from '20261121T044423Z'.",
    )
  })
})

test('with auth: open nothing is checked', async () => {
  const { head, body } = await signed({ ...draft, secret: 'wrong' })
  const decoded = await whole(decodeUnverified(head).decodeBody(inPieces(body)))
  expect(decoded).toEqual(body)
})
