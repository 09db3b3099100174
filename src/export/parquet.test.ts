import { zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { sampleEvent } from '../../test/sample-events.ts'
import { columns, parquetFile } from './parquet.ts'

const now = Date.UTC(2026, 10, 21, 12)
const compressors = { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) }

async function written(...pages: string[][]): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of parquetFile(arriving(pages))) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks)).buffer
}

async function* arriving(pages: string[][]) {
  yield* pages
}

const read = (file: ArrayBuffer) => parquetReadObjects({ file, compressors })

test('columns have their types, and null where there is nothing', async () => {
  const record = JSON.stringify(
    sampleEvent(now, { requestParameters: { n: 1 }, responseElements: null }),
  )
  const file = await written([record])
  const [row] = await read(file)
  expect(row).toMatchObject({
    eventtime: new Date(now),
    eventname: 'RunInstances',
    readonly: false,
    managementevent: true,
    username: 'alice',
    useridentity_type: 'IAMUser',
    requestparameters: '{"n":1}',
    responseelements: null,
    errorcode: null,
    eventjson: record,
  })
  const { schema, created_by: by } = parquetMetadata(file)
  expect(schema.slice(1).map(({ name }) => name)).toEqual(columns.map(({ name }) => name))
  expect(schema.find(({ name }) => name === 'eventtime')).toMatchObject({
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
  })
  expect(schema.find(({ name }) => name === 'eventjson')).toMatchObject({
    repetition_type: 'REQUIRED',
  })
  expect(by).toBe('contrail')
})

test('an export without events is a file without rows', async () => {
  expect(await read(await written())).toEqual([])
})

test('many events are more than one row group, in order', async () => {
  const records = Array.from({ length: 20_050 }, (_, i) => `{"eventID":"e${i}"}`)
  const file = await written(records.slice(0, 15_000), records.slice(15_000))
  expect(parquetMetadata(file).row_groups.map(({ num_rows: rows }) => Number(rows))).toEqual([
    20_000, 50,
  ])
  const rows = await parquetReadObjects({ file, compressors, columns: ['eventjson', 'eventid'] })
  expect(rows.map((row) => row['eventjson'])).toEqual(records)
  expect(rows.at(-1)).toMatchObject({ eventid: 'e20049' })
})

const members = fc.constantFrom('eventTime', 'readOnly', 'userIdentity', 'resources', 'eventName')
const hostile = fc.dictionary(fc.oneof(members, fc.string()), fc.jsonValue())

test('whatever the records hold, each comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(hostile, { maxLength: 20 }), async (list) => {
      const records = list.map((record) => JSON.stringify(record))
      const rows = await read(await written(records))
      expect(rows.map((row) => row['eventjson'])).toEqual(records)
    }),
  )
})
