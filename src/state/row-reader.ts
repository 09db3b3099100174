import { Worker } from 'node:worker_threads'
import { StorageError } from '../errors.ts'
import type { RowRange } from '../operation.ts'
import { workerUrl } from '../worker-url.ts'
import type { DatabaseData, FromReader, RowQuestion } from './protocol.ts'
import type { RowReader } from './rows.ts'

/** Reads rows in a thread of its own, started with the first read, so that no commit is waited for. */
export class ThreadedRowReader implements RowReader {
  readonly #folder: string
  #thread: Worker | undefined
  #last = 0
  readonly #waiting = new Map<number, PromiseWithResolvers<readonly RowFound[]>>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async get(table: string, key: Buffer): Promise<string | undefined> {
    const [row] = await this.#ask({ what: 'get', table, key })
    return row?.[1]
  }

  async range(table: string, range: RowRange): Promise<Array<readonly [Buffer, string]>> {
    const { from, to, limit, reverse = false } = range
    const rows = await this.#ask({ what: 'range', table, from, to, limit, reverse })
    return rows.map(([key, text]) => [Buffer.from(key.buffer, key.byteOffset, key.length), text])
  }

  async close(): Promise<void> {
    const thread = this.#thread
    if (!thread) return
    const ended = new Promise((resolve) => thread.once('exit', resolve))
    thread.postMessage(undefined)
    await ended
  }

  #ask(question: RowQuestion): Promise<readonly RowFound[]> {
    this.#thread ??= this.#start()
    const id = ++this.#last
    const answer = Promise.withResolvers<readonly RowFound[]>()
    this.#waiting.set(id, answer)
    this.#thread.postMessage({ id, question })
    return answer.promise
  }

  #start(): Worker {
    const workerData: DatabaseData = { folder: this.#folder }
    const thread = new Worker(workerUrl('./row-reader-thread.ts', import.meta.url), { workerData })
    thread.on('message', ({ id, rows, failure }: FromReader) => {
      const answer = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (failure) answer?.reject(new StorageError(failure.reason, failure.message))
      else answer?.resolve(rows ?? [])
    })
    const ended = (reason: string) => {
      this.#thread = undefined
      const error = new StorageError('i/o error', `The reader of the state ended: ${reason}`)
      for (const answer of this.#waiting.values()) answer.reject(error)
      this.#waiting.clear()
    }
    thread.on('error', (error) => ended(String(error)))
    thread.on('exit', () => ended('it exited'))
    return thread
  }
}

type RowFound = readonly [key: Uint8Array, text: string]
