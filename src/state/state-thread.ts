// The thread that owns the database, so that no sync holds up the main thread.
import { parentPort, workerData } from 'node:worker_threads'
import type { StorageError } from '../errors.ts'
import { StateDatabase } from './database.ts'
import type { DatabaseData, FromDatabase, ToDatabase } from './protocol.ts'

const port = parentPort!
const { folder } = workerData as DatabaseData
const send = (message: FromDatabase) => port.postMessage(message)

let database: StateDatabase | undefined

port.on('message', (message: ToDatabase) => {
  if (message.what === 'apply') {
    attempt(() => {
      database ??= new StateDatabase(folder)
      database.apply(message.batch)
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

function letGo(): void {
  try {
    database?.close()
  } catch {
    // What could not be closed is not used again either.
  }
  database = undefined
}
