import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { StorageError } from '../errors.ts'
import type { Batch, Contents, RowQuestion, StoredEntry } from './protocol.ts'

export const stateFile = 'state.db'

/** Each brings the format from its index to the next; `user_version` tells how many are done. */
const migrations = [
  `CREATE TABLE document (
     kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)
   ) WITHOUT ROWID;
   CREATE TABLE outbox (
     eventID TEXT PRIMARY KEY, position INTEGER NOT NULL, after INTEGER NOT NULL, record BLOB NOT NULL
   ) WITHOUT ROWID;`,
  `CREATE TABLE row (
     name TEXT NOT NULL, key BLOB NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name, key)
   ) WITHOUT ROWID;`,
  `ALTER TABLE outbox ADD COLUMN source TEXT NOT NULL DEFAULT 'own';`,
]

/** The newest format this program knows. */
export const stateFormat = migrations.length

/** Rows as they were before a batch that failed: null where there was none. */
export type Undo = Batch['rows']

/** The database file. Every method throws StorageError; then `close` and open it anew. */
export class StateDatabase {
  readonly #database: DatabaseSync
  readonly #put: StatementSync
  readonly #delete: StatementSync
  readonly #settle: StatementSync
  readonly #add: StatementSync
  readonly #rowBefore: StatementSync
  readonly #putRow: StatementSync
  readonly #deleteRow: StatementSync
  #undo: Array<Undo[number]> = []
  #position: number

  /** Opens the folder's database, makes it where there is none, and brings it to the newest format. */
  constructor(folder: string) {
    const path = join(folder, stateFile)
    let database: DatabaseSync | undefined
    try {
      createPrivately(path)
      database = new DatabaseSync(path)
      database.exec(
        'PRAGMA busy_timeout = 1000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL',
      )
      checkpoint(database)
      migrate(database)
      this.#put = database.prepare(
        'INSERT INTO document VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      )
      this.#delete = database.prepare('DELETE FROM document WHERE kind = ? AND key = ?')
      this.#settle = database.prepare('DELETE FROM outbox WHERE eventID = ?')
      this.#add = database.prepare('INSERT INTO outbox VALUES (?, ?, ?, ?, ?)')
      this.#rowBefore = database.prepare('SELECT value FROM row WHERE name = ? AND key = ?')
      this.#putRow = database.prepare(
        'INSERT INTO row VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      )
      this.#deleteRow = database.prepare('DELETE FROM row WHERE name = ? AND key = ?')
      const last = database.prepare('SELECT coalesce(max(position), 0) AS last FROM outbox').get()
      this.#position = Number(last!['last'])
      this.#database = database
    } catch (error) {
      database?.close()
      throw storageError(error)
    }
  }

  load(): Contents {
    try {
      return {
        documents: this.#database
          .prepare('SELECT kind, key, value FROM document ORDER BY kind, key')
          .all()
          .map(({ kind, key, value }) => [String(kind), String(key), String(value)] as const),
        outbox: this.#database
          .prepare('SELECT eventID, source AS "from", record, after FROM outbox ORDER BY position')
          .all() as unknown as StoredEntry[],
      }
    } catch (error) {
      throw storageError(error)
    }
  }

  /** Durable when it returns. Leaves no transaction open when it throws. */
  apply({ settled, documents, rows, outbox }: Batch): void {
    try {
      this.#undo = []
      this.#database.exec('BEGIN IMMEDIATE')
      for (const eventID of settled) this.#settle.run(eventID)
      for (const [kind, key, text] of documents) {
        if (text === null) this.#delete.run(kind, key)
        else this.#put.run(kind, key, text)
      }
      for (const [name, key, text] of rows) {
        const before = this.#rowBefore.get(name, key)?.['value']
        this.#undo.unshift([name, key, before === undefined ? null : String(before)])
        if (text === null) this.#deleteRow.run(name, key)
        else this.#putRow.run(name, key, text)
      }
      for (const { eventID, from, record, after } of outbox) {
        this.#add.run(eventID, ++this.#position, after, record, from)
      }
      this.#database.exec('COMMIT')
      this.#undo = []
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw storageError(error)
    }
  }

  /**
   * What takes back the rows of the batch that failed, in order. A commit whose sync failed may be found done
   * when the database is opened anew, although it was refused: then this must be applied before all else.
   */
  get undo(): Undo {
    return this.#undo
  }

  close(): void {
    this.#database.close()
  }
}

/** The rows of the database, read only; for another thread than the one that writes. */
export class RowDatabase {
  readonly #database: DatabaseSync
  readonly #get: StatementSync
  readonly #range: StatementSync
  readonly #reverse: StatementSync

  constructor(folder: string) {
    try {
      this.#database = new DatabaseSync(join(folder, stateFile), { readOnly: true })
      this.#database.exec('PRAGMA busy_timeout = 1000')
      const select = 'SELECT key, value FROM row WHERE name = ? AND'
      this.#get = this.#database.prepare(`${select} key = ?`)
      const range = `${select} key >= ? AND key < ? ORDER BY key`
      this.#range = this.#database.prepare(`${range} LIMIT ?`)
      this.#reverse = this.#database.prepare(`${range} DESC LIMIT ?`)
    } catch (error) {
      throw storageError(error)
    }
  }

  answer(question: RowQuestion): Array<readonly [Uint8Array, string]> {
    try {
      const { table } = question
      const found =
        question.what === 'get'
          ? this.#get.all(table, question.key)
          : (question.reverse ? this.#reverse : this.#range).all(
              table,
              question.from,
              question.to,
              question.limit,
            )
      return found.map(({ key, value }) => [key as Uint8Array, String(value)])
    } catch (error) {
      throw storageError(error)
    }
  }

  close(): void {
    this.#database.close()
  }
}

/** SQLite would make the file readable by all; its companions take on the mode it has. */
function createPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/**
 * Moves what the log holds into the database, durably. After a failed sync Linux shows bytes that it
 * will never write: commits behind them in the same log would be lost with them when power fails.
 */
function checkpoint(database: DatabaseSync): void {
  const result = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
  if (result?.['busy'] !== 0) throw new StorageError('busy', 'Another program reads state.db')
}

function migrate(database: DatabaseSync): void {
  const format = readFormat(database)
  if (format > stateFormat) {
    throw new StorageError(
      'newer format',
      `${stateFile} has format ${format}; this program knows formats up to ${stateFormat}. ` +
        'Run the version of Contrail that wrote it, or a newer one.',
    )
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < format) continue
    database.exec(`BEGIN IMMEDIATE; ${migration} PRAGMA user_version = ${index + 1}; COMMIT`)
  }
}

export function readFormat(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()!['user_version'])
}

/** SQLite's primary result codes that an operator can act on. */
const reasons: Readonly<Record<number, string>> = {
  5: 'busy',
  6: 'busy',
  11: 'damaged',
  13: 'disk full',
  26: 'damaged',
}

function storageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const { errcode, code, message } = error as NodeJS.ErrnoException & { errcode?: number }
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const reason = full ? 'disk full' : (reasons[(errcode ?? 0) & 0xff] ?? 'i/o error')
  const advice = reason === 'damaged' ? '; contrail fsck names the damage' : ''
  return new StorageError(reason, `${stateFile}: ${message}${advice}`, { cause: error })
}
