import type { Finding, Severity } from '../digest/finding.ts'
import type { ChainSummary, Summary } from './summary.ts'

const labels: Readonly<Record<Severity, string>> = { failure: 'FAILED', gap: 'GAP', note: 'note' }
/** Findings of one kind that are printed; the rest are counted. `--json` has them all. */
const printedOfKind = 20
const number = new Intl.NumberFormat('en-US')

/** A finding on two or three lines; undefined once enough of its kind were printed. */
export function findingText(
  finding: Finding,
  { nth, bucket, width }: Readonly<{ nth: number; bucket: string; width: number }>,
): string | undefined {
  if (nth > printedOfKind) return undefined
  const head = `${labels[finding.severity].padEnd(7)} ${finding.kind}`
  const place = finding.key === undefined ? chainName(finding) : bucket + finding.key
  const lines = [head, `        ${place}`, ...wrapped(finding.message, width)]
  return `${lines.join('\n')}\n`
}

/** What was not printed because there was too much of it. */
export function unprinted(summary: Summary): string {
  const more = [...summary.kinds].filter(([, count]) => count > printedOfKind)
  return more
    .map(
      ([kind, count]) => `${number.format(count - printedOfKind)} more ${kind} (--json has all)\n`,
    )
    .join('')
}

/** A table of the chains, no wider than `width`, and what it comes to. */
export function summaryText(summary: Summary, width: number): string {
  const rows = [...summary.chains.values()].map(row)
  const table = rows.length > 0 ? `${tableText(rows, width)}\n` : ''
  return table + totals(summary)
}

const titles = ['ACCOUNT', 'REGION', 'TRAIL', 'DIGESTS', 'LOG FILES', 'RECORDS', 'RESULT']
const trailColumn = 2
const gap = '  '

function row({ chain, digests, logs, records, severities }: ChainSummary): string[] {
  const result = severities.failure > 0 ? 'FAILED' : severities.gap > 0 ? 'gaps' : 'valid'
  return [
    chain.accountId,
    chain.region,
    chain.backfill ? `${chain.trailName} (backfill)` : chain.trailName,
    ratio(digests),
    ratio(logs),
    number.format(records),
    result,
  ]
}

/** Valid ones of all. */
function ratio({ proven, unproven, refuted }: ChainSummary['digests']): string {
  return `${number.format(proven)}/${number.format(proven + unproven + refuted)}`
}

/** Only the trail's name gives way to a narrow terminal; then the account's column goes. */
function tableText(rows: readonly string[][], width: number): string {
  const lines = [titles, ...rows]
  const widths = titles.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)))
  const sum = widths.reduce((a, b) => a + b) + gap.length * (widths.length - 1)
  const trail = Math.max(6, widths[trailColumn]! - Math.max(0, sum - width))
  const withoutAccount = sum - widths[trailColumn]! + trail > width
  widths[trailColumn] = trail
  return lines
    .map((line) => line.map((text, i) => cut(text, widths[i]!).padEnd(widths[i]!)))
    .map(
      (line) =>
        `${line
          .slice(withoutAccount ? 1 : 0)
          .join(gap)
          .trimEnd()}\n`,
    )
    .join('')
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

function totals(summary: Summary): string {
  const [digests, logs] = [summary.total('digests'), summary.total('logs')]
  const lines = [
    `${ratio(digests)} digests valid${bad(digests)}`,
    `${ratio(logs)} log files valid${bad(logs)}`,
    `${number.format(summary.records)} records`,
  ]
  return `${lines.join('\n')}\n\n${verdict(summary)}\n`
}

function bad({ refuted, unproven }: ChainSummary['digests']): string {
  const failed = refuted > 0 ? `, ${number.format(refuted)} FAILED` : ''
  return failed + (unproven > 0 ? `, ${number.format(unproven)} not proven` : '')
}

function verdict({ exitCode, severities }: Summary): string {
  const { failure, gap: gaps } = severities
  if (exitCode === 0) return 'All is valid and complete.'
  if (exitCode === 3) return `Nothing is wrong, but not all is proven: ${counted(gaps, 'gap')}.`
  if (failure === 0) return 'FAILED: no digests were found.'
  return `FAILED: ${counted(failure, 'failure')}${gaps > 0 ? `, ${counted(gaps, 'gap')}` : ''}.`
}

/** `1 file`, `2,000 files` */
export function counted(count: number, noun: string): string {
  return `${number.format(count)} ${noun}${count === 1 ? '' : 's'}`
}

function chainName({ chain }: Finding): string {
  return chain ? `trail ${chain.trailName} of ${chain.accountId} in ${chain.region}` : ''
}

/** A message in lines of at most `width`, indented under its finding. */
function wrapped(message: string, width: number): string[] {
  const lines = ['']
  for (const word of message.split(' ')) {
    const line = lines.at(-1)!
    if (line !== '' && line.length + word.length + 9 > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map((line) => `        ${line}`)
}
