import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type ReadableFile, type ReadableFiles, systemFiles } from '../files.ts'
import type { Damage } from './contract.ts'
import { scan } from './scan.ts'
import { decodeIds } from './seen.ts'
import {
  type Layout,
  oldestFile,
  readLayout,
  readOldest,
  readWhole,
  type Seal,
  segmentFile,
} from './segments.ts'

export type JournalCheck = Readonly<{
  /** Sound records found. */
  records: number
  segments: number
  /** The number after the last one there is; undefined where damage hides it. */
  next: number | undefined
  /** Everything that is not as it was written, each once; empty for a sound journal. */
  damage: Damage[]
}>

/**
 * Verifies a journal from outside, without changing anything: every checksum of every line, the
 * numbers over all segments, each seal against its file, the sidecars, and that no segment is missing.
 * While a journal is being written its last line may be seen unfinished, as "torn".
 */
export function checkJournal(folder: string, files: ReadableFiles = systemFiles): JournalCheck {
  const { oldest, segments } = readLayout(folder, files)
  const check = new Check(folder, files)
  if (oldest === 'damaged') check.report({ file: oldestFile, start: 0, end: 0, reason: 'checksum' })
  else check.expected = oldest
  for (const [i, segment] of segments.entries()) check.segment(segment, segments[i + 1]?.first)
  const { records, expected: next } = check
  // What retention took meanwhile is not missed.
  const kept = readOldest(folder, files)
  const damage = check.damage.filter(({ seq }) => !(seq !== undefined && Number(kept) > seq))
  return { records, segments: segments.length, next, damage }
}

class Check {
  records = 0
  readonly damage: Damage[] = []
  /** The next number, where it is known. */
  expected: number | undefined
  readonly #folder: string
  readonly #files: ReadableFiles

  constructor(folder: string, files: ReadableFiles) {
    this.#folder = folder
    this.#files = files
  }

  report(damage: Damage): void {
    this.damage.push(damage)
  }

  /** One segment; `following` is where the next begins, undefined for the newest. */
  segment({ first, seal }: Layout['segments'][number], following?: number): void {
    const { expected = first } = this
    if (first > expected) this.#whole(segmentFile(expected), expected, 'missing segment')
    if (first < expected) this.#whole(segmentFile(first), first, 'sequence')
    // Only the newest segment may still be without a seal.
    const sound = typeof seal === 'object' ? seal : undefined
    if (!sound && (seal || following !== undefined))
      this.#whole(segmentFile(first, 'seal.json'), first, 'seal')
    const file = this.#files.open(join(this.#folder, segmentFile(first)))
    if (file) {
      this.#lines(first, file, sound, following)
      file.close()
      this.#ids(first)
    } else {
      this.#whole(segmentFile(first), first, 'missing segment')
      this.expected = undefined
    }
    if (sound) this.expected = sound.lastSeq + 1
  }

  /** Every line of a segment; leaves in `expected` the number that must come next. */
  #lines(first: number, file: ReadableFile, seal?: Seal, following = Infinity): void {
    const name = segmentFile(first)
    const end = seal?.bytes ?? file.bytes
    const before = this.damage.length
    let next: number | undefined = first
    let newestAt = 0
    for (const { line, flaw } of scan(file, 0, end)) {
      if (flaw) {
        this.report({ ...(next !== undefined && { seq: next }), file: name, ...flaw })
        next = flaw.seq === undefined ? undefined : flaw.seq + 1
        continue
      }
      const { seq, at } = line.header
      // Without its seal, the beginning of the next segment says where this one ends.
      if (seq >= following) break
      if (next !== undefined && seq !== next) {
        this.report({ file: name, start: line.start, end: line.end, seq, reason: 'sequence' })
      }
      this.records++
      newestAt = Math.max(newestAt, at)
      next = seq + 1
    }
    this.expected = next
    if (!seal || this.damage.length > before) return
    const agrees = next === seal.lastSeq + 1 && newestAt === seal.newestAt
    if (!agrees || digest(file, end) !== seal.sha256) {
      this.report({ file: name, start: 0, end, seq: first, reason: 'checksum' })
    }
  }

  #ids(first: number): void {
    const name = segmentFile(first, 'ids')
    const bytes = readWhole(join(this.#folder, name), this.#files)
    if (!bytes || decodeIds(bytes)) return
    this.report({ file: name, start: 0, end: bytes.length, seq: first, reason: 'checksum' })
  }

  #whole(file: string, seq: number, reason: string): void {
    this.report({ file, start: 0, end: 0, seq, reason })
  }
}

function digest(file: ReadableFile, bytes: number): string {
  const hash = createHash('sha256')
  const step = Buffer.allocUnsafeSlow(Math.min(bytes, 1024 * 1024))
  for (let offset = 0; offset < bytes; offset += step.length) {
    const part = step.subarray(0, Math.min(step.length, bytes - offset))
    hash.update(part.subarray(0, file.read(part, offset)))
  }
  return hash.digest('hex')
}
