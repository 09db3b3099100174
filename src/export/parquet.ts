import { zstdCompressSync } from 'node:zlib'
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer'
import { lookupAttributes } from '../record/attributes.ts'
import { type Fields, membersOf, object } from './fields.ts'

/** Records and record bytes of one row group: what is held in memory. */
const groupRows = 20_000
const groupBytes = 32_000_000

type Cell = string | boolean | Date | undefined
type Row = Readonly<{ record: string; fields: Fields; found: ReturnType<typeof lookupAttributes> }>
type Column = Readonly<{
  name: string
  type: 'STRING' | 'BOOLEAN' | 'TIMESTAMP'
  of(row: Row): Cell
}>

const string = (name: string, of: Column['of']): Column => ({ name, type: 'STRING', of })
const asText = (value: unknown) => (typeof value === 'string' ? value : undefined)
/** A text of the record, by the name that Athena and CloudTrail Lake give its column. */
const member = (field: string) => string(field.toLowerCase(), ({ fields }) => asText(fields[field]))
const identity = (field: string) =>
  string(`useridentity_${field.toLowerCase()}`, ({ fields }) =>
    asText(object(fields['userIdentity'])[field]),
  )
/** An object or a list of the record as JSON; absent where the record has null. */
const json = (field: string) =>
  string(field.toLowerCase(), ({ fields: { [field]: value } }) =>
    value === undefined || value === null ? undefined : JSON.stringify(value),
  )
const boolean = (field: string): Column => ({
  name: field.toLowerCase(),
  type: 'BOOLEAN',
  of: ({ fields: { [field]: value } }) =>
    value === true || value === 'true'
      ? true
      : value === false || value === 'false'
        ? false
        : undefined,
})

/** CloudTrail Lake's columns in its order; then what makes queries short, flat; `eventjson` is never null. */
export const columns: readonly Column[] = [
  member('eventVersion'),
  json('userIdentity'),
  {
    name: 'eventtime',
    type: 'TIMESTAMP',
    of: ({ found: { eventTime } }) =>
      Number.isFinite(eventTime) ? new Date(eventTime) : undefined,
  },
  ...['eventSource', 'eventName', 'awsRegion', 'sourceIPAddress', 'userAgent'].map(member),
  ...['errorCode', 'errorMessage'].map(member),
  ...['requestParameters', 'responseElements', 'additionalEventData'].map(json),
  ...['requestID', 'eventID'].map(member),
  boolean('readOnly'),
  json('resources'),
  ...['eventType', 'apiVersion'].map(member),
  boolean('managementEvent'),
  ...['recipientAccountId', 'sharedEventID', 'vpcEndpointId', 'vpcEndpointAccountId'].map(member),
  ...['serviceEventDetails', 'addendum', 'edgeDeviceDetails', 'insightDetails'].map(json),
  member('eventCategory'),
  json('tlsDetails'),
  member('sessionCredentialFromConsole'),
  json('eventContext'),
  string('eventjson', ({ record }) => record),
  string('username', ({ found }) => found.username),
  ...['type', 'principalId', 'arn', 'accountId', 'accessKeyId', 'userName', 'invokedBy'].map(
    identity,
  ),
]

/**
 * The bytes of a Parquet file of records, zstd, one row a record. Memory holds one row group: at most 20,000
 * records or 32 MB of them.
 */
export async function* parquetFile(
  pages: AsyncIterable<readonly string[]>,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter()
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: columnData([]) }),
    codec: 'ZSTD',
    compressors: { ZSTD: zstdCompressSync },
    createdBy: 'contrail',
  })
  let rows: Row[] = []
  let held = 0
  const written = () => {
    void writer.write({ columnData: columnData(rows), rowGroupSize: groupRows })
    rows = []
    held = 0
    return taken(bytes)
  }
  for await (const page of pages) {
    for (const record of page) {
      const fields = membersOf(record)
      rows.push({ record, fields, found: lookupAttributes(fields) })
      held += record.length
      if (rows.length === groupRows || held >= groupBytes) yield written()
    }
  }
  if (rows.length > 0) yield written()
  void writer.finish()
  yield taken(bytes)
}

function columnData(rows: readonly Row[]) {
  return columns.map(({ name, type, of }) => ({
    name,
    type,
    nullable: name !== 'eventjson',
    data: rows.map(of),
  }))
}

/** What was written since the last time; the writer goes on with an empty buffer. */
function taken(bytes: ByteWriter): Uint8Array {
  const copy = bytes.getBytes().slice()
  bytes.index = 0
  return copy
}
