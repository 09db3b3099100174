import type { EventRow } from './event-columns.ts'

/** Titles as the AWS console's download has them. */
const columns: ReadonlyArray<readonly [title: string, of: keyof EventRow]> = [
  ['Event name', 'name'],
  ['Event time', 'time'],
  ['User name', 'user'],
  ['Event source', 'source'],
  ['Resource type', 'resourceType'],
  ['Resource name', 'resourceName'],
  ['Error code', 'error'],
  ['Read-only', 'readOnly'],
  ['AWS access key', 'accessKey'],
  ['Source IP address', 'ip'],
  ['AWS region', 'region'],
  ['Account', 'account'],
  ['Event ID', 'id'],
]

export const csvHeader = `${columns.map(([title]) => title).join(',')}\r\n`

/** One line of RFC 4180. */
export function csvLine(row: EventRow): string {
  return `${columns.map(([, of]) => cell(row[of])).join(',')}\r\n`
}

/**
 * Who can choose a user agent or a bucket's name can choose `=HYPERLINK(…)`: a spreadsheet must show
 * such a text, not run it, hence the apostrophe. Full-width signs are signs to some of them.
 */
function cell(text: string): string {
  const safe = /^[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
