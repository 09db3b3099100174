// What may be done to the bucket of test/digest-chain.ts, by its owner and by others.
import { gzipSync } from 'node:zlib'
import { buildDigest, type DeliveredFile, type DigestContents } from '../src/digest/build.ts'
import { sha256Hex } from '../src/digest/content.ts'
import { hour, makeChain, type Signer, type TestChain } from './digest-chain.ts'

/** Replaces an object's content and leaves its metadata. */
export function replaceContent(
  made: TestChain,
  key: string,
  content: string,
): { key: string; sha256: string } {
  made.objects.get(key)!.body = gzipSync(content)
  return { key, sha256: sha256Hex(Buffer.from(content)) }
}

/** Changes a digest's content without signing it again. */
export function editDigest(made: TestChain, n: number): void {
  const { key, content } = made.digests[n]!
  replaceContent(made, key, content.toString().replace('"SHA-256"', '"SHA-257"'))
}

export function appendBytes(made: TestChain, key: string, more: Buffer): void {
  const object = made.objects.get(key)!
  object.body = Buffer.concat([object.body, more])
}

export function copyObject(made: TestChain, from: string, to: string): void {
  made.objects.set(to, { ...made.objects.get(from)! })
}

export function swapObjects(made: TestChain, a: string, b: string): void {
  const first = made.objects.get(a)!
  made.objects.set(a, made.objects.get(b)!)
  made.objects.set(b, first)
}

export function removeDigests(made: TestChain, from: number, until?: number): void {
  for (const { key } of made.digests.slice(from, until)) made.objects.delete(key)
}

/** The log files that the n-th digest lists. */
export function filesOf(made: TestChain, n: number): DeliveredFile[] {
  const keys = new Set(made.digests[n]!.document.logFiles.map(({ s3Object }) => s3Object))
  return made.logs.filter(({ key }) => keys.has(key))
}

/** Builds the n-th digest again, with other contents or another key, and the same link. */
export function rebuildDigest(
  made: TestChain,
  n: number,
  signer: Signer,
  change: Partial<DigestContents>,
): void {
  const { chain, bucket } = made
  const startTime = Date.parse(made.digests[n]!.document.digestStartTime)
  const previous = made.digests[n - 1]?.link ?? null
  const same = {
    chain,
    bucket,
    startTime,
    endTime: startTime + hour,
    previous,
    files: filesOf(made, n),
  }
  const built = buildDigest({ ...same, ...change }, signer)
  made.objects.set(built.key, { body: built.stored, metadata: built.metadata })
}

/** One more digest, which begins `late` milliseconds after the last has ended. */
export function addDigest(
  made: TestChain,
  signer: Signer,
  { late = 0, files = [] }: { late?: number; files?: readonly DeliveredFile[] },
): void {
  const { chain, bucket } = made
  const startTime = made.end + late
  const previous = made.digests.at(-1)!.link
  const built = buildDigest(
    { chain, bucket, startTime, endTime: startTime + hour, previous, files },
    signer,
  )
  made.objects.set(built.key, { body: built.stored, metadata: built.metadata })
  made.digests.push(built)
  made.end = Math.max(made.end, startTime + hour)
}

/** A second chain of the trail, begun `hours` after the end of the first. */
export function restartChain(
  made: TestChain,
  signer: Signer,
  { hours, digests }: { hours: number; digests: number },
): void {
  const second = makeChain({ signer, start: made.end + hours * hour, digests, salt: 'r' })
  for (const [key, object] of second.objects) made.objects.set(key, object)
  made.end = second.end
}
