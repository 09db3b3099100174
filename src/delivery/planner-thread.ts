// The thread in which batches are made: reading, parsing, selecting, compressing, hashing.
import { existsSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { type ReadOptions, readJournal } from '../journal/read.ts'
import { compileSelectors } from '../trails/selectors/evaluate.ts'
import { selectable } from '../trails/selectors/selectable.ts'
import { makeBatch } from './batch.ts'
import type { FromPlanner, PlannerData, ToPlanner } from './planner.ts'

const port = parentPort!
const { journalFolder, secret, limits } = workerData as PlannerData
const sources = {
  read: (options: ReadOptions) => {
    const read = readJournal(journalFolder, options)
    // Damage is passed over; a folder that is not there may come back.
    if (read.damage.length === 0 || existsSync(journalFolder)) return read
    throw new Error(`There is no journal in ${journalFolder}`)
  },
  compile: (selectors: Parameters<typeof compileSelectors>[0]) => {
    const accepts = compileSelectors(selectors)
    return (record: Parameters<typeof selectable>[0]) => accepts(selectable(record))
  },
  secret,
  limits,
}

port.on('message', ({ id, request }: ToPlanner) => {
  try {
    const batch = makeBatch(request, sources)
    // Copies, as a small buffer may be a part of one that others share.
    const files = batch.files.map((file) => ({ ...file, body: new Uint8Array(file.body) }))
    const message: FromPlanner = { what: 'planned', id, batch: { ...batch, files } }
    port.postMessage(
      message,
      files.map(({ body }) => body.buffer),
    )
  } catch (error) {
    port.postMessage({ what: 'failed', id, reason: String(error) } satisfies FromPlanner)
  }
})
