import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import { ApiError, StorageError } from '../errors.ts'
import type { Files, WritableFile } from '../files.ts'
import type { Ids } from '../ids.ts'
import { DiskSpace } from '../journal/disk-space.ts'
import type { Limits } from '../limits.ts'
import { BlobDigests } from './blob-digests.ts'
import type { BlobRef, Blobs, WrittenBlob } from './contract.ts'

export type FileBlobsOptions = Readonly<{
  /** Of the blobs alone; made where there is none. */
  folder: string
  files: Files
  clock: Clock
  ids: Ids
  limits: Pick<Limits, 'blobReleaseDelay' | 'diskFreeBytesMin'>
}>

type WriteOptions = Parameters<Blobs['write']>[1]

/** Bytes written or read at once: a call holds up to three such pieces, and thousands may be under way. */
const pieceBytes = 128 * 1024
/** Chunks of a piece that comes in very small ones: what systems take in one write. */
const chunksMax = 1_024

/** Blobs as files: `<folder>/ab/ab…`, by random names of which each process gives its own. */
export class FileBlobs implements Blobs {
  readonly #options: FileBlobsOptions
  readonly #disk: DiskSpace
  /** Ends the ids of this process. */
  readonly #run: string
  readonly #shards = new Map<string, Promise<void>>()
  /** Coming in. */
  readonly #writing = new Set<string>()
  /** How many read each blob; it does not go meanwhile. */
  readonly #readers = new Map<string, number>()
  /** Let go of lately, and before: the latter go next. */
  #released = new Set<string>()
  #due = new Set<string>()
  #isScheduled = false
  /** Of this process, and without a name when the last sweep looked. */
  #nameless = new Set<string>()

  constructor(options: FileBlobsOptions) {
    const { folder, files, clock, ids, limits } = options
    this.#options = options
    this.#disk = new DiskSpace(folder, files, clock, limits.diskFreeBytesMin)
    this.#run = ids.uuid().replaceAll('-', '').slice(0, 12)
  }

  async write(body: Buffer | AsyncIterable<Buffer>, options: WriteOptions): Promise<WrittenBlob> {
    const id = `${this.#options.ids.uuid().replaceAll('-', '')}-${this.#run}`
    const digests = new BlobDigests(options.checksums ?? [])
    let size = 0
    let file: WritableFile | undefined
    this.#writing.add(id)
    try {
      for await (const chunks of inPieces(body, options.bytesMax)) {
        file ??= await stored(() => this.#create(id))
        await stored(() => this.#append(file!, chunks, size))
        for (const chunk of chunks) {
          digests.update(chunk)
          size += chunk.length
        }
      }
      if (file) await stored(() => this.#finish(id, file!))
    } catch (error) {
      if (file) await this.#discard(id, file)
      throw error
    } finally {
      this.#writing.delete(id)
    }
    return { id, size, ...digests.finish() }
  }

  async *read(blobs: readonly BlobRef[], start: number, end: number): AsyncGenerator<Buffer> {
    for (const { id } of blobs) this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1)
    try {
      let at = 0
      for (const { id, size } of blobs) {
        const from = Math.max(start - at, 0)
        const to = Math.min(end - at, size)
        at += size
        if (from < to) yield* readFile(this.#path(id), from, to)
      }
    } finally {
      for (const { id } of blobs) this.#leave(id)
    }
  }

  /** They go when the delay has passed twice: what came in between has then waited for at least one. */
  release(blobs: readonly BlobRef[]): void {
    for (const { id } of blobs) this.#released.add(id)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    const { clock, limits } = this.#options
    clock.after(limits.blobReleaseDelay, () => void this.#removeDue())
  }

  async #removeDue(): Promise<void> {
    const due = [...this.#due]
    const read = due.filter((id) => this.#readers.has(id))
    this.#due = new Set([...this.#released, ...read])
    this.#released = new Set()
    this.#isScheduled = false
    if (this.#due.size > 0) this.#schedule()
    for (const id of due) if (!this.#readers.has(id)) await this.#remove(id)
  }

  /** Whether there is nothing that could be swept. */
  isEmpty(): boolean {
    return this.#options.files.list(this.#options.folder).length === 0
  }

  /**
   * Removes what `isNamed` does not know and nobody uses. What this process wrote may get its name a moment
   * later, so that it goes only when it has none at the next sweep either. Yields after each step; rejects
   * with StorageError.
   */
  async *sweep(isNamed: (id: string) => boolean): AsyncGenerator<void> {
    const { files, folder } = this.#options
    const nameless = new Set<string>()
    for (let shard = 0; shard < 256; shard++) {
      for (const id of files.list(join(folder, shard.toString(16).padStart(2, '0')))) {
        if (isNamed(id) || this.#isInUse(id)) continue
        const mayBeNamed = id.endsWith(`-${this.#run}`) && !this.#nameless.has(id)
        if (mayBeNamed) nameless.add(id)
        else await stored(() => files.remove(this.#path(id)))
        yield
      }
      yield
    }
    this.#nameless = nameless
  }

  /** Written or read now, or let go of so lately that somebody may be about to read it. */
  #isInUse(id: string): boolean {
    const isGoing = this.#released.has(id) || this.#due.has(id)
    return isGoing || this.#writing.has(id) || this.#readers.has(id)
  }

  async #create(id: string): Promise<WritableFile> {
    await this.#makeShard(id.slice(0, 2))
    return this.#options.files.create(this.#path(id))
  }

  async #append(file: WritableFile, chunks: readonly Buffer[], offset: number): Promise<void> {
    await this.#disk.check()
    await file.write(chunks, offset)
  }

  /** Its name is in its folder, and the folder's in its own, before anybody relies on it. */
  async #finish(id: string, file: WritableFile): Promise<void> {
    await file.sync()
    await file.close()
    await this.#options.files.syncFolder(this.#folderOf(id))
  }

  async #discard(id: string, file: WritableFile): Promise<void> {
    await file.close().catch(() => undefined)
    await this.#remove(id)
  }

  /** What cannot be removed now is found at the next start. */
  async #remove(id: string): Promise<void> {
    await this.#options.files.remove(this.#path(id)).catch(() => undefined)
  }

  /** Once in a process, also for a folder that is there: who made it may not have got to sync its name. */
  #makeShard(shard: string): Promise<void> {
    const known = this.#shards.get(shard)
    if (known) return known
    const { files, folder } = this.#options
    const made = files
      .makeFolder(join(folder, shard))
      .then(() => files.syncFolder(folder))
      .catch((error) => {
        this.#shards.delete(shard)
        throw error
      })
    this.#shards.set(shard, made)
    return made
  }

  #leave(id: string): void {
    const left = this.#readers.get(id)! - 1
    if (left > 0) this.#readers.set(id, left)
    else this.#readers.delete(id)
  }

  #folderOf(id: string): string {
    return join(this.#options.folder, id.slice(0, 2))
  }

  #path(id: string): string {
    return blobPath(this.#options.folder, id)
  }
}

/** Where a blob lies in the folder of all blobs. */
export function blobPath(folder: string, id: string): string {
  return join(folder, id.slice(0, 2), id)
}

/** The body in pieces worth a write each, of some chunks; throws ApiError EntityTooLarge past `max`. */
async function* inPieces(
  body: Buffer | AsyncIterable<Buffer>,
  max: number,
): AsyncGenerator<readonly Buffer[]> {
  let held: Buffer[] = []
  let heldBytes = 0
  let total = 0
  for await (const chunk of Buffer.isBuffer(body) ? [body] : body) {
    total += chunk.length
    if (total > max) {
      const text = 'Your proposed upload exceeds the maximum allowed size'
      throw new ApiError('EntityTooLarge', text, { details: { MaxSizeAllowed: `${max}` } })
    }
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      const part = chunk.subarray(at, at + pieceBytes)
      heldBytes += part.length
      held.push(part)
      if (heldBytes < pieceBytes && held.length < chunksMax) continue
      yield held
      held = []
      heldBytes = 0
    }
  }
  if (held.length > 0) yield held
}

async function* readFile(path: string, start: number, end: number): AsyncGenerator<Buffer> {
  const file = await stored(() => open(path, 'r'))
  try {
    for (let at = start; at < end; ) {
      const piece = Buffer.allocUnsafe(Math.min(pieceBytes, end - at))
      const { bytesRead } = await stored(() => file.read(piece, 0, piece.length, at))
      if (bytesRead === 0) throw new StorageError('i/o error', 'A blob is shorter than it was')
      at += bytesRead
      yield piece.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

async function stored<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof StorageError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOSPC' || code === 'EDQUOT' ? 'disk full' : 'i/o error'
    throw new StorageError(reason, `A blob's file: ${message}`, { cause: error })
  }
}
