// Claim: importing log files goes as fast as the server takes records in.
import { mkdirSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzipSync } from 'node:zlib'
import type { Claim, Figure } from '../src/cli/bench-claim.ts'
import { logFileKey } from '../src/digest/names.ts'
import { folderSource } from '../src/import/disk-files.ts'
import { Finished } from '../src/import/finished.ts'
import { importAll } from '../src/import/importer.ts'
import { ingestClient } from '../src/import/ingest-client.ts'
import { removeTestServer, startTestServer, type TestServer } from '../test/server.ts'
import { type DuckDb, startDuckDb } from './duckdb-read.ts'
import { generateTrail } from './generate.ts'
import { caughtUp } from './history.ts'
import { targetOf } from './ingest-load.ts'
import { benchFolder, removeFolder } from './trail-folder.ts'

const rounds = 3
const concurrency = 4
const hourMs = 3600_000
const inflate = promisify(gunzip)
const place = {
  prefix: '',
  accountId: '111122223333',
  region: 'us-east-1',
  kind: 'CloudTrail',
} as const

/** Files of a trail: many small ones, as most are, or few of a busy one. */
type Shape = Readonly<{
  name: string
  files: number
  records: number
  /** How old the events are, in milliseconds: history takes none older than 90 days. */
  age: number
}>

const shapes: readonly Shape[] = [
  { name: 'files of 1,000 events', files: 80, records: 1_000, age: 0 },
  { name: 'files of 20 events', files: 2_000, records: 20, age: 0 },
  { name: 'files of 1,000 events, a year old', files: 80, records: 1_000, age: 365 * 24 * hourMs },
]

export const importFiles: Claim = {
  name: 'import',
  says: 'importing gzip log files: as fast as durable ingest, beside reading the same files',

  async run({ progress }) {
    const duckDb = await startDuckDb()
    const figures: Figure[] = []
    for (const shape of shapes) {
      progress(shape.name)
      figures.push(...figuresOf(shape, await measure(shape, duckDb)))
    }
    await duckDb?.stop()
    return {
      figures,
      notes: [
        `Log files as CloudTrail writes them, events of 1.65 KB, ${concurrency} requests at once, the best of ${rounds} ` +
          'rounds; the records are durable at the end and `serve` indexes them meanwhile on the same machine. Beside it, a ' +
          'Node process that inflates and parses the same files, and ' +
          (duckDb
            ? "DuckDB's `read_json` on two threads, every member of every record in a checksum; both keep nothing. " +
              'DuckDB to Parquet keeps the records, too: each as columns and as it came, not synced, no duplicate recognised.'
            : 'nothing of DuckDB: @duckdb/node-api cannot be loaded here.'),
      ],
    }
  },
}

/** Events a second. */
type Rates = { imported: number; read: number; duckDb: number; parquet: number }

function figuresOf({ name }: Shape, { imported, read, duckDb, parquet }: Rates): Figure[] {
  const what = (text: string) => `${name}: ${text}`
  const unit = 'events/s'
  const figures: Figure[] = [
    { what: name, value: imported, unit, atLeast: 80_000 },
    { what: what('gunzip + JSON.parse'), value: read, unit },
    { what: what('of gunzip + JSON.parse'), value: imported / read, unit: '×' },
  ]
  if (duckDb === 0) return figures
  return [
    ...figures,
    { what: what("DuckDB's read_json"), value: duckDb, unit },
    { what: what("of DuckDB's read_json"), value: imported / duckDb, unit: '×', atLeast: 1 },
    { what: what('DuckDB to Parquet'), value: parquet, unit },
  ]
}

async function measure(shape: Shape, duckDb: DuckDb | undefined): Promise<Rates> {
  const folder = benchFolder()
  const server = await startTestServer()
  const best = { imported: 0, read: 0, duckDb: 0, parquet: 0 }
  try {
    // The first round warms up what serves for months.
    for (let round = 0; round <= rounds; round++) {
      const path = writeFiles(join(folder, String(round)), shape, round)
      const pattern = join(path, '**/*.json.gz')
      const rates = {
        read: await readRate(path, shape),
        duckDb: (await duckDb?.read(pattern)) ?? 0,
        imported: await importRate(path, shape, server),
        parquet: 0,
      }
      await caughtUp(server)
      // Once is enough for what only explains.
      if (round === rounds) rates.parquet = (await duckDb?.write(pattern, `${path}.parquet`)) ?? 0
      if (round === 0) continue
      for (const name of ['read', 'duckDb', 'imported', 'parquet'] as const) {
        best[name] = Math.max(best[name], rates[name])
      }
    }
    return best
  } finally {
    await removeTestServer(server)
    removeFolder(folder)
  }
}

function writeFiles(path: string, { files, records, age }: Shape, seed: number): string {
  mkdirSync(path, { recursive: true })
  const now = Date.now() - age
  const trail = generateTrail({
    events: files * records,
    from: now - hourMs,
    to: now,
    seed: 7 + seed,
  })
  for (let i = 0; i < files; i++) {
    const lines = Array.from({ length: records }, () => trail.next().value)
    const file = join(
      path,
      logFileKey({ ...place, time: now, unique: String(i).padStart(16, '0') }),
    )
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, gzipSync(`{"Records":[${lines.join(',')}]}`))
  }
  return path
}

async function importRate(path: string, shape: Shape, server: TestServer): Promise<number> {
  const interrupted = new AbortController().signal
  const { token } = targetOf(server)
  const target = {
    url: new URL(server.url),
    feed: 'cloudtrail',
    token,
    before: () => '2000-01-01T00:00:00Z',
  }
  const finished = new Finished(`${path}.notes`)
  let accepted = 0
  const started = performance.now()
  await importAll({
    source: folderSource(path),
    post: ingestClient(target, concurrency, interrupted),
    finished,
    concurrency,
    objection: () => undefined,
    onFile: () => undefined,
    onCounts: (counts) => {
      accepted += counts.accepted
    },
    pause: async () => undefined,
    interrupted,
  })
  const ms = performance.now() - started
  await finished.close()
  const wanted = shape.files * shape.records
  if (accepted !== wanted) throw new Error(`${accepted} of ${wanted} events were imported`)
  return (accepted * 1_000) / ms
}

/** The same files read by one process; inflated beside it, as many at once as requests are. */
async function readRate(path: string, shape: Shape): Promise<number> {
  const started = performance.now()
  const names = (await readdir(path, { recursive: true }))
    .filter((name) => name.endsWith('.gz'))
    .values()
  let records = 0
  const work = async () => {
    for (const name of names) {
      const content = await inflate(await readFile(join(path, name)))
      records += JSON.parse(content.toString('utf8')).Records.length
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  if (records !== shape.files * shape.records) throw new Error('not all was read')
  return (records * 1_000) / (performance.now() - started)
}
