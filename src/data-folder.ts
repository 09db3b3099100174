import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { errorText } from './error-text.ts'
import { StorageError } from './errors.ts'

/** A data folder that this process owns, and no other. */
export type DataFolder = Readonly<{
  /** Absolute. */
  path: string
  /** Other users of the machine may look into it or write to it: it was made with such a mode. */
  isOpenToOthers: boolean
  /** Lets another process have it. */
  close(): void
}>

/** The newest layout of a data folder that this program knows. */
const format = 1

/**
 * Takes a data folder, made where there is none, for this process. Throws StorageError: "in use" when
 * another process has it, "not ours" when it holds other things, "newer format" when a newer version wrote
 * it, "i/o error".
 */
export function openDataFolder(folder: string): DataFolder {
  const path = resolve(folder)
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    checkOurs(path)
    const unlock = lock(path)
    try {
      checkFormat(path)
    } catch (error) {
      unlock()
      throw error
    }
    const isOpenToOthers = (statSync(path).mode & 0o077) !== 0
    return { path, isOpenToOthers, close: unlock }
  } catch (error) {
    if (error instanceof StorageError) throw error
    const { message, path: named } = error as NodeJS.ErrnoException
    const text = named ? errorText(error) : `${path}: ${message}`
    throw new StorageError('i/o error', text, { cause: error })
  }
}

/** What a start may have left that ended before it wrote the format; a new disk brings `lost+found`. */
const unformatted = new Set(['lock', 'owner', 'format.new', 'lost+found'])

/** Nothing is written into a folder of somebody else's: a mistyped path must not fill a home folder. */
function checkOurs(folder: string): void {
  const names = readdirSync(folder)
  const [foreign] = names.filter((name) => !unformatted.has(name)).sort()
  if (foreign === undefined || names.includes('format')) return
  const message = `${folder} is no data folder of Contrail: it has no file 'format', but ${foreign}`
  throw new StorageError('not ours', `${message}; name an empty folder, or a new one`)
}

/**
 * SQLite takes the operating system's lock on the file `lock`, which nobody can hold twice and which
 * ends with the process however that ends. A process id written into a file would have to be believed:
 * ids are given out again, and mean another process in another container. `owner` is for people only.
 */
function lock(folder: string): () => void {
  const database = openLock(folder)
  try {
    // The file stays empty, and nothing is written beside it.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode !== 5) throw error
    const message = `${folder} is in use by ${readOwner(folder)}; stop it, or set another data folder`
    throw new StorageError('in use', message)
  }
  const owner = join(folder, 'owner')
  writeFileSync(owner, `process ${process.pid} since ${new Date().toISOString()}\n`, {
    mode: 0o600,
  })
  const unlock = () => {
    if (!database.isOpen) return
    process.off('exit', unlock)
    rmSync(owner, { force: true })
    database.close()
  }
  // This also keeps the lock from ending with whoever forgets about it, when memory is collected.
  process.on('exit', unlock)
  return unlock
}

function openLock(folder: string): DatabaseSync {
  try {
    return new DatabaseSync(join(folder, 'lock'))
  } catch (error) {
    const message = `${folder} cannot be written by this user (${(error as Error).message})`
    throw new StorageError('i/o error', `${message}; set another data folder`, { cause: error })
  }
}

function readOwner(folder: string): string {
  try {
    return readFileSync(join(folder, 'owner'), 'utf8').trim() || 'another process'
  } catch {
    return 'another process'
  }
}

function checkFormat(folder: string): void {
  const path = join(folder, 'format')
  const text = readIfThere(path)
  if (text === undefined) {
    writeDurably(path, `${format}\n`)
    return
  }
  if (!/^\d{1,9}\n$/.test(text)) throw new StorageError('damaged', `${path} is not a format number`)
  if (Number(text) > format) {
    throw new StorageError(
      'newer format',
      `${folder} has format ${Number(text)}; this program knows formats up to ${format}. ` +
        'Run the version of Contrail that wrote it, or a newer one.',
    )
  }
}

/** A file's text; undefined where there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Writes a file whole or not at all, for its owner only. */
export function writeDurably(path: string, text: string): void {
  const file = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
  const directory = openSync(dirname(path), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
