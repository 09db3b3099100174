import { type EventRow, printable } from './event-columns.ts'

type Column = Readonly<{
  title: string
  of: keyof EventRow
  widthMin: number
  /** What gives way in a narrow column: the middle where absent. */
  cut?: 'end'
}>

/** In the order they are shown; when they do not fit, the widest gives way first. */
const columns: readonly Column[] = [
  { title: 'TIME', of: 'time', widthMin: 20 },
  { title: 'EVENT', of: 'name', widthMin: 18 },
  { title: 'USER', of: 'user', widthMin: 8 },
  { title: 'SOURCE', of: 'source', widthMin: 10, cut: 'end' },
  { title: 'RESOURCE', of: 'resourceName', widthMin: 8 },
  { title: 'ERROR', of: 'error', widthMin: 5 },
]
const gap = '  '

/** Rows under titles, each in one line of at most `width` characters. */
export function table(rows: readonly EventRow[], width: number): string {
  const cells = [columns.map(({ title }) => title)]
  for (const row of rows) cells.push(columns.map(({ of }) => printable(row[of])))
  const natural = columns.map((_, i) => Math.max(...cells.map((line) => length(line[i]!))))
  const widths = fitted(natural, width - gap.length * (columns.length - 1))
  const lines = cells.map((line) =>
    line.map((text, i) => pad(cut(text, widths[i]!, columns[i]!), widths[i]!)),
  )
  return lines.map((line) => `${line.join(gap).trimEnd()}\n`).join('')
}

/** Takes from the widest column until the sum fits or each is as narrow as it may be. */
function fitted(natural: readonly number[], width: number): number[] {
  const widths = [...natural]
  while (widths.reduce((a, b) => a + b, 0) > width) {
    const room = widths.map((wide, i) => (wide > columns[i]!.widthMin ? wide : 0))
    const widest = Math.max(...room)
    if (widest === 0) break
    widths[room.lastIndexOf(widest)]! -= 1
  }
  return widths
}

/** The end of an ARN says more than its middle; of a source, which service it is says enough. */
function cut(text: string, width: number, column: Column): string {
  const letters = [...text]
  if (letters.length <= width) return text
  const head = column.cut === 'end' ? width - 1 : Math.ceil((width - 1) / 2)
  const tail = width - 1 - head
  return `${letters.slice(0, head).join('')}…${tail > 0 ? letters.slice(-tail).join('') : ''}`
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - length(text)))
}

function length(text: string): number {
  return [...text].length
}
