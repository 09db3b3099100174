import { Worker } from 'node:worker_threads'
import { StorageError } from '../errors.ts'
import { workerUrl } from '../worker-url.ts'
import type { Batch, BatchLimits, BatchRequest } from './batch.ts'
import type { LogFile } from './log-files.ts'

/**
 * Makes batches; away from the thread that serves, as it is work. Rejects when the journal cannot be read.
 */
export interface Planner {
  plan(request: BatchRequest): Promise<Batch>
  close(): Promise<void>
}

/** What the planner's thread is started with. */
export type PlannerData = Readonly<{ journalFolder: string; secret: string; limits: BatchLimits }>

export type ToPlanner = Readonly<{ id: number; request: BatchRequest }>

/** Bodies come as plain arrays, whose memory is handed over. */
export type FromPlanner = Readonly<
  { what: 'planned'; id: number; batch: Sent } | { what: 'failed'; id: number; reason: string }
>

type Sent = Omit<Batch, 'files'> &
  Readonly<{ files: ReadonlyArray<Omit<LogFile, 'body'> & Readonly<{ body: Uint8Array }>> }>

/**
 * One batch at a time is made in the thread, in the order they are asked for. It starts with the first one:
 * who has no trails needs none.
 */
export function openPlanner(data: PlannerData): Planner {
  return new ThreadedPlanner(data)
}

class ThreadedPlanner implements Planner {
  readonly #data: PlannerData
  #thread: Worker | undefined
  #lastId = 0
  #closing = false
  readonly #waiting = new Map<number, PromiseWithResolvers<Batch>>()

  constructor(data: PlannerData) {
    this.#data = data
  }

  plan(request: BatchRequest): Promise<Batch> {
    if (this.#closing) return Promise.reject(closed())
    this.#thread ??= this.#start()
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<Batch>()
    this.#waiting.set(id, waiting)
    this.#thread.postMessage({ id, request } satisfies ToPlanner)
    return waiting.promise
  }

  async close(): Promise<void> {
    this.#closing = true
    // Nothing is half done in it that a repetition would not do again.
    await this.#thread?.terminate()
    this.#refuseWaiting(closed())
  }

  #heard(message: FromPlanner): void {
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.what === 'failed') {
      waiting?.reject(new StorageError('i/o error', message.reason))
      return
    }
    const files = message.batch.files.map((file) => ({
      ...file,
      body: Buffer.from(file.body.buffer, file.body.byteOffset, file.body.byteLength),
    }))
    waiting?.resolve({ ...message.batch, files })
  }

  #start(): Worker {
    const thread = new Worker(workerUrl('./planner-thread.ts', import.meta.url), {
      workerData: this.#data,
      // A batch lives and dies together: with room for it, little is copied by the collector.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    })
    thread.on('message', (message: FromPlanner) => this.#heard(message))
    thread.on('error', (error) => this.#refuseWaiting(ended(error)))
    thread.on('exit', () => {
      this.#thread = undefined
      this.#refuseWaiting(this.#closing ? closed() : ended('it exited'))
    })
    return thread
  }

  #refuseWaiting(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

function closed(): StorageError {
  return new StorageError('closed', 'Delivery is closed')
}

function ended(reason: unknown): StorageError {
  return new StorageError('closed', `The planner's thread ended: ${reason}`)
}
