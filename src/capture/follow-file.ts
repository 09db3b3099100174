import { fstatSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ConflictError } from '../errors.ts'
import type { State } from '../state/contract.ts'
import type { FollowedBytes } from './followed-bytes.ts'
import {
  type Head,
  headOf,
  isRewritten,
  isRotated,
  type OpenFile,
  openAt,
  type Position,
  sameHead,
  sizeOf,
  statOf,
} from './followed-file.ts'

/** How far a file was read, whatever it is called now. */
type Read = Pick<OpenFile, 'inode' | 'offset' | 'isSkipping'>

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
  /** Why the last look failed; said once. */
  #failure: string | undefined

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
      const hasMoved = await this.#look()
      if (!hasMoved) await this.#bytes.pause(pollMs)
    }
    const file = this.#file
    this.#file = undefined
    await file?.handle.close()
  }

  /** Bytes that are not read yet, of the file that is read and of another one that has its name by now. */
  behind(): number {
    const file = this.#file
    const named = sizeOf(() => statSync(this.#path))
    if (!file) return named.size
    const read = sizeOf(() => fstatSync(file.handle.fd))
    const left = Math.max(0, read.size - file.offset)
    return named.inode === file.inode ? left : left + named.size
  }

  async #look(): Promise<boolean> {
    try {
      const hasMoved = await this.#step()
      this.#failure = undefined
      return hasMoved
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (error instanceof ConflictError || !code) throw error
      const reason = String(error)
      if (reason !== this.#failure) {
        this.#bytes.warn('a followed file cannot be read', { path: this.#path, reason })
      }
      this.#failure = reason
      return false
    }
  }

  async #step(): Promise<boolean> {
    this.#file ??= await this.#open()
    const file = this.#file
    if (!file) return false
    const { size } = await file.handle.stat()
    const { path, offset } = file
    const { bytesRead } = await file.handle.read(this.#buffer, 0, this.#buffer.length, offset)
    // Looked at behind the read: what was read is of the file whose first bytes are known.
    if (size < offset || (bytesRead > 0 && (await isRewritten(file)))) {
      return await this.#restart(file)
    }
    const bytes = this.#buffer.subarray(0, bytesRead)
    if (file.seen === offset + bytesRead) return await this.#turn(file, bytes)
    const used = file.isSkipping
      ? this.#skip(file, bytes)
      : await this.#bytes.take(bytes, false, { path, offset })
    if (used > 0) return await this.#advance(file, bytes.subarray(0, used))
    if (bytesRead === this.#buffer.length) {
      this.#bytes.refuseLong({ path, offset })
      file.isSkipping = true
      return await this.#advance(file, bytes)
    }
    file.seen = offset + bytesRead
    return await this.#turn(file, bytes)
  }

  /** The file was cut in place, and may have grown again: what it had more is in a copy, if anywhere. */
  async #restart(file: OpenFile): Promise<boolean> {
    const copy = await this.#copyOf(file, headOf(file))
    if (copy) {
      await this.#replace(copy)
      return true
    }
    this.#bytes.warn('a followed file was cut; it is read from its beginning', { path: file.path })
    await this.#replace(await openAt(file.path))
    return true
  }

  async #replace(file: OpenFile | undefined): Promise<void> {
    const old = this.#file
    this.#file = file
    await old?.handle.close()
  }

  /** The same file under another name, which has more than was read: `copytruncate` makes such. */
  async #copyOf({ offset, isSkipping, inode }: Read, known: Head): Promise<OpenFile | undefined> {
    if (known.headBytes === 0) return undefined
    for (const path of await this.#siblings()) {
      const other = await openAt(path)
      if (!other) continue
      const { size } = await other.handle.stat()
      const isOther = other.inode !== inode && size >= offset
      const head = isOther ? await sameHead(other, known) : undefined
      if (head) return { ...other, offset, isSkipping, head }
      await other.handle.close()
    }
    return undefined
  }

  /** Bytes up to the end of the line that is left out. */
  #skip(file: OpenFile, bytes: Buffer): number {
    const end = bytes.indexOf(newline)
    file.isSkipping = end < 0
    return end < 0 ? bytes.length : end + 1
  }

  async #advance(file: OpenFile, used: Buffer): Promise<boolean> {
    this.#quiet = 0
    const more = headBytesMax - file.head.length
    if (more > 0) file.head = Buffer.concat([file.head, used.subarray(0, more)])
    file.offset += used.length
    return await this.#save(file)
  }

  /** When another file has the name and is written to, and this one stays as it is: on to the next. */
  async #turn(file: OpenFile, rest: Buffer): Promise<boolean> {
    const named = await statOf(this.#path)
    if (!named || named.ino === file.inode || named.size === 0 || this.#quiet++ < 1) return false
    this.#quiet = 0
    const { path, offset } = file
    const used = await this.#bytes.take(rest, true, { path, offset })
    if (used < rest.length) return false
    if (used > 0 && !(await this.#advance(file, rest))) return false
    const next = (await this.#siblings(file.path, file.inode))[0] ?? this.#path
    const opened = await openAt(next)
    if (!opened) return false
    await this.#replace(opened)
    return await this.#save(opened)
  }

  /** Where the last run ended or, without one, at the beginning. Undefined when there is no file yet. */
  async #open(): Promise<OpenFile | undefined> {
    const position = this.#state.begin().get<Position>(positions, this.#bytes.name)
    if (!position) return await this.#openFirst()
    const { inode, offset, isSkipping = false } = position
    for (const path of [this.#path, ...(await this.#siblings())]) {
      const file = await openAt(path)
      if (!file) continue
      const head = file.inode === inode ? await sameHead(file, position) : undefined
      if (head) return { ...file, offset, isSkipping, head }
      await file.handle.close()
    }
    const copy = await this.#copyOf({ inode, offset, isSkipping }, position)
    if (copy) return copy
    const file = await openAt(this.#path)
    if (file) {
      this.#bytes.warn('the file that was read last is gone; what it had more is not recorded', {
        path: this.#path,
      })
    }
    return file
  }

  /** Its position is kept before any record of it is, or a crash and a rotation would lose the rest. */
  async #openFirst(): Promise<OpenFile | undefined> {
    const file = await openAt(this.#path)
    if (file) await this.#save(file)
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
    const { inode, offset, isSkipping } = file
    const position: Position = { inode, offset, ...headOf(file), ...(isSkipping && { isSkipping }) }
    return await this.#bytes.untilKept(async () => {
      const tx = this.#state.begin()
      tx.put(positions, this.#bytes.name, position)
      await this.#state.commit(tx)
    })
  }
}

/** The kind of its documents. */
const positions = 'feed-position'
