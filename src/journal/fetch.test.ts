import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemFiles } from '../files.ts'
import { RecordFetcher } from './fetch.ts'
import { openJournal } from './file-journal.ts'
import { readJournal } from './read.ts'

test('records are fetched by their places, also of a segment that grew since it was opened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-fetch-'))
  const clock = { now: () => 1_763_700_000_000, after: () => () => {} }
  const onDamage = () => expect.fail('damage')
  const limits = { segmentBytes: 2_000 }
  const opened = { folder, files: systemFiles, clock, retentionDays: 90, limits, onDamage }
  const journal = await openJournal(opened)
  const fetcher = new RecordFetcher(folder)
  try {
    for (let id = 1; id <= 50; id++) {
      await journal.append([{ from: 'own', record: Buffer.from(`{"id":${id}}`) }])
      const { records } = readJournal(folder, { from: 1, bytesMax: 1e6 })
      for (const record of records.slice(-3)) expect(fetcher.fetch(record)).toEqual(record)
    }
    const { records } = readJournal(folder, { from: 1, bytesMax: 1e6 })
    expect(new Set(records.map(({ segment }) => segment)).size).toBeGreaterThan(2)
    for (const record of records.toReversed()) expect(fetcher.fetch(record)).toEqual(record)
    expect(fetcher.fetch({ segment: 999, offset: 0 })).toMatchObject({ reason: 'missing segment' })
  } finally {
    fetcher.close()
    await journal.close()
    rmSync(folder, { recursive: true })
  }
})
