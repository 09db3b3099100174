// The same log files read by DuckDB, as a yardstick for import: two threads, in a process of its own.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** What each record has, so that all of it is parsed; what is free in form stays JSON, as one would keep it. */
const texts =
  'eventVersion eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage requestID ' +
  'eventID eventType recipientAccountId eventCategory apiVersion sharedEventID vpcEndpointId'
const documents =
  'userIdentity requestParameters responseElements additionalEventData resources serviceEventDetails tlsDetails'
const members = [
  ...texts.split(' ').map((name) => `${name} VARCHAR`),
  ...documents.split(' ').map((name) => `${name} JSON`),
  'readOnly BOOLEAN',
  'managementEvent BOOLEAN',
]

/** A DuckDB that reads what a pattern names, again and again. */
export type DuckDb = Readonly<{
  /** Events a second; every member of every record goes into a checksum. */
  read(pattern: string): Promise<number>
  /** Events a second, written as Parquet to `path`, each also as it came. */
  write(pattern: string, path: string): Promise<number>
  stop(): Promise<void>
}>

/** Undefined where `@duckdb/node-api` cannot be loaded on this machine. */
export async function startDuckDb(): Promise<DuckDb | undefined> {
  const child = fork(import.meta.filename)
  const [isLoaded] = (await once(child, 'message')) as [boolean]
  if (!isLoaded) return undefined
  return {
    read: (pattern) => ask(child, { pattern }),
    write: (pattern, path) => ask(child, { pattern, path }),
    async stop() {
      const exit = once(child, 'exit')
      child.kill()
      await exit
    },
  }
}

type Question = Readonly<{ pattern: string; path?: string }>

async function ask(child: ChildProcess, question: Question): Promise<number> {
  child.send(question)
  const [rate] = (await once(child, 'message')) as [number | string]
  if (typeof rate === 'number') return rate
  throw new Error(`DuckDB: ${rate}`)
}

async function serve(): Promise<void> {
  const duckdb = await import('@duckdb/node-api').catch(() => undefined)
  process.send!(duckdb !== undefined)
  if (!duckdb) process.exit()
  const instance = await duckdb.DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  const rateOf = async (question: Question) => {
    const started = performance.now()
    const [row] = (await connection.runAndReadAll(sqlFor(question))).getRowObjects()
    return (Number(row!['events'] ?? row!['Count']) * 1_000) / (performance.now() - started)
  }
  process.on('message', async (question: Question) => {
    process.send!(await rateOf(question).catch(String))
  })
}

function sqlFor({ pattern, path }: Question): string {
  const shape = (record: string) => `columns = {Records: '${record}[]'}, format = 'unstructured'`
  if (path === undefined) {
    const records = `read_json('${pattern}', ${shape(`STRUCT(${members.join(', ')})`)})`
    return `SELECT count(*) AS events, bit_xor(hash(record)) AS sum FROM (SELECT unnest(Records) AS record FROM ${records})`
  }
  const json = `{${members.map((one) => `"${one.split(' ')[0]}": "${one.split(' ')[1]}"`).join(', ')}}`
  const records = `SELECT unnest(Records) AS raw FROM read_json('${pattern}', ${shape('JSON')})`
  const typed = `SELECT raw, json_transform(raw, '${json}') AS record FROM (${records})`
  return `COPY (SELECT record.*, raw FROM (${typed})) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`
}

if (import.meta.main) await serve()
