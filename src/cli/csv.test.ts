import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvHeader, csvLine } from './csv.ts'
import type { EventRow } from './event-columns.ts'

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
  'name time user source resourceType resourceName error readOnly accessKey ip region account id'
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

test('the titles are those of the console, its default columns first', () => {
  expect(csvHeader).toMatch(
    /^Event name,Event time,User name,Event source,Resource type,Resource name,.*\r\n$/,
  )
})

test.each(['=HYPERLINK("http://x")', '+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1'])(
  'the formula %j gets a quote mark',
  (formula) => {
    const [, found] = read(csvHeader + csvLine(rowOf(order.map(() => formula))))
    expect(found![0]).toBe(`'${formula}`)
  },
)
