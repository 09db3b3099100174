import type { Finding, Report } from '../digest/finding.ts'
import type { Progress } from '../verify/progress.ts'
import type { Summary } from '../verify/summary.ts'
import { findingText, summaryText, unprinted } from '../verify/text.ts'
import type { Output } from './environment.ts'
import { printable } from './event-columns.ts'
import { write } from './output.ts'

export type PrintOptions = Readonly<{ json?: boolean; verbose?: boolean }>

const columnsWithoutTerminal = 100
const states = { proven: 'valid', unproven: 'NOT PROVEN', refuted: 'FAILED' } as const
/** Members that are milliseconds inside and text in JSON, as everywhere else that people read. */
const times = new Set(['from', 'until', 'startTime', 'endTime'])

/** Prints what a verification reports, as it comes, for people or as JSON lines. */
export class Printer {
  readonly #options: PrintOptions
  readonly #out: Output
  readonly #bucket: string
  readonly #summary: Summary
  readonly #progress: Progress

  constructor(
    options: PrintOptions,
    to: Readonly<{ out: Output; bucket: string; summary: Summary; progress: Progress }>,
  ) {
    this.#options = options
    this.#out = to.out
    this.#bucket = to.bucket
    this.#summary = to.summary
    this.#progress = to.progress
  }

  /** A report that the summary has counted already. */
  async print(report: Report): Promise<void> {
    const { json, verbose } = this.#options
    if (report.type !== 'finding' && !verbose) return
    const text = json ? jsonLine(report) : this.#text(report)
    if (text === undefined) return
    this.#progress.clear()
    await write(this.#out, text)
  }

  async end(): Promise<void> {
    await write(this.#out, this.#options.json ? this.#jsonSummary() : this.#textSummary())
  }

  /** A terminal that does not know its width says 0. */
  get #width(): number {
    return this.#out.columns || columnsWithoutTerminal
  }

  #text(report: Report): string | undefined {
    if (report.type === 'finding') return this.#findingText(report)
    const place = printable(this.#bucket + report.key)
    const state = states[report.verdict]
    if (report.type === 'log') return `log file  ${place}  ${state}\n`
    return `digest    ${place}  ${state} (signature: ${report.signature}, link: ${report.link})\n`
  }

  #findingText(finding: Finding): string | undefined {
    const nth = this.#summary.kinds.get(finding.kind)!
    // Names and texts come from whoever can write to the bucket; a terminal must not obey them.
    const shown = { ...finding, key: finding.key && printable(finding.key) }
    const message = printable(finding.message)
    return findingText({ ...shown, message }, { nth, bucket: this.#bucket, width: this.#width })
  }

  #textSummary(): string {
    return `${unprinted(this.#summary)}\n${summaryText(this.#summary, this.#width)}`
  }

  #jsonSummary(): string {
    const { severities, records, exitCode } = this.#summary
    const digests = this.#summary.total('digests')
    const logFiles = this.#summary.total('logs')
    const summary = { type: 'summary', exitCode, findings: severities, digests, logFiles, records }
    return `${JSON.stringify(summary)}\n`
  }
}

function jsonLine(report: Report): string {
  const text = JSON.stringify(report, (name, value) =>
    times.has(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
  )
  return `${text}\n`
}
