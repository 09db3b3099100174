import { createHash, type Hash } from 'node:crypto'
import { join } from 'node:path'
import type { Files, SyncedFile } from '../files.ts'
import type { Batch } from './batch.ts'
import { encodeIds, type Seen } from './seen.ts'
import { type Seal, segmentFile, writeSeal, writeWhole } from './segments.ts'

/** What is known of a segment that may still grow. */
export type SegmentState = Readonly<{
  first: number
  /** Synced bytes, and the last record in them; below `first` when there is none. */
  bytes: number
  lastSeq: number
  newestAt: number
  hash: Hash
  /** How many of the newest fingerprints are of this segment. */
  ids: number
}>

/**
 * The newest segment while it is written. After a failed write or sync it takes nothing more: the
 * kernel may have dropped what it could not write and call the next sync a success, so the file ends
 * at its last synced byte and `seal` says where that is.
 */
export class SegmentWriter {
  readonly first: number
  bytes: number
  /** Never to be written again, only sealed. */
  broken = false
  readonly #folder: string
  readonly #files: Files
  readonly #file: SyncedFile
  #lastSeq: number
  #newestAt: number
  #hash: Hash
  #ids: number
  #closed = false

  private constructor(folder: string, files: Files, file: SyncedFile, state: SegmentState) {
    this.#folder = folder
    this.#files = files
    this.#file = file
    this.first = state.first
    this.bytes = state.bytes
    this.#lastSeq = state.lastSeq
    this.#newestAt = state.newestAt
    this.#hash = state.hash
    this.#ids = state.ids
  }

  /**
   * Begins a segment. A file that has its name is what an earlier attempt left: it can hold nothing
   * that was acknowledged, for then the number would be taken.
   */
  static async create(folder: string, files: Files, first: number): Promise<SegmentWriter> {
    const path = join(folder, segmentFile(first))
    await files.remove(path)
    const file = await files.createSynced(path)
    try {
      await files.syncFolder(folder)
    } catch (error) {
      await file.close()
      throw error
    }
    const hash = createHash('sha256')
    const state = { first, bytes: 0, lastSeq: first - 1, newestAt: 0, hash, ids: 0 }
    return new SegmentWriter(folder, files, file, state)
  }

  /** Goes on with a segment that recovery read. */
  static async reopen(folder: string, files: Files, state: SegmentState): Promise<SegmentWriter> {
    const file = await files.reopenSynced(join(folder, segmentFile(state.first)))
    return new SegmentWriter(folder, files, file, state)
  }

  /**
   * Writes its last bytes once more and syncs them. A process that met a failed sync and died may have
   * left pages that the kernel shows as written and that never reached the disk; writing makes them
   * dirty again. The bytes are the same, so a crash in between changes nothing.
   */
  async rewrite(tail: Buffer): Promise<void> {
    try {
      await this.#file.write([tail], this.bytes - tail.length)
    } catch (error) {
      this.broken = true
      throw error
    }
  }

  /** Writes and syncs a batch; once that failed, the segment is broken. */
  async append(batch: Batch): Promise<void> {
    const hash = this.#hash.copy()
    try {
      const lines = batch.lines()
      const written = this.#file.write(lines, this.bytes)
      // The disk is busy and the processor is not.
      for (const chunk of lines) hash.update(chunk)
      await written
    } catch (error) {
      this.broken = true
      throw error
    }
    this.#hash = hash
    this.bytes += batch.bytes
    this.#lastSeq = batch.lastSeq
    this.#newestAt = Math.max(this.#newestAt, batch.newestAt)
    this.#ids += batch.ids.length
  }

  /**
   * Ends the segment: undefined when it held nothing, and then its file is gone. May be tried again
   * after it rejected.
   */
  async seal(seen: Seen): Promise<Seal | undefined> {
    this.broken = true
    await this.close()
    if (this.bytes === 0) {
      await this.#files.remove(join(this.#folder, segmentFile(this.first)))
      return undefined
    }
    const ids = encodeIds(seen.newest(this.#ids))
    // Without the file of fingerprints the next start makes it again from the records.
    await writeWhole(this.#folder, segmentFile(this.first, 'ids'), ids, this.#files).catch(() => {})
    const seal = {
      firstSeq: this.first,
      lastSeq: this.#lastSeq,
      bytes: this.bytes,
      sha256: this.#hash.copy().digest('hex'),
      newestAt: this.#newestAt,
    }
    await writeSeal(this.#folder, seal, this.#files)
    return seal
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    // Everything that counts is synced already.
    await this.#file.close().catch(() => {})
  }
}
