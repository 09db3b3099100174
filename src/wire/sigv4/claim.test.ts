import { describe, expect, test } from 'vitest'
import { ApiError } from '../../errors.ts'
import { readClaim } from './claim.ts'

const credential = 'AKID/20261121/us-east-1/iam/aws4_request'
const full = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=ab`
const hashOf = 'Authorization (hashed with SHA-256 and encoded with Base64)'
const noDate =
  "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."

function refusal(target: string, ...rawHeaders: string[]): string {
  try {
    return JSON.stringify(readClaim({ method: 'GET', target, rawHeaders }))
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError)
    expect((error as ApiError).code).toBe('IncompleteSignature')
    return (error as ApiError).message
  }
}

test('a request that claims nothing has no claim', () => {
  expect(readClaim({ method: 'GET', target: '/?X-Amz-Expires=5', rawHeaders: ['host', 'h'] })).toBe(
    undefined,
  )
})

test.each([full, full.replaceAll(', ', ','), full.replaceAll(', ', ' ,  ')])(
  '%s is read',
  (header) => {
    const rawHeaders = ['Authorization', header, 'X-AMZ-DATE', '20261121T044423Z']
    expect(readClaim({ method: 'GET', target: '/', rawHeaders })).toEqual({
      kind: 'AuthHeader',
      accessKeyId: 'AKID',
      date: '20261121',
      region: 'us-east-1',
      service: 'iam',
      terminator: 'aws4_request',
      timestamp: '20261121T044423Z',
      signedHeaders: ['host'],
      signature: 'ab',
      sessionToken: undefined,
    })
  },
)

describe('an Authorization header is refused', () => {
  const date = ['x-amz-date', '20261121T044423Z']
  test.each([
    {
      why: 'of another scheme, without repeating what may be a password',
      headers: ['authorization', 'Basic dXNlcjpwYXNzd29yZA=='],
      words: `Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. ${noDate} ${hashOf}: 'nAbVMu3wgTZZq0HSari6nKU7mFKW7kWEp580/pzXQ6Q='.`,
    },
    { why: 'without a date', headers: ['authorization', full], words: new RegExp(`^${noDate}`) },
    {
      why: 'with a date that is none',
      headers: ['authorization', full, 'x-amz-date', '20261331T000000Z'],
      words: /^Date must be in ISO-8601 'basic format'\. Got '20261331T000000Z'\./,
    },
    {
      why: 'with a short credential',
      headers: ['authorization', full.replace('AKID/', ''), ...date],
      words: /^Credential must have exactly 5 slash-delimited elements, .*, got '2026/,
    },
    {
      why: 'without an equal sign',
      headers: ['authorization', full.replace('Signature=', 'Signature'), ...date],
      words: /^Invalid key=value pair \(missing equal-sign\) in Authorization header/,
    },
    {
      why: 'with a parameter twice',
      headers: ['authorization', `${full}, Signature=cd`, ...date],
      words: /^Invalid key=value pair/,
    },
    {
      why: 'signed asymmetrically',
      headers: ['authorization', full.replace('HMAC-SHA256', 'ECDSA-P256-SHA256'), ...date],
      words: "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
    },
    {
      why: 'that is there twice',
      headers: ['authorization', full, 'authorization', full, ...date],
      words: /^Only one auth mechanism allowed/,
    },
  ])('$why', ({ headers, words }) => {
    const said = refusal('/', ...headers)
    if (typeof words === 'string') expect(said).toBe(words)
    else expect(said).toMatch(words)
  })
})

describe('a presigned URL is refused', () => {
  const query =
    `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(credential)}` +
    '&X-Amz-Date=20261121T044423Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=ab'
  test.each([
    {
      why: 'without its date and signature',
      target: `/?${query.replace(/&X-Amz-Date=\w+/, '').replace(/&X-Amz-Signature=\w+/, '')}`,
      words:
        "AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    },
    {
      why: 'with a parameter twice',
      target: `/?${query}&X-Amz-Expires=600`,
      words: 'AWS query-string parameters must not be repeated.',
    },
    {
      why: 'of another algorithm',
      target: `/?${query.replace('SHA256', 'MD5')}`,
      words: "Unsupported AWS 'algorithm': 'AWS4-HMAC-MD5'.",
    },
  ])('$why', ({ target, words }) => {
    expect(refusal(target)).toBe(words)
  })

  test('beside an Authorization header', () => {
    expect(refusal(`/?${query}`, 'authorization', full)).toMatch(/^Only one auth mechanism allowed/)
  })
})
