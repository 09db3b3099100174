// Reads rows with a connection of its own: SQLite shows it what was committed before each read.
import { parentPort, workerData } from 'node:worker_threads'
import type { StorageError } from '../errors.ts'
import { RowDatabase } from './database.ts'
import type { DatabaseData, FromReader, RowQuestion } from './protocol.ts'

const port = parentPort!
const { folder } = workerData as DatabaseData
let database: RowDatabase | undefined

port.on('message', (message?: Readonly<{ id: number; question: RowQuestion }>) => {
  if (!message) {
    database?.close()
    port.close()
    return
  }
  const { id, question } = message
  try {
    database ??= new RowDatabase(folder)
    port.postMessage({ id, rows: database.answer(question) } satisfies FromReader)
  } catch (error) {
    database?.close()
    database = undefined
    const { reason = 'i/o error', message: text } = error as StorageError
    port.postMessage({ id, failure: { reason, message: text } } satisfies FromReader)
  }
})
