// What the main thread and the thread that owns the database say to each other.

/** An outbox entry as threads hand it over. */
export type StoredEntry = Readonly<{
  eventID: string
  from: string
  record: Uint8Array
  after: number
}>

/** One SQLite transaction; its parts are applied in this order. */
export type Batch = Readonly<{
  /** Event ids whose outbox entries go. */
  settled: readonly string[]
  /** Documents by kind and key, in order; null deletes. */
  documents: ReadonlyArray<readonly [kind: string, key: string, text: string | null]>
  /** Rows by table and key, in order; null deletes. */
  rows: ReadonlyArray<readonly [table: string, key: Uint8Array, text: string | null]>
  outbox: readonly StoredEntry[]
}>

/** All there is, as found at the start: documents in byte order of their keys, entries oldest first. */
export type Contents = Readonly<{
  documents: ReadonlyArray<readonly [kind: string, key: string, text: string]>
  outbox: readonly StoredEntry[]
}>

export type ToDatabase = Readonly<{ what: 'apply'; batch: Batch } | { what: 'close' }>

export type FromDatabase = Readonly<
  | { what: 'opened'; contents: Contents }
  /** The batch is durable. */
  | { what: 'applied' }
  /** Nothing of the batch was acknowledged, or the database was not opened. */
  | { what: 'failed'; reason: string; message: string }
>

export type DatabaseData = Readonly<{ folder: string }>

/** What the reader of rows is asked; `to` is not included. */
export type RowQuestion = Readonly<
  | { what: 'get'; table: string; key: Uint8Array }
  | {
      what: 'range'
      table: string
      from: Uint8Array
      to: Uint8Array
      limit: number
      reverse: boolean
    }
>

export type FromReader = Readonly<{
  id: number
  rows?: ReadonlyArray<readonly [key: Uint8Array, text: string]>
  failure?: Readonly<{ reason: string; message: string }>
}>
