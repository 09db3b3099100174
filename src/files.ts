import * as fs from 'node:fs'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'

/** A file being written. Nothing is safe before `sync`; after a failed call, nothing is known of it. */
export type WritableFile = Readonly<{
  /** Writes all buffers, one after another, from `offset`. */
  write(buffers: readonly Buffer[], offset: number): Promise<void>
  /** fdatasync: bytes and length are on the disk. */
  sync(): Promise<void>
  /** Once, however often it is called: by then the descriptor may be another file's. */
  close(): Promise<void>
}>

/** A file being written, each of whose writes is on the disk when it resolves: bytes and length. */
export type SyncedFile = Pick<WritableFile, 'write' | 'close'>

/** A file being read, synchronously: for worker threads, the command line, and the start. */
export type ReadableFile = Readonly<{
  /** Its length when it was opened. */
  bytes: number
  /** Fills `into` from `offset`; returns fewer bytes only at the end of the file. */
  read(into: Buffer, offset: number): number
  close(): void
}>

/** What readers need of a file system. */
export type ReadableFiles = Readonly<{
  /** Names in the folder; none when there is no such folder. */
  list(folder: string): string[]
  /** Undefined when there is no such file. */
  open(path: string): ReadableFile | undefined
}>

/**
 * The file system as the journal sees it, so that tests can put a disk in its place that fails, fills
 * or forgets. Calls reject or throw with Node's errors (`code` is 'EIO', 'ENOSPC', …).
 */
export type Files = ReadableFiles &
  Readonly<{
    /** A new, empty file. Its name is safe only after `syncFolder`. */
    create(path: string): Promise<WritableFile>
    createSynced(path: string): Promise<SyncedFile>
    /** An existing file, to go on writing. */
    reopenSynced(path: string): Promise<SyncedFile>
    /** Replaces what has the new name. Safe only after `syncFolder`. */
    rename(from: string, to: string): Promise<void>
    /** Does nothing when there is no such file. */
    remove(path: string): Promise<void>
    /** Creates the folder and those above it, durably. */
    makeFolder(path: string): Promise<void>
    syncFolder(path: string): Promise<void>
    /** Bytes that may still be written on the folder's disk. */
    freeBytes(folder: string): Promise<number>
  }>

const open = promisify(fs.open)
const datasync = promisify(fs.fdatasync)
const close = promisify(fs.close)

/** Linux syncs within the write, one turn of a thread instead of two; elsewhere that ends before the disk. */
const withinWrite = process.platform === 'linux' ? fs.constants.O_DSYNC : 0
const { O_CREAT, O_EXCL, O_RDWR, O_WRONLY } = fs.constants

/** The machine's file system. */
export const systemFiles: Files = {
  list(folder) {
    return absentAs([], () => fs.readdirSync(folder))
  },
  open(path) {
    const fd = absentAs(undefined, () => fs.openSync(path, 'r'))
    return fd === undefined ? undefined : readable(fd)
  },
  async create(path) {
    return writable(await open(path, 'wx', 0o600))
  },
  async createSynced(path) {
    return synced(await open(path, O_WRONLY | O_CREAT | O_EXCL | withinWrite, 0o600))
  },
  async reopenSynced(path) {
    return synced(await open(path, O_RDWR | withinWrite))
  },
  rename: (from, to) => fs.promises.rename(from, to),
  remove: (path) => fs.promises.rm(path, { force: true }),
  async makeFolder(path) {
    const whole = resolve(path)
    const first = await fs.promises.mkdir(whole, { recursive: true, mode: 0o700 })
    if (first === undefined) return
    for (let made = whole; made.length >= first.length; made = dirname(made)) {
      await systemFiles.syncFolder(dirname(made))
    }
  },
  async syncFolder(path) {
    const folder = await fs.promises.open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  },
  async freeBytes(folder) {
    const { bavail, bsize } = await fs.promises.statfs(folder)
    return bavail * bsize
  },
}

function readable(fd: number): ReadableFile {
  return {
    bytes: fs.fstatSync(fd).size,
    read(into, offset) {
      let filled = 0
      while (filled < into.length) {
        const got = fs.readSync(fd, into, filled, into.length - filled, offset + filled)
        if (got === 0) break
        filled += got
      }
      return filled
    },
    close: () => fs.closeSync(fd),
  }
}

/** Bare descriptors: the append path needs nothing a FileHandle adds. */
function writable(fd: number): WritableFile {
  let closed: Promise<void> | undefined
  return {
    async write(buffers, offset) {
      let rest = buffers
      let at = offset
      while (rest.length > 0) {
        const written = await writev(fd, rest, at)
        at += written
        rest = after(rest, written)
      }
    },
    sync: () => datasync(fd),
    close: () => {
      closed ??= close(fd)
      return closed
    },
  }
}

function synced(fd: number): SyncedFile {
  const { write, sync, close } = writable(fd)
  if (withinWrite) return { write, close }
  const writeAndSync: SyncedFile['write'] = async (buffers, offset) => {
    await write(buffers, offset)
    await sync()
  }
  return { write: writeAndSync, close }
}

function writev(fd: number, buffers: readonly Buffer[], offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.writev(fd, buffers, offset, (error, written) => (error ? reject(error) : resolve(written)))
  })
}

/** The buffers without their first `written` bytes. */
function after(buffers: readonly Buffer[], written: number): readonly Buffer[] {
  let skip = written
  const first = buffers.findIndex((buffer) => {
    if (skip < buffer.length) return true
    skip -= buffer.length
    return false
  })
  if (first < 0) return []
  return [buffers[first]!.subarray(skip), ...buffers.slice(first + 1)]
}

function absentAs<T>(value: T, call: () => T): T {
  try {
    return call()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value
    throw error
  }
}
