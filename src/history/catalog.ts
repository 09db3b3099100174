import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { openDatabase, openForReading, requireIntact } from './database.ts'

/** What must be in a day's database: of the journal's records from `firstSeq` to `lastSeq`, its own. */
export type CataloguedDay = Readonly<{ day: number; firstSeq: number; lastSeq: number }>

/** What one batch brought, to be written down once its events are durable in their days' databases. */
export type Progress = Readonly<{
  cursor: number
  days: readonly CataloguedDay[]
}>

/** The file beside the days' databases. */
export const catalogFile = 'catalog.db'

/** The last journal record that history has read; 0 where nothing can be told of it. */
export function indexedUpTo(folder: string): number {
  const path = join(folder, catalogFile)
  if (!existsSync(path)) return 0
  try {
    const catalog = new Catalog(path, { readOnly: true })
    try {
      return catalog.cursor()
    } finally {
      catalog.close()
    }
  } catch {
    // Damaged: history moves it aside when it opens it, and begins anew.
    return 0
  }
}

const schema = `
  CREATE TABLE cursor (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL);
  CREATE TABLE day (
    day INTEGER PRIMARY KEY, firstSeq INTEGER NOT NULL, lastSeq INTEGER NOT NULL
  );
  INSERT INTO cursor VALUES (1, 0)
`

/**
 * What history remembers besides the events: how far it has read the journal, and which days must have
 * a database, so that one that is missing is noticed.
 */
export class Catalog {
  readonly #database: DatabaseSync

  constructor(path: string, { readOnly = false } = {}) {
    this.#database = readOnly ? openForReading(path) : openDatabase(path, schema)
    if (readOnly) return
    try {
      // It is small, and all of it is needed: damage that shows only later would stop history for good.
      requireIntact(this.#database)
      this.cursor()
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  cursor(): number {
    return Number(this.#database.prepare('SELECT seq FROM cursor').get()!['seq'])
  }

  /** Newest first. */
  days(): CataloguedDay[] {
    const rows = this.#database
      .prepare('SELECT day, firstSeq, lastSeq FROM day ORDER BY day DESC')
      .all()
    return rows.map((row) => ({
      day: Number(row['day']),
      firstSeq: Number(row['firstSeq']),
      lastSeq: Number(row['lastSeq']),
    }))
  }

  /** Durable when it returns. */
  record({ cursor, days }: Progress): void {
    this.#durably(() => {
      const day = this.#database.prepare(
        'INSERT INTO day VALUES (?, ?, ?) ON CONFLICT (day) DO UPDATE SET ' +
          'firstSeq = min(firstSeq, excluded.firstSeq), lastSeq = max(lastSeq, excluded.lastSeq)',
      )
      for (const { day: number, firstSeq, lastSeq } of days) day.run(number, firstSeq, lastSeq)
      this.#database.prepare('UPDATE cursor SET seq = ?').run(cursor)
    })
  }

  /** Forgets a day whose database is gone; what is below `cursor` of it must be read again. */
  forget(day: number, cursor = Number.MAX_SAFE_INTEGER): void {
    this.#durably(() => {
      this.#database.prepare('DELETE FROM day WHERE day = ?').run(day)
      this.#database.prepare('UPDATE cursor SET seq = min(seq, ?)').run(cursor)
    })
  }

  close(): void {
    this.#database.close()
  }

  #durably(change: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      change()
      this.#database.exec('COMMIT')
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }
}
