import { ProgressLine } from '../verify/progress.ts'
import { counted } from '../verify/text.ts'
import type { Environment } from './environment.ts'
import { write } from './output.ts'

const number = new Intl.NumberFormat('en-US')

/** What an export has written: a line on a terminal while it runs, the sums at its end. */
export class ExportCounts {
  readonly #environment: Environment
  readonly #line: ProgressLine
  readonly #started: number
  #records = 0
  #damaged = 0

  constructor(environment: Environment) {
    const { stderr, clock } = environment
    this.#environment = environment
    this.#line = new ProgressLine(stderr.isTTY ? stderr : undefined, () => clock.now())
    this.#started = clock.now()
  }

  /** A page came: its records, and how many more of it could not be read. */
  add(records: number, damaged: number): void {
    this.#records += records
    this.#damaged += damaged
    const rate = number.format(Math.round(this.#records / Math.max(this.#seconds(), 0.001)))
    // Nobody knows how many events match until the last is found.
    this.#line.draw(undefined, `${counted(this.#records, 'event')}  ${rate}/s`)
  }

  /** The sums of what lies whole under its name: JSON on standard output, or a line for people. */
  async summary(
    written: Readonly<{ format: string; output: string; files: number; bytes: number }>,
    json: boolean,
  ): Promise<void> {
    this.#line.clear()
    const [records, damaged, seconds] = [this.#records, this.#damaged, this.#seconds()]
    const { stdout, stderr } = this.#environment
    if (json) {
      const summary = { type: 'summary', ...written, records, damaged, seconds }
      return write(stdout, `${JSON.stringify(summary)}\n`)
    }
    const [files, size] = [counted(written.files, 'file'), counted(written.bytes, 'byte')]
    stderr.write(`${counted(records, 'event')} in ${files}, ${size}: ${written.output}\n`)
  }

  /** Takes the line away, and names what was left out. */
  end(): void {
    this.#line.clear()
    if (this.#damaged === 0) return
    const { stderr } = this.#environment
    const were = this.#damaged === 1 ? 'was' : 'were'
    const what = counted(this.#damaged, 'damaged record')
    stderr.write(`${what} ${were} left out; contrail fsck names them\n`)
    this.#environment.exitCode = 1
  }

  #seconds(): number {
    return (this.#environment.clock.now() - this.#started) / 1000
  }
}
