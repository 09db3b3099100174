import { join } from 'node:path'
import type { Files } from '../files.ts'
import type { Limits } from '../limits.ts'
import type { Batch } from './batch.ts'
import type { Damage } from './contract.ts'
import { lineBytesMax } from './line.ts'
import { type OpenSegment, type Recovered, recover, type SealedSegment } from './recover.ts'
import type { Seen } from './seen.ts'
import { SegmentWriter } from './segment-writer.ts'
import { removeBelow, segmentFile, writeOldest } from './segments.ts'

export type LogLimits = Pick<
  Limits,
  'recordBytesMax' | 'journalBatchBytesMax' | 'segmentBytes' | 'dedupeWindow'
>

type LogOptions = Readonly<{
  folder: string
  files: Files
  limits: LogLimits
  readUpTo: number
  onDamage: (damage: Damage) => void
}>

/**
 * The folder of segments as a sequence of batches, one written at a time. Whatever fails, the next
 * `write` tries again with a new file.
 */
export class SegmentLog {
  /** Fingerprints of the bulk records that are synced. */
  readonly seen: Seen
  /** The number after the last one that is taken. */
  readonly nextSeq: number
  readonly #folder: string
  readonly #files: Files
  readonly #segmentBytes: number
  readonly #sealed: SealedSegment[]
  #writer: SegmentWriter | undefined

  private constructor(options: LogOptions, recovered: Recovered, writer?: SegmentWriter) {
    this.#folder = options.folder
    this.#files = options.files
    this.#segmentBytes = options.limits.segmentBytes
    this.seen = recovered.seen
    this.nextSeq = recovered.nextSeq
    this.#sealed = recovered.sealed
    this.#writer = writer
  }

  /** Opens a folder, made where there is none, after whatever ended the process that wrote it before. */
  static async open(options: LogOptions): Promise<SegmentLog> {
    const { folder, files, limits } = options
    await files.makeFolder(folder)
    // What is found there must stay there: names of an earlier process may not be synced yet.
    await files.syncFolder(folder)
    const recovered = await recover({ ...options, dedupeWindow: limits.dedupeWindow })
    const writer = recovered.open && (await resume(options, recovered.open))
    const log = new SegmentLog(options, recovered, writer)
    // A torn end is closed off now if the disk allows, and else with the first write.
    if (writer?.broken) await log.#seal(writer).catch(() => {})
    return log
  }

  /** Resolves once the batch is synced. When it rejects, some of it may be found after a restart. */
  async write(batch: Batch): Promise<void> {
    const writer = this.#writer
    const full = writer && writer.bytes > 0 && writer.bytes + batch.bytes > this.#segmentBytes
    if (writer && (full || writer.broken)) await this.#seal(writer)
    this.#writer ??= await SegmentWriter.create(this.#folder, this.#files, batch.firstSeq)
    await this.#writer.append(batch)
    for (const id of batch.ids) this.seen.add(id)
  }

  /**
   * Removes the oldest sealed segments that hold only records below `keepFrom`, appended before
   * `before`. The new beginning is written down first, so that no crash looks like a loss.
   */
  async retain(keepFrom: number, before: number): Promise<void> {
    const spent = ({ lastSeq, newestAt }: SealedSegment) => lastSeq < keepFrom && newestAt < before
    // One with records stays, so that the next number is always known from two places.
    const last = this.#writer && this.#writer.bytes > 0 ? undefined : -1
    const removable = this.#sealed.slice(0, last)
    const kept = removable.findIndex((segment) => !spent(segment))
    const removed = kept < 0 ? removable : removable.slice(0, kept)
    if (removed.length === 0) return
    const oldest = removed.at(-1)!.lastSeq + 1
    await writeOldest(this.#folder, oldest, this.#files)
    this.#sealed.splice(0, removed.length)
    await removeBelow(this.#folder, oldest, this.#files)
  }

  /** Every write must have settled. */
  async close(): Promise<void> {
    await this.#writer?.close()
  }

  async #seal(writer: SegmentWriter): Promise<void> {
    const seal = await writer.seal(this.seen)
    if (seal) this.#sealed.push(seal)
    this.#writer = undefined
  }
}

/** Takes up the newest segment so that all that was read from it is on the disk for certain. */
async function resume({ folder, files, limits }: LogOptions, open: OpenSegment) {
  const { firstSeq: first, bytes } = open
  const writer = await SegmentWriter.reopen(folder, files, { ...open, first })
  const doubtful = limits.journalBatchBytesMax + lineBytesMax('', limits.recordBytesMax)
  const tail = Buffer.alloc(Math.min(bytes, doubtful))
  const file = files.open(join(folder, segmentFile(first)))!
  file.read(tail, bytes - tail.length)
  file.close()
  await writer.rewrite(tail)
  if (!open.clean) writer.broken = true
  return writer
}
