// The thread that owns the database, so that no sync holds up the main thread.
import { parentPort, workerData } from 'node:worker_threads'
import type { StorageError } from '../errors.ts'
import { StateDatabase, type Undo } from './database.ts'
import type { DatabaseData, FromDatabase, ToDatabase } from './protocol.ts'

const port = parentPort!
const { folder } = workerData as DatabaseData
const send = (message: FromDatabase) => port.postMessage(message)

let database: StateDatabase | undefined
/** What takes back the rows of refused batches, the last one first. */
let undo: Undo = []

port.on('message', (message: ToDatabase) => {
  if (message.what === 'apply') {
    attempt(() => {
      database ??= reopen()
      const { batch } = message
      database.apply(batch)
      return { what: 'applied' }
    })
    return
  }
  letGo()
  port.close()
})

attempt(() => {
  database = new StateDatabase(folder)
  return { what: 'opened', contents: database.load() }
})

/** After a failure nothing is known of the open database: the next batch opens it anew. */
function attempt(task: () => FromDatabase): void {
  try {
    send(task())
  } catch (error) {
    letGo()
    const { reason = 'i/o error', message } = error as StorageError
    send({ what: 'failed', reason, message })
  }
}

/** Takes back what a refused batch may have left before anybody can see it. */
function reopen(): StateDatabase {
  const opened = new StateDatabase(folder)
  try {
    if (undo.length > 0) opened.apply({ settled: [], documents: [], rows: undo, outbox: [] })
  } catch (error) {
    opened.close()
    throw error
  }
  undo = []
  return opened
}

function letGo(): void {
  try {
    undo = [...(database?.undo ?? []), ...undo]
    database?.close()
  } catch {
    // What could not be closed is not used again either.
  }
  database = undefined
}
