import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, parse } from 'node:path'
import { ConflictError } from '../errors.ts'
import type { State } from '../state/contract.ts'
import type { FollowedBytes } from './followed-bytes.ts'

/** How far a file is read; kept as a document of state. */
type Position = Readonly<{
  inode: number
  offset: number
  /** SHA-256 of the first bytes, and how many: an inode's number is soon given to another file. */
  head: string
  headBytes: number
  /** The line there is too long and is left out to its end. */
  isSkipping?: boolean
}>

type OpenFile = {
  handle: FileHandle
  path: string
  inode: number
  offset: number
  isSkipping: boolean
}

const pollMs = 500
const headBytesMax = 256
const newline = 0x0a

/**
 * Reads a file as it grows, from its beginning, and goes on where it was after a restart. When another file
 * has taken its name, what was written to the old one comes first, then those between, oldest first. The
 * position moves only after the records are durable; what is read twice has the same ids.
 */
export class FileFollower {
  readonly #path: string
  readonly #bytes: FollowedBytes
  readonly #state: Pick<State, 'begin' | 'commit'>
  readonly #buffer: Buffer
  #file: OpenFile | undefined
  /** Looks that found nothing new in a file that has lost its name. */
  #quiet = 0

  constructor(
    path: string,
    bytes: FollowedBytes,
    { state, chunkBytes }: Readonly<{ state: Pick<State, 'begin' | 'commit'>; chunkBytes: number }>,
  ) {
    this.#path = path
    this.#bytes = bytes
    this.#state = state
    this.#buffer = Buffer.alloc(chunkBytes)
  }

  /** Resolves when stopped. */
  async run(): Promise<void> {
    while (!this.#bytes.isStopped) {
      const hasMoved = await this.#step().catch((error: unknown) => {
        if (error instanceof ConflictError || !(error as NodeJS.ErrnoException).code) throw error
        this.#bytes.warn('a followed file cannot be read', { reason: String(error) })
        return false
      })
      if (!hasMoved) await this.#bytes.pause(pollMs)
    }
    await this.#file?.handle.close()
  }

  async #step(): Promise<boolean> {
    this.#file ??= await this.#open()
    const file = this.#file
    if (!file) return false
    const { size } = await file.handle.stat()
    if (size < file.offset) {
      this.#bytes.warn('a followed file was cut; it is read from its beginning', {
        path: file.path,
      })
      file.offset = 0
      file.isSkipping = false
    }
    const { bytesRead } = await file.handle.read(this.#buffer, 0, this.#buffer.length, file.offset)
    const bytes = this.#buffer.subarray(0, bytesRead)
    const used = file.isSkipping ? this.#skip(file, bytes) : await this.#bytes.take(bytes, false)
    if (used > 0) return await this.#advance(file, used)
    if (bytesRead === this.#buffer.length) {
      this.#bytes.refuse('larger than a record may be')
      file.isSkipping = true
      return await this.#advance(file, bytesRead)
    }
    return await this.#turn(file, bytes)
  }

  /** Bytes up to the end of the line that is left out. */
  #skip(file: OpenFile, bytes: Buffer): number {
    const end = bytes.indexOf(newline)
    file.isSkipping = end < 0
    return end < 0 ? bytes.length : end + 1
  }

  async #advance(file: OpenFile, used: number): Promise<boolean> {
    this.#quiet = 0
    file.offset += used
    return await this.#save(file)
  }

  /** When another file has the name and is written to, and this one stays as it is: on to the next. */
  async #turn(file: OpenFile, rest: Buffer): Promise<boolean> {
    const named = await statOf(this.#path)
    if (!named || named.ino === file.inode || named.size === 0 || this.#quiet++ < 1) return false
    this.#quiet = 0
    const used = await this.#bytes.take(rest, true)
    if (used < rest.length) return false
    file.offset += used
    if (!(await this.#save(file))) return false
    const next = (await this.#siblings(file.path, file.inode))[0] ?? this.#path
    const opened = await openAt(next)
    if (!opened) return false
    await file.handle.close()
    this.#file = opened
    return await this.#save(opened)
  }

  /** Where the last run ended or, without one, at the beginning. Undefined when there is no file yet. */
  async #open(): Promise<OpenFile | undefined> {
    const position = this.#state.begin().get<Position>(positions, this.#bytes.name)
    if (!position) return await openAt(this.#path)
    const others = await this.#siblings()
    for (const path of [this.#path, ...others]) {
      const file = await openAt(path)
      if (!file) continue
      if (
        file.inode === position.inode &&
        (await headOf(file, position.headBytes)) === position.head
      ) {
        return { ...file, offset: position.offset, isSkipping: position.isSkipping ?? false }
      }
      await file.handle.close()
    }
    const file = await openAt(this.#path)
    if (file) {
      this.#bytes.warn('the file that was read last is gone; what it had more is not recorded', {
        path: this.#path,
      })
    }
    return file
  }

  /** The file and what it was before, oldest first; those that were written to after `since`. */
  async #siblings(path?: string, inode?: number): Promise<string[]> {
    const folder = dirname(this.#path)
    const since = path === undefined ? undefined : await this.#file!.handle.stat()
    const found: Array<{ path: string; at: number }> = []
    for (const name of await readdir(folder)) {
      const other = isRotated(name, basename(this.#path))
        ? await statOf(join(folder, name))
        : undefined
      if (!other?.isFile() || other.ino === inode) continue
      if (since && other.mtimeMs < since.mtimeMs) continue
      found.push({ path: join(folder, name), at: other.mtimeMs })
    }
    return found.sort((a, b) => a.at - b.at).map((one) => one.path)
  }

  /** False when stopped before. */
  async #save(file: OpenFile): Promise<boolean> {
    const headBytes = Math.min(headBytesMax, file.offset)
    const { inode, offset, isSkipping } = file
    const position: Position = {
      inode,
      offset,
      head: await headOf(file, headBytes),
      headBytes,
      ...(isSkipping && { isSkipping }),
    }
    return await this.#bytes.untilKept(async () => {
      const tx = this.#state.begin()
      tx.put(positions, this.#bytes.name, position)
      await this.#state.commit(tx)
    })
  }
}

/** `audit.log`, `audit.log.1`, `audit.log-20261121` or `audit-2026-11-21T04-44-23.log`, not compressed. */
function isRotated(name: string, base: string): boolean {
  if (name === base) return true
  const { name: stem, ext } = parse(base)
  const isMarked = name.startsWith(base) && /^[.-]\d[\dTZ._-]*$/.test(name.slice(base.length))
  if (isMarked || !ext || !name.startsWith(stem) || !name.endsWith(ext)) return isMarked
  return /^-\d[\dTZ._-]*$/.test(name.slice(stem.length, -ext.length))
}

/** The kind of its documents. */
const positions = 'feed-position'

async function openAt(path: string): Promise<OpenFile | undefined> {
  try {
    const handle = await open(path, 'r')
    return { handle, path, inode: (await handle.stat()).ino, offset: 0, isSkipping: false }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function statOf(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function headOf({ handle }: OpenFile, bytes: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0)
  return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex')
}
