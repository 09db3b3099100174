// The thread in which batches are made: reading, parsing, selecting, compressing, hashing.
import { parentPort, workerData } from 'node:worker_threads'
import { readJournal } from '../journal/read.ts'
import { compileSelectors } from '../trails/selectors/evaluate.ts'
import { selectable } from '../trails/selectors/selectable.ts'
import { makeBatch } from './batch.ts'
import type { FromPlanner, PlannerData, ToPlanner } from './planner.ts'

const port = parentPort!
const { journalFolder, secret, limits } = workerData as PlannerData
const sources = {
  read: (options: Parameters<typeof readJournal>[1]) => readJournal(journalFolder, options),
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
