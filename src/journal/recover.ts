import { createHash, type Hash } from 'node:crypto'
import { join } from 'node:path'
import type { Files, ReadableFile } from '../files.ts'
import type { Damage } from './contract.ts'
import { scan } from './scan.ts'
import { decodeIds, encodeIds, fingerprint, Seen } from './seen.ts'
import {
  oldestFile,
  readLayout,
  readWhole,
  type Seal,
  segmentFile,
  writeWhole,
} from './segments.ts'

/** What retention must know of a segment. */
export type SealedSegment = Pick<Seal, 'firstSeq' | 'lastSeq' | 'bytes' | 'newestAt'>

/** The newest segment, when it has no seal. */
export type OpenSegment = SealedSegment &
  Readonly<{
    /** It ends with a sound line, so that another may follow. */
    clean: boolean
    hash: Hash
    /** How many of the newest fingerprints are of its records. */
    ids: number
  }>

export type Recovered = Readonly<{
  /** Oldest first. */
  sealed: SealedSegment[]
  open: OpenSegment | undefined
  nextSeq: number
  seen: Seen
}>

export type Recovery = Readonly<{
  folder: string
  files: Files
  dedupeWindow: number
  /** Records up to here were read once: a journal that ends before was cut, and goes on behind it. */
  readUpTo: number
  onDamage: (damage: Damage) => void
}>

/**
 * Reads a journal's folder at the start: seals, fingerprints, and the records of the newest segment.
 * What is damaged is reported and left as it is. Sealed segments are not read through: `checkJournal`
 * does that.
 */
export async function recover(recovery: Recovery): Promise<Recovered> {
  const { folder, files, readUpTo, onDamage } = recovery
  const { oldest, segments } = readLayout(folder, files)
  if (oldest === 'damaged') onDamage({ file: oldestFile, start: 0, end: 0, reason: 'checksum' })
  let nextSeq = oldest === 'damaged' ? (segments[0]?.first ?? 1) : oldest
  const sealed: SealedSegment[] = []
  let open: number | undefined
  for (const [i, { first, present, seal }] of segments.entries()) {
    if (first > nextSeq) onDamage(missing(nextSeq))
    if (!present) onDamage(missing(first))
    if (seal === 'damaged') onDamage(damagedSeal(first))
    const following = segments[i + 1]?.first
    nextSeq = Math.max(nextSeq, first)
    if (typeof seal === 'object') {
      nextSeq = seal.lastSeq + 1
      if (present) sealed.push(checkedSize(recovery, seal))
    } else if (present && following !== undefined) {
      if (seal === undefined) onDamage(damagedSeal(first))
      sealed.push(readThrough(recovery, first, { following }))
      nextSeq = sealed.at(-1)!.lastSeq + 1
    } else if (present) open = first
  }
  const seen = new Seen(recovery.dedupeWindow)
  await remember(recovery, sealed, seen)
  const newest = open === undefined ? undefined : readThrough(recovery, open, { seen })
  nextSeq = Math.max(nextSeq, (newest?.lastSeq ?? 0) + 1)
  if (readUpTo < nextSeq) return { sealed, open: newest, nextSeq, seen }
  onDamage(missing(nextSeq))
  return { sealed, open: newest && { ...newest, clean: false }, nextSeq: readUpTo + 1, seen }
}

function missing(seq: number): Damage {
  return { file: segmentFile(seq), start: 0, end: 0, seq, reason: 'missing segment' }
}

function damagedSeal(first: number): Damage {
  return { file: segmentFile(first, 'seal.json'), start: 0, end: 0, seq: first, reason: 'seal' }
}

/** A sealed segment, after a look at its length. */
function checkedSize({ folder, files, onDamage }: Recovery, seal: Seal): SealedSegment {
  const name = segmentFile(seal.firstSeq)
  const file = files.open(join(folder, name))!
  file.close()
  if (file.bytes < seal.bytes) {
    onDamage({ file: name, start: file.bytes, end: seal.bytes, reason: 'torn' })
  }
  return seal
}

/** Reads a segment's records, up to `end` bytes or where the `following` segment begins. */
function readThrough(
  { folder, files, onDamage }: Recovery,
  first: number,
  bounds: { following?: number; end?: number; seen?: Seen },
): OpenSegment {
  const { following = Number.POSITIVE_INFINITY, seen } = bounds
  const name = segmentFile(first)
  const file = files.open(join(folder, name))!
  const addedBefore = seen?.added ?? 0
  let lastSeq = first - 1
  let newestAt = 0
  let bytes = 0
  let clean = true
  for (const { line, flaw } of scan(file, 0, bounds.end ?? file.bytes)) {
    if (line) {
      const { seq, at, from } = line.header
      if (seq >= following) break
      if (seq !== lastSeq + 1 && clean) {
        onDamage({ file: name, start: line.start, end: line.end, seq, reason: 'sequence' })
      }
      seen?.add(fingerprint({ from, record: line.record }))
      lastSeq = Math.max(lastSeq, seq)
      newestAt = Math.max(newestAt, at)
    } else {
      onDamage({ file: name, ...flaw })
      // Bytes that end like a line may have been acknowledged: their numbers are not given out again.
      if (flaw.reason === 'torn') break
      lastSeq = Math.max(lastSeq, flaw.seq ?? lastSeq + lineBreaks(file, flaw.start, flaw.end))
    }
    clean = line !== undefined
    bytes = (line ?? flaw).end
  }
  clean &&= bytes === file.bytes
  const hash = hashOf(file, bytes)
  file.close()
  const ids = (seen?.added ?? 0) - addedBefore
  return { firstSeq: first, lastSeq, newestAt, bytes, clean, hash, ids }
}

function hashOf(file: ReadableFile, bytes: number): Hash {
  const hash = createHash('sha256')
  const step = Buffer.allocUnsafeSlow(Math.min(bytes, 1024 * 1024))
  for (let offset = 0; offset < bytes; offset += step.length) {
    const part = step.subarray(0, Math.min(step.length, bytes - offset))
    hash.update(part.subarray(0, file.read(part, offset)))
  }
  return hash
}

function lineBreaks(file: ReadableFile, start: number, end: number): number {
  const bytes = Buffer.alloc(end - start)
  file.read(bytes, start)
  return bytes.reduce((count, byte) => (byte === 0x0a ? count + 1 : count), 0)
}

/** Fills `seen` from the sidecars of the newest segments, and makes those that are missing or bad. */
async function remember(
  recovery: Recovery,
  sealed: readonly SealedSegment[],
  seen: Seen,
): Promise<void> {
  const lists: Uint32Array[] = []
  let found = 0
  for (const segment of sealed.toReversed()) {
    if (found >= recovery.dedupeWindow) break
    const words = await segmentIds(recovery, segment)
    found += words.length / 2
    lists.unshift(words)
  }
  for (const words of lists) seen.addAll(words)
}

async function segmentIds(
  recovery: Recovery,
  { firstSeq: first, bytes: end }: SealedSegment,
): Promise<Uint32Array> {
  const { folder, files, dedupeWindow, onDamage } = recovery
  const name = segmentFile(first, 'ids')
  const file = readWhole(join(folder, name), files)
  const kept = file && decodeIds(file)
  if (kept) return kept
  if (file) onDamage({ file: name, start: 0, end: file.length, seq: first, reason: 'checksum' })
  const seen = new Seen(dedupeWindow)
  const { ids } = readThrough({ ...recovery, onDamage: () => {} }, first, { end, seen })
  const words = seen.newest(ids)
  // It is only a short cut: the next start can make it again.
  await writeWhole(folder, name, encodeIds(words), files).catch(() => {})
  return words
}
