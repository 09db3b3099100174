import { describe, expect, test } from 'vitest'
import {
  type Chunking,
  checksumByDefinition,
  encodeChunked,
  inPieces,
} from '../../../test/sigv4/independent.ts'
import { ApiError } from '../../errors.ts'
import { type ChunkSigner, decodeChunked } from './chunked-body.ts'
import { SigningKeys } from './signing-key.ts'

const data = Buffer.from('the quick brown fox jumps over the lazy dog')
const crc32c = 'x-amz-checksum-crc32c'
const secret = 'secret'
const scope = {
  timestamp: '20261121T044423Z',
  date: '20261121',
  region: 'us-east-1',
  service: 's3',
  terminator: 'aws4_request',
}
const seed = 'ab'.repeat(32)
const signer: ChunkSigner = { key: new SigningKeys(1).derive(secret, scope), scope, seed }

type Case = Readonly<{ signed: boolean; trailer?: string; bareLineFeeds?: boolean }>
const forms: Case[] = [
  { signed: true },
  { signed: true, trailer: crc32c },
  { signed: true, trailer: crc32c, bareLineFeeds: true },
  { signed: false, trailer: crc32c },
  { signed: false },
]

function encode(form: Case, chunks: Buffer[] = [data.subarray(0, 20), data.subarray(20)]): Buffer {
  const trailer = form.trailer
    ? ([form.trailer, checksumByDefinition(form.trailer, Buffer.concat(chunks))] as const)
    : undefined
  const chunking: Chunking = { chunks, trailer, bareLineFeeds: form.bareLineFeeds }
  return encodeChunked(form.signed ? { ...chunking, signer: { ...scope, secret, seed } } : chunking)
}

async function decode(
  body: Buffer,
  form: Case,
  changed: { decodedBytes?: number; pieceBytes?: number; given?: Buffer[]; open?: boolean } = {},
): Promise<string> {
  const framing = {
    signedChunks: form.signed,
    trailers: form.trailer ? [form.trailer] : [],
    decodedBytes: changed.decodedBytes,
  }
  const options = { signer: form.signed && !changed.open ? signer : undefined, chunkBytesMax: 4096 }
  const decoded = decodeChunked(inPieces(body, changed.pieceBytes), framing, options)
  try {
    const given = changed.given ?? []
    for await (const bytes of decoded) given.push(bytes)
    return Buffer.concat(given).toString()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return error.code
  }
}

describe.each(forms)('signed: $signed, trailer: $trailer, bare: $bareLineFeeds', (form) => {
  const body = encode(form)

  test.each([1, 2, 7, 1000])('is decoded from pieces of %i bytes', async (pieceBytes) => {
    const decodedBytes = data.length
    expect(await decode(body, form, { pieceBytes, decodedBytes })).toBe(data.toString())
  })

  test('may be empty', async () => {
    expect(await decode(encode(form, []), form, { decodedBytes: 0 })).toBe('')
  })

  test('is refused when cut short anywhere', async () => {
    for (let length = 0; length < body.length; length++) {
      expect(await decode(body.subarray(0, length), form)).toBe('IncompleteBody')
    }
  })

  test.each([data.length - 1, data.length + 1, 0])('is not %i bytes long', async (decodedBytes) => {
    expect(await decode(body, form, { decodedBytes })).toBe('IncompleteBody')
  })

  test('has nothing after its end', async () => {
    expect(await decode(Buffer.concat([body, Buffer.from('\r\n')]), form)).toBe('IncompleteBody')
  })
})

test('no byte of a signed chunk is given out before its proof', async () => {
  const body = encode({ signed: true })
  const at = body.indexOf('lazy')
  body[at]! ^= 1
  const given: Buffer[] = []
  expect(await decode(body, { signed: true }, { given })).toBe('SignatureDoesNotMatch')
  expect(Buffer.concat(given)).toEqual(data.subarray(0, 20))
})

test('a signed chunk past the limit is refused before it is read', async () => {
  const body = encode({ signed: true }, [Buffer.alloc(4097)])
  expect(await decode(body.subarray(0, 100), { signed: true })).toBe('IncompleteBody')
})

test('chunks cannot change places', async () => {
  const form = { signed: true }
  const [a, b] = [Buffer.alloc(8, 'a'), Buffer.alloc(8, 'b')]
  const text = encode(form, [a, b]).toString()
  const chunk = (letter: string) =>
    new RegExp(`8;chunk-signature=\\w+\r\n${letter}+\r\n`).exec(text)![0]
  const swapped = chunk('b') + chunk('a') + text.slice(text.indexOf('\r\n0;') + 2)
  expect(swapped).toHaveLength(text.length)
  expect(await decode(Buffer.from(swapped), form)).toBe('SignatureDoesNotMatch')
})

test('with auth: open signatures are not looked at, checksums are', async () => {
  const form = { signed: true, trailer: crc32c }
  const text = encode(form)
    .toString()
    .replace(/=[0-9a-f]{64}/g, `=${'0'.repeat(64)}`)
  expect(await decode(Buffer.from(text), form, { open: true })).toBe(data.toString())
  const altered = Buffer.from(text.replace('lazy', 'busy'))
  expect(await decode(altered, form, { open: true })).toBe('BadDigest')
})

describe('trailers', () => {
  const form = { signed: false, trailer: crc32c }
  const value = checksumByDefinition(crc32c, data)
  const start = `${data.length.toString(16)}\r\n${data}\r\n0\r\n`
  test.each([
    { what: 'another checksum', trailers: `${crc32c}:AAAAAA==\r\n`, result: 'BadDigest' },
    { what: 'none', trailers: '', result: 'IncompleteBody' },
    {
      what: 'one not announced',
      trailers: 'x-amz-checksum-crc32:AA==\r\n',
      result: 'IncompleteBody',
    },
    {
      what: 'twice the same',
      trailers: `${crc32c}:${value}\r\n`.repeat(2),
      result: 'IncompleteBody',
    },
    { what: 'a long one', trailers: `${crc32c}:${'A'.repeat(999)}\r\n`, result: 'IncompleteBody' },
    {
      what: 'upper case',
      trailers: `${crc32c.toUpperCase()}: ${value}\r\n`,
      result: data.toString(),
    },
  ])('$what: $result', async ({ trailers, result }) => {
    expect(await decode(Buffer.from(`${start}${trailers}\r\n`), form)).toBe(result)
  })
})
