import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentHash, inflateAll, sha256Hex } from './content.ts'

const max = 1_000_000

async function* inParts(bytes: Uint8Array, size: number) {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

describe('the hash of a file', () => {
  test('covers the content, however it is gzipped and however it comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5_000 }),
        fc.integer({ min: 1, max: 900 }),
        async (content, size) => {
          const hash = createHash('sha256').update(content).digest('hex')
          expect(sha256Hex(content)).toBe(hash)
          expect(await contentHash(gzipSync(content), max)).toBe(hash)
          expect(await contentHash(gzipSync(content, { level: 1 }), max)).toBe(hash)
          expect(await contentHash(inParts(gzipSync(content), size), max)).toBe(hash)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('covers every gzip member, as readers see them', async () => {
    const stored = Buffer.concat([gzipSync('one'), gzipSync('two')])
    expect((await inflateAll(stored, max)).toString()).toBe('onetwo')
    expect((await inflateAll(inParts(stored, 7), max)).toString()).toBe('onetwo')
  })
})

const small = gzipSync('hello hello hello')
describe.each([
  { how: 'at once', body: (bytes: Buffer) => bytes },
  { how: 'in parts', body: (bytes: Buffer) => inParts(bytes, 5) },
])('what is refused, $how', ({ body }) => {
  test.each([
    { what: 'no gzip', bytes: Buffer.from('hello'), reason: 'is not gzip' },
    { what: 'gzip cut short', bytes: small.subarray(0, -9), reason: 'is cut short' },
    {
      what: 'gzip with a byte changed',
      bytes: Buffer.concat([small.subarray(0, -8), Buffer.alloc(8)]),
      reason: 'is not gzip',
    },
    {
      what: 'gzip with something behind it',
      bytes: Buffer.concat([small, Buffer.from('junk')]),
      reason: 'is not gzip',
    },
    {
      what: 'a bomb',
      bytes: gzipSync(Buffer.alloc(50_000_000)),
      reason: 'inflates to more than 1000000 bytes',
    },
  ])('$what', async ({ bytes, reason }) => {
    await expect(contentHash(body(bytes), max)).rejects.toThrow(reason)
  })
})

test('nothing at all is no gzip', async () => {
  await expect(inflateAll(Buffer.alloc(0), max)).rejects.toThrow('is cut short')
})

test("a source's failure stays what it is", async () => {
  const outage = new Error('connection lost')
  // biome-ignore lint/correctness/useYield: it fails before it has anything to give
  async function* failing(): AsyncGenerator<Uint8Array> {
    throw outage
  }
  await expect(inflateAll(failing(), max)).rejects.toBe(outage)
})
