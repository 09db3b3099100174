import { expect, test } from 'vitest'
import type { ImportFile } from './files.ts'
import { Finished } from './finished.ts'
import { type FileReport, importAll } from './importer.ts'
import type { Answer } from './ingest-client.ts'

/** What is said of one file whose records the server answers so. */
async function reportOf(answer: Partial<Answer>): Promise<FileReport[]> {
  const content = Buffer.from('{"a":1}\n')
  const file: ImportFile = {
    type: 'file',
    name: 'a.ndjson',
    size: content.length,
    mark: '',
    open: async () => content,
  }
  const files = async function* () {
    yield file
  }
  const reports: FileReport[] = []
  await importAll({
    source: { name: 'memory', files },
    post: async () => {
      return { status: 200, accepted: 0, duplicates: 0, refused: 0, refusals: [], ...answer }
    },
    finished: new Finished('/nowhere/notes'),
    concurrency: 1,
    objection: () => undefined,
    onFile: (report) => void reports.push(report),
    onCounts: () => {},
    pause: async () => {},
    interrupted: new AbortController().signal,
  })
  return reports
}

const first = { index: 0, reason: 'not a CloudTrail record', eventID: 'e1' }
const second = { index: 1, reason: 'not JSON' }

test.each<{ answer: Partial<Answer>; reason: string }>([
  {
    answer: { refused: 3, refusals: [first, second] },
    reason: 'all 3 records were refused; record 1 (e1): not a CloudTrail record',
  },
  {
    answer: { refused: 1, refusals: [first] },
    reason: 'its one record was refused; record 1 (e1): not a CloudTrail record',
  },
  {
    answer: { accepted: 1, duplicates: 2, refused: 1, refusals: [second] },
    reason: '1 of 4 records were refused; record 2: not JSON',
  },
  { answer: {}, reason: 'has no records' },
])('a file is not imported: $reason', async ({ answer, reason }) => {
  expect(await reportOf(answer)).toEqual([{ name: 'a.ndjson', size: 8, outcome: 'failed', reason }])
})
