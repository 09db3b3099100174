import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeChain, makeSigner, type TestChain, testChain } from '../../test/digest-chain.ts'
import { keyRing } from './public-key.ts'
import { memorySource } from './source.ts'
import { verifyChains } from './verify.ts'

const signer = makeSigner()
const keys = keyRing([signer.publicKey])
const minute = 60_000

async function failures({ bucket, objects, end }: TestChain): Promise<number> {
  const options = { now: end + 20 * minute }
  const reports = verifyChains(memorySource(bucket, objects), testChain, keys, {}, options)
  let count = 0
  for await (const report of reports) {
    if (report.type === 'finding' && report.severity !== 'note') count += 1
  }
  return count
}

/** One change to one object of the bucket, chosen at random. */
const changes = fc.record({
  what: fc.constantFrom(
    'a bit of its content',
    'a bit as stored',
    'its end',
    'deleted',
    'its metadata',
    'junk',
  ),
  object: fc.nat(),
  at: fc.nat(),
  bit: fc.integer({ min: 0, max: 7 }),
})

/** False where what was changed means nothing: gzip's own time stamp, a log file's metadata. */
function apply(
  made: TestChain,
  { what, object, at, bit }: { what: string; object: number; at: number; bit: number },
) {
  const key = [...made.objects.keys()].sort()[object % made.objects.size]!
  const { body, metadata = {} } = made.objects.get(key)!
  if (what === 'deleted') {
    made.objects.delete(key)
    return true
  }
  if (what === 'its metadata') {
    const { signature = '' } = metadata
    const changed = flipped(Buffer.from(signature, 'hex'), at, bit).toString('hex')
    made.objects.set(key, { body, metadata: { ...metadata, signature: changed } })
    return signature !== ''
  }
  const content = gunzipSync(body)
  const stored = {
    'a bit of its content': () => gzipSync(flipped(content, at, bit)),
    'a bit as stored': () => flipped(body, at, bit),
    'its end': () => body.subarray(0, at % body.length),
    junk: () => Buffer.from(`junk ${at}`),
  }[what as 'junk']()
  made.objects.set(key, { body: stored, metadata })
  return !sameContent(stored, content)
}

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  if (copy.length > 0) copy[at % copy.length]! ^= 1 << bit
  return copy
}

function sameContent(stored: Buffer, content: Buffer): boolean {
  try {
    return gunzipSync(stored).equals(content)
  } catch {
    return false
  }
}

// The last digest is the exception that nothing can mend: deleting it leaves an honest, shorter chain.
test('any one change to any object is found', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(changes, async (change) => {
      const made = makeChain({ signer, digests: 3, filesPerDigest: 1 })
      const last = made.digests.at(-1)!.key
      const matters = apply(made, change)
      if (!made.objects.has(last)) return
      const found = await failures(made)
      if (matters) expect(found).toBeGreaterThan(0)
      else expect(found).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('any two objects swapped are found', { timeout: 120_000 }, async () => {
  const count = makeChain({ signer, digests: 3, filesPerDigest: 1 }).objects.size
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < a; b++) {
      const made = makeChain({ signer, digests: 3, filesPerDigest: 1 })
      const names = [...made.objects.keys()].sort()
      const [first, second] = [made.objects.get(names[a]!)!, made.objects.get(names[b]!)!]
      made.objects.set(names[a]!, second)
      made.objects.set(names[b]!, first)
      expect(await failures(made)).toBeGreaterThan(0)
    }
  }
})
