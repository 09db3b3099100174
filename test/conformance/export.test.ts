// `contrail export` as people run it: the real records in every form, read back; log files imported into
// another server, whose own export must then hold the same bytes.
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { csvHeader, csvLine } from '../../src/cli/csv.ts'
import { eventRow } from '../../src/cli/event-columns.ts'
import { parseLogFileKey } from '../../src/digest/names.ts'
import { lookupAttributes } from '../../src/record/attributes.ts'
import { ocsfFaults } from '../ocsf-class.ts'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { until } from '../tools.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const launcher = join(root, 'contrail')
const events = join(root, '../shared/data/events')
const isHere = existsSync(events)
if (!isHere)
  console.warn('\n!!! SKIPPED: exports of the real records: no ../shared/data/events !!!\n')

const sources = (isHere ? readdirSync(events) : [])
  .map((name) => join(events, name, 'events.ndjson.gz'))
  .filter((file) => existsSync(file))
const ownSource = 'contrail.internal'
const isOwn = (record: string) => record.includes(ownSource)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'contrail-export-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const duckdb = await import('@duckdb/node-api').catch(() => undefined)
if (!duckdb)
  console.warn('\n!!! SKIPPED: Parquet read by DuckDB: @duckdb/node-api cannot be loaded !!!\n')

const texts = (
  'eventVersion eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage requestID eventID ' +
  'eventType apiVersion recipientAccountId sharedEventID vpcEndpointId vpcEndpointAccountId eventCategory ' +
  'sessionCredentialFromConsole'
).split(' ')
const documents = (
  'userIdentity requestParameters responseElements additionalEventData resources serviceEventDetails addendum ' +
  'edgeDeviceDetails insightDetails tlsDetails eventContext'
).split(' ')
const ofIdentity = 'type principalId arn accountId accessKeyId userName invokedBy'.split(' ')

/** What DuckDB should find, from the record itself. */
function expectedRow(record: string): Record<string, unknown> {
  const members = JSON.parse(record)
  const { eventTime, username, readOnly } = lookupAttributes(members)
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  const seconds = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ')
  return {
    ...Object.fromEntries(texts.map((name) => [name.toLowerCase(), text(members[name])])),
    ...Object.fromEntries(
      documents.map((name) => [
        name.toLowerCase(),
        members[name] == null ? null : JSON.stringify(members[name]),
      ]),
    ),
    ...Object.fromEntries(
      ofIdentity.map((name) => [
        `useridentity_${name.toLowerCase()}`,
        text(members.userIdentity?.[name]),
      ]),
    ),
    username: username ?? null,
    eventjson: record,
    eventtime: Number.isNaN(eventTime) ? null : seconds(eventTime),
    readonly: readOnly ?? null,
    managementevent: members.managementEvent ?? null,
  }
}

/** Exports, and returns what `--json` says. */
async function exported(server: TestServer, format: string, output: string): Promise<any> {
  const args = ['export', '--format', format, '--output', output, '--json']
  const env = { ...server.clientEnv, CONTRAIL_DATA: server.data }
  return JSON.parse((await run(launcher, args, { env })).stdout)
}

/** Records of the files below a folder, with the key that each file has there. */
function logFiles(below: string) {
  return readdirSync(below, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      name: parseLogFileKey(path.slice(below.length + 1)),
      content: String(gunzipSync(readFileSync(path))),
    }))
}

describe.skipIf(!isHere)('the real records', () => {
  let server: TestServer
  let lines: string[]
  beforeAll(async () => {
    server = await startTestServer()
    const token = readFileSync(join(server.data, 'ingest-tokens'), 'utf8').trim().split(' ')[1]!
    const headers = { authorization: `Bearer ${token}`, 'content-encoding': 'gzip' }
    for (const file of sources) {
      const body = new Uint8Array(readFileSync(file))
      const url = `${server.url}/ingest/cloudtrail`
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200)
    }
    const output = join(folder, 'all.ndjson.gz')
    const { records } = await exported(server, 'ndjson', output)
    lines = String(gunzipSync(readFileSync(output)))
      .trimEnd()
      .split('\n')
    expect(lines).toHaveLength(records)
    const given = sources.flatMap((file) => String(gunzipSync(readFileSync(file))).split('\n'))
    expect(lines.filter((line) => !isOwn(line))).toEqual(given.filter(Boolean))
  })
  afterAll(() => removeTestServer(server))

  // Each export is itself recorded, so that a later one can hold a few events more.
  const withoutOwn = () => lines.filter((line) => !isOwn(line))

  test('as CSV', async () => {
    const output = join(folder, 'all.csv')
    await exported(server, 'csv', output)
    const csv = readFileSync(output, 'utf8')
    expect(csv.startsWith(csvHeader + lines.map((line) => csvLine(eventRow(line))).join(''))).toBe(
      true,
    )
  })

  test('as Parquet', async () => {
    const output = join(folder, 'all.parquet')
    await exported(server, 'parquet', output)
    const file = new Uint8Array(readFileSync(output)).buffer
    const compressors = { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) }
    const rows = await parquetReadObjects({ file, compressors })
    const own = rows.filter((row) => !isOwn(row['eventjson']))
    expect(own.map((row) => row['eventjson'])).toEqual(withoutOwn())
    for (const row of own) {
      const found = lookupAttributes(JSON.parse(row['eventjson']))
      expect(row['eventtime']?.getTime() ?? Number.NaN).toBe(found.eventTime)
      expect(row['username'] ?? undefined).toBe(found.username)
      expect(row['readonly'] ?? undefined).toBe(found.readOnly)
    }
  })

  test.skipIf(!duckdb)('as Parquet, which DuckDB reads: rows, types and each value', async () => {
    const output = join(folder, 'duckdb.parquet')
    const { records } = await exported(server, 'parquet', output)
    const database = await duckdb!.DuckDBInstance.create(':memory:')
    const connection = await database.connect()
    try {
      const columns = await connection.runAndReadAll(`DESCRIBE FROM '${output}'`)
      const types = columns
        .getRowObjectsJson()
        .map((row) => [row['column_name'], row['column_type']])
      expect(types.filter(([, type]) => type !== 'VARCHAR')).toEqual([
        ['eventtime', 'TIMESTAMP'],
        ['readonly', 'BOOLEAN'],
        ['managementevent', 'BOOLEAN'],
      ])
      const rows = (await connection.runAndReadAll(`FROM '${output}'`)).getRowObjectsJson()
      expect(rows).toHaveLength(records)
      const own = rows.filter((row) => !isOwn(String(row['eventjson'])))
      expect(own.map((row) => row['eventjson'])).toEqual(withoutOwn())
      for (const row of own) expect(row).toEqual(expectedRow(String(row['eventjson'])))
    } finally {
      connection.closeSync()
      database.closeSync()
    }
  })

  test('as OCSF', async () => {
    const output = join(folder, 'all.ocsf')
    await exported(server, 'ocsf', output)
    const found = readFileSync(output, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(found.flatMap(ocsfFaults)).toEqual([])
    expect(found.map((event) => event.raw_data).filter((raw) => !isOwn(raw))).toEqual(withoutOwn())
  })

  test('as log files, which another server imports', async () => {
    const output = join(folder, 'logs')
    const { files, records } = await exported(server, 'log-files', output)
    const found = logFiles(output)
    expect(found).toHaveLength(files)
    expect(found.filter(({ name }) => name === undefined)).toEqual([])
    const counted = found.map(({ content }) => JSON.parse(content).Records.length)
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(records)

    const other = await startTestServer()
    try {
      const env = { ...other.clientEnv, CONTRAIL_DATA: other.data }
      const { stdout } = await run(launcher, ['import', output, '--json'], { env })
      const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
      expect(summary).toMatchObject({
        files: { imported: files, failed: 0 },
        records: { refused: 0 },
      })
      const again = join(folder, 'again.ndjson')
      await exported(other, 'ndjson', again)
      const there = readFileSync(again, 'utf8').trimEnd().split('\n')
      expect(there.filter((line) => !isOwn(line)).sort()).toEqual(withoutOwn().sort())
    } finally {
      await removeTestServer(other)
    }
  })
})

test.each(['ndjson', 'log-files', 'csv', 'parquet', 'ocsf'])(
  'an export as %s that is killed leaves nothing under its name',
  async (format) => {
    const below = mkdtempSync(join(folder, 'killed-'))
    let calls = 0
    const server = createServer((request, response) => {
      request.resume()
      calls += 1
      // The second page never comes.
      if (calls === 1)
        response.end(JSON.stringify({ Records: ['{"eventID":"e"}'], NextToken: 't' }))
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const env = {
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
    }
    const args = ['export', '--format', format, '--output', join(below, 'all')]
    const child = spawn(launcher, args, { env, stdio: 'ignore' })
    const ended = new Promise((done) => child.once('exit', done))
    try {
      await until(
        async () => calls,
        (count) => count >= 2,
        20_000,
      )
      child.kill('SIGKILL')
      await ended
      expect(readdirSync(below)).not.toContain('all')
    } finally {
      child.kill('SIGKILL')
      server.closeAllConnections()
      server.close()
    }
  },
)
