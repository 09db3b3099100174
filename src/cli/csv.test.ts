import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sampleEvent } from '../../test/sample-events.ts'
import { csvHeader, csvLine } from './csv.ts'
import { type EventRow, eventRow } from './event-columns.ts'

/** A reader of RFC 4180, of its own making: rows of cells. */
function read(csv: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (cell.lastIndex < csv.length) {
    const [, quoted, plain, end] = cell.exec(csv) ?? expect.unreachable('not RFC 4180')
    row.push(quoted?.replaceAll('""', '"') ?? plain!)
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

const names =
  'user accessKey time source name region ip agent error resources requestId id readOnly type account category'
const order = names.split(' ') as (keyof EventRow)[]
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('"', ',', '\r', '\n', '=', '+', '-', '@', '\t', 'a', '＝', "'"),
  }),
)
const rowOf = (cells: readonly string[]) =>
  Object.fromEntries(order.map((name, i) => [name, cells[i]!])) as EventRow
const cells = fc.array(hostile, { minLength: order.length, maxLength: order.length })

test('whatever the values, the cells come back, in the order of the titles, none a formula', () => {
  fc.assert(
    fc.property(fc.array(cells, { maxLength: 5 }), (rows) => {
      const found = read(csvHeader + rows.map((row) => csvLine(rowOf(row))).join(''))
      expect(found).toHaveLength(rows.length + 1)
      for (const [i, row] of rows.entries()) {
        for (const [j, value] of row.entries()) {
          const shown = found[i + 1]![j]!
          expect([value, `'${value}`]).toContain(shown)
          expect(shown).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/)
          if (/^[a-z0-9]/i.test(value)) expect(shown).toBe(value)
        }
      }
    }),
  )
})

test("the titles are those of the console's file, in its order", () => {
  expect(csvHeader).toBe(
    'User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,' +
      'Error code,Resources,Request ID,Event ID,Read-only,Event type,Recipient Account Id,Event category\r\n',
  )
})

test('resources are JSON, an empty list where there are none', () => {
  const line = (members: object) =>
    csvLine(eventRow(JSON.stringify(sampleEvent(0, { ...members }))))
  const [, none, some] = read(
    csvHeader +
      line({}) +
      line({ requestID: 'r1', resources: [{ ARN: 'arn:aws:s3:::b', type: 'AWS::S3::Bucket' }] }),
  )
  expect(none![9]).toBe('[]')
  expect(JSON.parse(some![9]!)).toContainEqual({
    resourceType: 'AWS::S3::Bucket',
    resourceName: 'arn:aws:s3:::b',
  })
  expect(some![10]).toBe('r1')
})

test.each(['=HYPERLINK("http://x")', '+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1'])(
  'the formula %j gets a quote mark',
  (formula) => {
    const [, found] = read(csvHeader + csvLine(rowOf(order.map(() => formula))))
    expect(found![0]).toBe(`'${formula}`)
  },
)
