import type { EventRow } from './event-columns.ts'

/** Titles and order of the file that AWS's console gives for event history. */
const columns: ReadonlyArray<readonly [title: string, of: keyof EventRow]> = [
  ['User name', 'user'],
  ['AWS access key', 'accessKey'],
  ['Event time', 'time'],
  ['Event source', 'source'],
  ['Event name', 'name'],
  ['AWS region', 'region'],
  ['Source IP address', 'ip'],
  ['User agent', 'agent'],
  ['Error code', 'error'],
  ['Resources', 'resources'],
  ['Request ID', 'requestId'],
  ['Event ID', 'id'],
  ['Read-only', 'readOnly'],
  ['Event type', 'type'],
  ['Recipient Account Id', 'account'],
  ['Event category', 'category'],
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
