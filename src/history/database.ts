import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Kept in every database's `user_version`. */
const formatVersion = 1
const corrupt = 11
const notADatabase = 26

/** A database that SQLite opens but that is not as we wrote it: changed, emptied, or another one. */
class DamagedDatabase extends Error {
  override readonly name = 'DamagedDatabase'
}

/**
 * Opens a database for writing; a commit is durable when it returns. One that is not there is made
 * under another name first, so that after a crash at any point there is a whole one or none.
 */
export function openDatabase(path: string, schema: string): DatabaseSync {
  if (!existsSync(path)) {
    const unfinished = `${path}.new`
    const besides = ['-wal', '-shm', '-journal']
    for (const suffix of ['', ...besides]) rmSync(unfinished + suffix, { force: true })
    // A log that is left of one that was removed would be played into the new one.
    for (const suffix of besides) rmSync(path + suffix, { force: true })
    open(unfinished, `${schema}; PRAGMA user_version = ${formatVersion}`).close()
    renameSync(unfinished, path)
    syncFolder(dirname(path))
  }
  return open(path, '')
}

/**
 * Opens a database beside its writer, maybe of another process: for a moment of its opening or closing a
 * file is locked, which is waited for.
 */
export function openForReading(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: 1_000 })
}

/** Reads all of a database; throws what `isCorrupt` knows when it is damaged anywhere. */
export function requireIntact(database: DatabaseSync): void {
  const found = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check']
  if (found !== 'ok') throw new DamagedDatabase(String(found))
}

/** Whether the file itself is not what was written; waiting will not mend it. */
export function isCorrupt(error: unknown): boolean {
  if (error instanceof DamagedDatabase) return true
  const { errcode, message } = error as Error & { errcode?: number }
  // Our statements are always the same: it has another one's tables.
  if (/^no such (table|column)/.test(message)) return true
  return errcode !== undefined && [corrupt, notADatabase].includes(errcode & 0xff)
}

function open(path: string, sql: string): DatabaseSync {
  const database = new DatabaseSync(path)
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${sql}`)
    const version = Number(database.prepare('PRAGMA user_version').get()!['user_version'])
    if (version > formatVersion) throw new Error(`${path} was made by a newer version of Contrail`)
    if (version < formatVersion) throw new DamagedDatabase(`${path} has no tables`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
