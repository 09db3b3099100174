import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { readFormat, stateFile, stateFormat } from './database.ts'

/** Something in the state that is not as it was written. */
export type StateDamage = Readonly<{
  file: string
  /** The document or entry, where it can be told: `user 000000000000/alice`. */
  where?: string
  /** What was found: "missing", "newer format", "not JSON", or SQLite's words. */
  reason: string
}>

export type StateCheck = Readonly<{
  /** Sound documents and rows found. */
  documents: number
  /** Records that wait to be put into the journal. */
  outbox: number
  damage: StateDamage[]
}>

/**
 * Verifies the state in a folder without changing it, also while it is in use: SQLite's own check of
 * every page and index, and that every document and waiting record is JSON.
 */
export function checkState(folder: string): StateCheck {
  const path = join(folder, stateFile)
  if (!existsSync(path)) return unreadable('missing')
  let database: DatabaseSync | undefined
  try {
    database = openReadOnly(path)
    const format = readFormat(database)
    if (format > stateFormat) return unreadable('newer format')
    // A start that was cut off before its first commit.
    if (format === 0 && statSync(path).size === 0) return { documents: 0, outbox: 0, damage: [] }
    return checkContents(database)
  } catch (error) {
    return unreadable((error as Error).message)
  } finally {
    database?.close()
  }
}

/** Rows read at once: whoever takes long over each keeps a server from tidying its log only for so many. */
const pageRows = 1_000

/** The rows of a table in a state that `checkState` found sound, parsed, without changing anything. */
export function* readRows<T>(folder: string, table: string): Generator<T> {
  const path = join(folder, stateFile)
  if (statSync(path).size === 0) return
  const database = openReadOnly(path)
  try {
    if (readFormat(database) < 2) return
    const next = database.prepare(
      `SELECT key, value FROM row WHERE name = ? AND key > ? ORDER BY key LIMIT ${pageRows}`,
    )
    for (let after = new Uint8Array(); ; ) {
      const page = next.all(table, after)
      for (const { value } of page) yield JSON.parse(String(value)) as T
      if (page.length < pageRows) return
      after = page.at(-1)!['key'] as Uint8Array<ArrayBuffer>
    }
  } finally {
    database.close()
  }
}

/** The documents of a kind, likewise. */
export function readDocuments<T>(folder: string, kind: string): T[] {
  const path = join(folder, stateFile)
  if (statSync(path).size === 0) return []
  const database = openReadOnly(path)
  try {
    const found = database
      .prepare('SELECT value FROM document WHERE kind = ? ORDER BY key')
      .all(kind)
    return found.map(({ value }) => JSON.parse(String(value)) as T)
  } finally {
    database.close()
  }
}

/**
 * Without a log nobody has the database open, and it can be read as a plain file; to read a log SQLite
 * needs its index, and makes it where there is none.
 */
function openReadOnly(path: string): DatabaseSync {
  const url = pathToFileURL(path)
  if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1')
  return new DatabaseSync(url, { readOnly: true })
}

function checkContents(database: DatabaseSync): StateCheck {
  const damage: StateDamage[] = []
  const rows = database.prepare('PRAGMA integrity_check').all()
  for (const { integrity_check: found } of rows) {
    if (found !== 'ok') damage.push({ file: stateFile, reason: String(found) })
  }
  const sound = (where: string, text: string) => {
    try {
      JSON.parse(text)
      return true
    } catch {
      damage.push({ file: stateFile, where, reason: 'not JSON' })
      return false
    }
  }
  let documents = 0
  for (const { kind, key, value } of database.prepare('SELECT * FROM document').iterate()) {
    if (sound(`${kind} ${key}`, String(value))) documents++
  }
  const tables = readFormat(database) > 1 ? 'SELECT name, value FROM row' : 'SELECT 1 WHERE false'
  for (const { name, value } of database.prepare(tables).iterate()) {
    if (sound(`a row of ${name}`, String(value))) documents++
  }
  let outbox = 0
  for (const { eventID, record } of database.prepare('SELECT * FROM outbox').iterate()) {
    if (sound(`outbox ${eventID}`, Buffer.from(record as Uint8Array).toString())) outbox++
  }
  return { documents, outbox, damage }
}

function unreadable(reason: string): StateCheck {
  return { documents: 0, outbox: 0, damage: [{ file: stateFile, reason }] }
}
