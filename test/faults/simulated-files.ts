import { dirname } from 'node:path'
import type { Files, SyncedFile, WritableFile } from '../../src/files.ts'

/**
 * What a crash leaves. `kept`: the process died and the machine went on, so all writes are there, synced
 * or not. `dropped`: power failed and nothing unsynced is there. `torn`: power failed and of each file
 * and folder some of the unsynced changes are there, the last of them in part.
 */
export type Crash = 'kept' | 'dropped' | 'torn'

export type Fault =
  | Readonly<{ kind: 'crash' }>
  | Readonly<{ kind: 'error'; code: 'EIO' | 'ENOSPC'; forever: boolean }>

type Write = Readonly<{ offset: number; bytes: Buffer }>
type Inode = { visible: Buffer; durable: Buffer; unsynced: Write[] }
/** Names of one folder that change together; undefined is a name that goes. */
type Change = Readonly<{ folder: string; names: Readonly<Record<string, Inode | undefined>> }>

/**
 * A file system in memory that knows what is synced and what is not, and fails where it is told to. As
 * on Linux, a failed sync leaves its bytes readable, never writes them, and calls the next sync a success.
 * Folders themselves are always there.
 */
export class SimulatedFiles implements Files {
  /** Changes asked for so far; the fault strikes at one of them. */
  operations = 0
  /** What each of them was, for messages. */
  readonly log: string[] = []
  bytesFree = 1e12
  /** Called with each operation before it has any effect, which waits for it. */
  before: (operation: string) => void | Promise<void> = () => {}
  #fault: { at: number; fault: Fault } | undefined
  #dead = false
  #names = new Map<string, Inode>()
  #durableNames = new Map<string, Inode>()
  #unsyncedNames: Change[] = []

  /** The fault strikes at the given operation, counted from 1. */
  failAt(at: number, fault: Fault): void {
    this.#fault = { at, fault }
  }

  /** No more faults. */
  heal(): void {
    this.#fault = undefined
  }

  /** Ends the process that used it, and gives back what the next one finds. `random` is in 0..1. */
  restart(crash: Crash, random: () => number = () => 0.5): SimulatedFiles {
    const next = new SimulatedFiles()
    next.bytesFree = this.bytesFree
    if (crash === 'kept') {
      next.#names = this.#names
      next.#durableNames = this.#durableNames
      next.#unsyncedNames = this.#unsyncedNames
      return next
    }
    const names = new Map(this.#durableNames)
    if (crash === 'torn') {
      for (const change of this.#unsyncedNames) {
        if (random() < 0.5) apply(names, change)
      }
    }
    for (const [path, { durable, unsynced }] of names) {
      let bytes = durable
      if (crash === 'torn') bytes = partly(durable, unsynced, random)
      const inode = { visible: bytes, durable: bytes, unsynced: [] }
      next.#names.set(path, inode)
      next.#durableNames.set(path, inode)
    }
    return next
  }

  /** Changes bytes on the disk, behind everybody's back. */
  overwrite(path: string, bytes: Buffer): void {
    const inode = { visible: bytes, durable: bytes, unsynced: [] }
    this.#names.set(path, inode)
    this.#durableNames.set(path, inode)
  }

  delete(path: string): void {
    this.#names.delete(path)
    this.#durableNames.delete(path)
  }

  contents(path: string): Buffer | undefined {
    return this.#names.get(path)?.visible
  }

  list(folder: string): string[] {
    return [...this.#names.keys()]
      .filter((path) => dirname(path) === folder)
      .map((path) => path.slice(folder.length + 1))
  }

  open(path: string) {
    const bytes = this.#names.get(path)?.visible
    if (!bytes) return undefined
    return {
      bytes: bytes.length,
      read: (into: Buffer, offset: number) => bytes.copy(into, 0, offset),
      close: () => {},
    }
  }

  async create(path: string): Promise<WritableFile> {
    await this.#operation(`create ${path}`)
    if (this.#names.has(path)) throw failure('EEXIST')
    const inode = { visible: Buffer.alloc(0), durable: Buffer.alloc(0), unsynced: [] }
    this.#change(dirname(path), { [path]: inode })
    return this.#writable(path, inode)
  }

  async createSynced(path: string): Promise<SyncedFile> {
    return synced(await this.create(path))
  }

  async reopenSynced(path: string): Promise<SyncedFile> {
    await this.#operation(`reopen ${path}`)
    const inode = this.#names.get(path)
    if (!inode) throw failure('ENOENT')
    return synced(this.#writable(path, inode))
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#operation(`rename ${from}`)
    const inode = this.#names.get(from)
    if (!inode) throw failure('ENOENT')
    this.#change(dirname(to), { [to]: inode, [from]: undefined })
  }

  async remove(path: string): Promise<void> {
    await this.#operation(`remove ${path}`)
    if (this.#names.has(path)) this.#change(dirname(path), { [path]: undefined })
  }

  async makeFolder(path: string): Promise<void> {
    await this.#operation(`makeFolder ${path}`)
  }

  async syncFolder(path: string): Promise<void> {
    await this.#operation(`syncFolder ${path}`)
    for (const change of this.#unsyncedNames) {
      if (change.folder === path) apply(this.#durableNames, change)
    }
    this.#unsyncedNames = this.#unsyncedNames.filter(({ folder }) => folder !== path)
  }

  async freeBytes(folder: string): Promise<number> {
    await this.#operation(`freeBytes ${folder}`)
    return this.bytesFree
  }

  #writable(path: string, inode: Inode): WritableFile {
    const put = (write: Write) => {
      inode.visible = overlay(inode.visible, write)
      inode.unsynced.push(write)
    }
    return {
      write: async (buffers, offset) => {
        const bytes = Buffer.concat(buffers)
        const part = { offset, bytes: bytes.subarray(0, bytes.length / 2) }
        await this.#operation(`write ${path}`, {
          crashed: () => put({ offset, bytes }),
          failed: () => put(part),
        })
        put({ offset, bytes })
      },
      sync: async () => {
        const forget = () => {
          inode.unsynced = []
        }
        await this.#operation(`sync ${path}`, { failed: forget })
        inode.durable = inode.unsynced.reduce(overlay, inode.durable)
        forget()
      },
      close: async () => {
        await Promise.resolve()
      },
    }
  }

  #change(folder: string, names: Change['names']): void {
    const change = { folder, names }
    apply(this.#names, change)
    this.#unsyncedNames.push(change)
  }

  /** Counts the operation and lets the fault strike; `crashed` and `failed` say what is left of it. */
  async #operation(
    name: string,
    left: { crashed?: () => void; failed?: () => void } = {},
  ): Promise<void> {
    await Promise.resolve()
    if (this.#dead) throw failure('EIO')
    this.operations++
    this.log.push(name)
    await this.before(name)
    if (!this.#fault) return
    const { at, fault } = this.#fault
    if (fault.kind === 'crash') {
      if (this.operations !== at) return
      this.#dead = true
      left.crashed?.()
      throw failure('EIO')
    }
    if (fault.forever ? this.operations < at : this.operations !== at) return
    left.failed?.()
    throw failure(fault.code)
  }
}

/** Each half of it can fail by itself. */
function synced({ write, sync, close }: WritableFile): SyncedFile {
  const writeAndSync: SyncedFile['write'] = async (buffers, offset) => {
    await write(buffers, offset)
    await sync()
  }
  return { write: writeAndSync, close }
}

function apply(names: Map<string, Inode>, change: Change): void {
  for (const [path, inode] of Object.entries(change.names)) {
    if (inode) names.set(path, inode)
    else names.delete(path)
  }
}

function overlay(bytes: Buffer, { offset, bytes: added }: Write): Buffer {
  const result = Buffer.alloc(Math.max(bytes.length, offset + added.length))
  bytes.copy(result)
  added.copy(result, offset)
  return result
}

/** The durable bytes with the first of the unsynced writes, the last of these cut off. */
function partly(durable: Buffer, unsynced: readonly Write[], random: () => number): Buffer {
  let left = Math.floor(random() * unsynced.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let result = durable
  for (const { offset, bytes } of unsynced) {
    if (left <= 0) break
    result = overlay(result, { offset, bytes: bytes.subarray(0, left) })
    left -= bytes.length
  }
  return result
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code })
}
