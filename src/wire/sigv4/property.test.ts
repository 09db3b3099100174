// Whatever AWS's own signer signs is taken; with any one byte of it changed it is refused.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Draft, Sent } from '../../../test/sigv4/independent.ts'
import {
  checksumByDefinition,
  encodeChunked,
  escapeStrictly,
  inPieces,
  signed,
  spellAsForm,
  spellStrictly,
  whole,
} from '../../../test/sigv4/independent.ts'
import { ApiError } from '../../errors.ts'
import { limits } from '../../limits.ts'
import { readClaim, verify } from './verify.ts'

/** A machine under load takes ten times as long as an idle one. */
const patience = { timeout: 60_000 }

const at = Date.UTC(2026, 10, 21, 4, 44, 23)
const options = {
  now: at + 1000,
  expect: { regions: ['us-east-1'] },
  limits,
  credential: {
    secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    active: true,
    principal: {
      type: 'Root' as const,
      accountId: '000000000000',
      arn: 'arn:aws:iam::000000000000:root',
      principalId: '000000000000',
      accessKeyId: 'AKIDEXAMPLE',
    },
  },
}

async function accepted({ head, body }: Sent, expected = body): Promise<boolean> {
  try {
    const claim = readClaim(head)
    const sessionToken = claim?.sessionToken && 'to/ken+=='
    const credential =
      claim?.accessKeyId === 'AKIDEXAMPLE' ? { ...options.credential, sessionToken } : undefined
    const call = verify(head, claim, { ...options, credential })
    return (await whole(call.decodeBody(inPieces(body, 13)))).equals(expected)
  } catch (error) {
    if (error instanceof ApiError) return false
    throw error
  }
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }).map((s) => s.toWellFormed()),
  fc.constantFrom('a b', 'a+b', '%', '%2F', 'é/ü', "~!*'()", '=&?#', '😀'),
)
const segment = fc.oneof(
  text.map(escapeStrictly),
  fc.constantFrom('', '.', '..', '...', 'a%2Fb', '%20', '%25'),
)
const path = fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join('/')}`)
const name = text.filter((s) => s !== '__proto__' && !/^x-amz-/i.test(s) && s !== '')
const query = fc
  .array(fc.tuple(name, fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 }))), {
    maxLength: 4,
  })
  .map((pairs) => Object.fromEntries(pairs))
const headers = fc
  .array(
    fc.tuple(
      fc.constantFrom('x-a', 'x-amz-meta-b', 'content-type', 'x-amz-target', 'range', 'zz'),
      fc.stringMatching(/^[!-~ \t]{0,12}$/),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => Object.fromEntries(pairs))
const draft: fc.Arbitrary<Draft> = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD'),
  path,
  query,
  headers,
  body: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  service: fc.constantFrom('s3', 'iam', 'cloudtrail'),
  at: fc.constant(at),
  secret: fc.constant(options.credential.secret),
  sessionToken: fc.constantFrom(undefined, 'to/ken+=='),
  stateHash: fc.boolean(),
  presignSeconds: fc.constantFrom(undefined, 300),
})
const sent = fc.tuple(draft, fc.constantFrom(spellStrictly, spellAsForm)).map(([d, spell]) => {
  // S3's clients always state the hash, and leave a presigned body unsigned.
  if (d.service !== 's3') return signed(d, spell)
  const presignedBody: Record<string, string> = d.presignSeconds
    ? { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
    : {}
  return signed({ ...d, stateHash: true, headers: { ...d.headers, ...presignedBody } }, spell)
})

test('what AWS signs is taken', patience, async () => {
  await fc.assert(
    fc.asyncProperty(sent, async (promise) => {
      expect(await accepted(await promise)).toBe(true)
    }),
    { numRuns: 10000 },
  )
})

type Part = 'target' | 'header' | 'authorization' | 'body'

test('with any one byte changed it is refused', patience, async () => {
  const part = fc.constantFrom<Part>('target', 'header', 'authorization', 'body')
  await fc.assert(
    fc.asyncProperty(
      sent,
      part,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (promise, which, where, flip) => {
        const original = await promise
        const changed = withFlip(original, which, where, flip)
        fc.pre(
          changed !== undefined && canArrive(changed) && meaning(changed) !== meaning(original),
        )
        expect(await accepted(changed!)).toBe(false)
      },
    ),
    { numRuns: 1000 },
  )
})

function withFlip({ head, body }: Sent, part: Part, where: number, flip: number): Sent | undefined {
  const { target, rawHeaders } = head
  if (part === 'body') {
    if (/UNSIGNED-PAYLOAD/.test(target) || body.length === 0) return undefined
    return { head, body: Buffer.from(flipped(body.toString('latin1'), where, flip), 'latin1') }
  }
  if (part === 'target') return { head: { ...head, target: flipped(target, where, flip) }, body }
  const authorization = rawHeaders.indexOf('authorization')
  const even = 2 * (where % (rawHeaders.length / 2))
  const index = part === 'authorization' ? authorization : even
  if (index < 0) return undefined
  const changed = [...rawHeaders]
  changed[index + 1] = flipped(rawHeaders[index + 1]!, where >> 3, flip)
  return { head: { ...head, rawHeaders: changed }, body }
}

function flipped(text: string, where: number, flip: number): string {
  const at = where % Math.max(text.length, 1)
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ flip) + text.slice(at + 1)
}

/** node:http gives no other bytes to anybody: a line break in a header is a parse error. */
function canArrive({ head }: Sent): boolean {
  const ofHeaders = head.rawHeaders.every((text) => /^[\t -~\x80-\xff]*$/.test(text))
  return ofHeaders && /^[!-~]+$/.test(head.target)
}

/** Two requests of the same meaning may be signed alike: `%2f` and `%2F`, `/a/../` and `/`. */
function meaning({ head, body }: Sent): string {
  const [path, query = ''] = head.target.split(/\?(.*)/s) as [string, string?]
  const decode = (s: string) => s.replace(/%([0-9a-f]{2})/gi, (_, hex) => `<${parseInt(hex, 16)}>`)
  const plain = (s: string) => decode(s).replace(/<(\d+)>/g, (_, code) => String.fromCharCode(code))
  const isS3 = /\/s3\/aws4_request/.test(head.rawHeaders.join() + plain(query))
  const segments: string[] = []
  for (const part of path.split('/')) {
    if (isS3) segments.push(plain(part))
    else if (part === '..') segments.pop()
    else if (part !== '' && part !== '.') segments.push(part)
  }
  const ending = path.endsWith('/')
  const pairs = query
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name, value = ''] = pair.replaceAll('+', '%20').split(/=(.*)/s)
      return [plain(name!), plain(value)]
    })
  const values = head.rawHeaders.map((v) => v.trim().replace(/[ \t]+/g, ' '))
  return JSON.stringify([
    segments,
    segments.length > 0 && ending,
    pairs,
    values,
    body.toString('hex'),
  ])
}

const chunked = fc.record({
  chunks: fc.array(
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((b) => Buffer.from(b)),
    { maxLength: 4 },
  ),
  mode: fc.constantFrom(
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  ),
  trailer: fc
    .constantFrom('crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256')
    .map((n) => `x-amz-checksum-${n}`),
  bareLineFeeds: fc.boolean(),
})

async function chunkedRequest({
  chunks,
  mode,
  trailer,
  bareLineFeeds,
}: {
  chunks: Buffer[]
  mode: string
  trailer: string
  bareLineFeeds: boolean
}) {
  const data = Buffer.concat(chunks)
  const { head } = await signed({
    service: 's3',
    secret: options.credential.secret,
    at,
    method: 'PUT',
    path: '/bucket/key',
    headers: {
      'x-amz-content-sha256': mode,
      'x-amz-decoded-content-length': String(data.length),
      ...(mode.endsWith('TRAILER') ? { 'x-amz-trailer': trailer } : {}),
    },
  })
  const seed = readClaim(head)!.signature
  const body = encodeChunked({
    chunks,
    signer: mode.includes('UNSIGNED')
      ? undefined
      : {
          secret: options.credential.secret,
          timestamp: '20261121T044423Z',
          region: 'us-east-1',
          service: 's3',
          seed,
        },
    trailer: mode.endsWith('TRAILER') ? [trailer, checksumByDefinition(trailer, data)] : undefined,
    bareLineFeeds: bareLineFeeds && !mode.includes('UNSIGNED'),
  })
  return { sent: { head, body }, data }
}

test('chunked bodies are taken, and refused with any one byte changed', patience, async () => {
  await fc.assert(
    fc.asyncProperty(
      chunked,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (drawn, where, flip) => {
        const { sent, data } = await chunkedRequest(drawn)
        expect(await accepted(sent, data)).toBe(true)

        const { head, body } = sent
        const at = where % body.length
        const altered = Buffer.from(body)
        altered[at]! ^= flip
        // The case of a hexadecimal size or of a trailer's name carries no meaning.
        const sameButCase = flip === 0x20 && accountsForCase(body, at)
        expect(await accepted({ head, body: altered }, data)).toBe(sameButCase)
      },
    ),
    { numRuns: 1000 },
  )
})

function accountsForCase(body: Buffer, at: number): boolean {
  const letter = /[a-z]/i.test(String.fromCharCode(body[at]!))
  const before = body.toString('latin1', 0, at)
  const after = body.toString('latin1', at)
  const inSize =
    /(^|\r\n)[0-9a-f]*$/i.test(before) &&
    /^[0-9a-f]+(;chunk-signature=[0-9a-f]{64})?\r\n/i.test(after)
  const inTrailerName = /\n[a-z0-9-]*$/i.test(before) && /^[a-z0-9-]+:[^\n]*\n/i.test(after)
  return letter && (inSize || inTrailerName)
}
