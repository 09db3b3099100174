import type { Counts, FileReport } from '../import/importer.ts'
import { ProgressLine } from '../verify/progress.ts'
import { counted } from '../verify/text.ts'
import type { Environment } from './environment.ts'
import { printable } from './event-columns.ts'
import { write } from './output.ts'

/** Prints what becomes of files as it happens, and the sums at the end. */
export class ImportPrinter {
  readonly #environment: Environment
  readonly #options: Readonly<{ json?: boolean; verbose?: boolean }>
  readonly #line: ProgressLine
  readonly #started: number
  /** Bytes of all files, once they are known. */
  #bytesAll: number | undefined
  #bytes = 0
  readonly #files = {
    imported: 0,
    failed: 0,
    digest: 0,
    'other name': 0,
    'finished before': 0,
    insights: 0,
  }
  #round = 0
  #isChanged = false
  /** Failures that were told. */
  readonly #told = new Set<string>()
  readonly #records: Counts = { accepted: 0, duplicates: 0, refused: 0, earlier: 0 }

  constructor(environment: Environment, options: Readonly<{ json?: boolean; verbose?: boolean }>) {
    const { stderr, clock } = environment
    this.#environment = environment
    this.#options = options
    this.#started = clock.now()
    this.#line = new ProgressLine(stderr.isTTY ? stderr : undefined, () => clock.now())
  }

  get failed(): number {
    return this.#files.failed
  }

  /** The bytes of all files, for the bar. */
  expect(bytes: number): void {
    this.#bytesAll = bytes
  }

  count(counts: Counts): void {
    for (const name of ['accepted', 'duplicates', 'refused', 'earlier'] as const) {
      this.#records[name] += counts[name]
    }
    this.#draw()
  }

  async file(report: FileReport): Promise<void> {
    const isNews = report.outcome === 'imported' || this.#isToldFirst(report)
    if (!isNews) return
    this.#isChanged = true
    this.#files[report.outcome] += 1
    if (report.isInsights) this.#files.insights += 1
    this.#bytes += report.size
    const isShown = report.outcome === 'failed' || this.#options.verbose
    if (isShown) await this.#print(report)
    this.#draw()
  }

  /** The sums, once all files that are there now are through. */
  async endRound(historyDays: number): Promise<void> {
    this.#line.clear()
    this.#round += 1
    if (!this.#isChanged && this.#round > 1) return
    this.#isChanged = false
    const seconds = (this.#environment.clock.now() - this.#started) / 1000
    const text = this.#options.json ? this.#json(seconds) : this.#text(seconds, historyDays)
    await write(this.#environment.stdout, text)
  }

  clear(): void {
    this.#line.clear()
  }

  /** What a later round of --watch meets again is not told again. */
  #isToldFirst({ name, outcome, reason }: FileReport): boolean {
    if (outcome !== 'failed') return this.#round === 0
    const failure = `${name}: ${reason}`
    const isFirst = !this.#told.has(failure)
    this.#told.add(failure)
    return isFirst
  }

  async #print(report: FileReport): Promise<void> {
    this.#line.clear()
    const { name, outcome, reason } = report
    // Names come from whoever can write to the bucket; a terminal must not obey them.
    const said =
      outcome === 'failed' ? `FAILED  ${printable(name)}` : `${outcome}  ${printable(name)}`
    const text = `${said}${reason === undefined ? '' : `: ${printable(reason)}`}\n`
    const json = `${JSON.stringify({ type: 'file', ...report })}\n`
    await write(this.#environment.stdout, this.#options.json ? json : text)
  }

  #draw(): void {
    const { accepted, duplicates } = this.#records
    const share = this.#bytesAll ? Math.min(1, this.#bytes / this.#bytesAll) : 0
    const failed = this.failed > 0 ? `  ${this.failed} failed` : ''
    const files = counted(this.#files.imported, 'file')
    this.#line.draw(share, `${files}  ${counted(accepted + duplicates, 'event')}${failed}`)
  }

  #json(seconds: number): string {
    const { imported, failed, digest, insights } = this.#files
    const files = {
      imported,
      failed,
      insights,
      digests: digest,
      otherNames: this.#files['other name'],
      finishedBefore: this.#files['finished before'],
    }
    return `${JSON.stringify({ type: 'summary', files, records: this.#records, seconds })}\n`
  }

  #text(seconds: number, historyDays: number): string {
    const { imported, failed, digest, insights, 'finished before': before } = this.#files
    const others = this.#files['other name']
    const { accepted, duplicates, refused, earlier } = this.#records
    const rest: ReadonlyArray<readonly [number, string]> = [
      [duplicates, `${counted(duplicates, 'event')} had come before: not kept again`],
      [refused, `${counted(refused, 'record')} refused`],
      [
        earlier,
        `${counted(earlier, 'event')} older than ${historyDays} days: kept in the journal for the Lake, ` +
          'not found by LookupEvents',
      ],
      [insights, `${counted(insights, 'file')} of Insights among them`],
      [digest, `${counted(digest, 'digest file')} told apart: no records`],
      [before, `${counted(before, 'file')} finished before`],
      [others, `${counted(others, 'file')} not named like log files`],
      [failed, `${counted(failed, 'file')} FAILED`],
    ]
    const lines = rest.flatMap(([value, text]) => (value > 0 ? [text] : []))
    const from = counted(imported, 'file')
    const head = `${counted(accepted, 'event')} imported from ${from} in ${seconds.toFixed(1)} s`
    return [head, ...lines].map((line) => `${line}\n`).join('')
  }
}
