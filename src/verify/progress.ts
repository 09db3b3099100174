import type { Report } from '../digest/finding.ts'

/** Milliseconds between two drawings of the line. */
const redrawMs = 100
const barColumns = 20

/** Where a progress line is drawn: a terminal. */
export type Screen = Readonly<{ write(text: string): unknown; columns?: number }>

/** One line that is drawn over and over. Draws nothing where there is no terminal. */
export class ProgressLine {
  readonly #screen: Screen | undefined
  readonly #now: () => number
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(screen: Screen | undefined, now: () => number) {
    this.#screen = screen
    this.#now = now
  }

  /**
   * Draws a bar filled to `share` of it, with a text; the text alone where nobody knows how much there is.
   * Not so often that it costs anything.
   */
  draw(share: number | undefined, text: string): void {
    const now = this.#now()
    if (!this.#screen || now - this.#drawnAt < redrawMs) return
    this.#drawnAt = now
    const filled = Math.round(Math.min(1, share ?? 0) * barColumns)
    const bar = `${'█'.repeat(filled)}${'░'.repeat(barColumns - filled)} `
    const line = `${share === undefined ? '' : bar}${text}`.slice(
      0,
      (this.#screen.columns || 80) - 1,
    )
    this.#screen.write(`\r${line}\u001b[K`)
  }

  /** Takes the line away, so that something else can be printed. */
  clear(): void {
    if (Number.isFinite(this.#drawnAt)) this.#screen?.write('\r\u001b[K')
    this.#drawnAt = Number.NEGATIVE_INFINITY
  }
}

/** How far in time the walk of a Region has come, and what was read. */
export class Progress {
  readonly #line: ProgressLine
  #digests = 0
  #logs = 0
  #place = ''
  #first: number | undefined
  #last = 0
  #until = 0

  constructor(screen: Screen | undefined, now: () => number) {
    this.#line = new ProgressLine(screen, now)
  }

  /** A new Region begins, whose newest digest will be about at `until`. */
  begin(place: string, until: number): void {
    this.#place = place
    this.#first = undefined
    this.#until = until
    this.#draw()
  }

  add(report: Report): void {
    if (report.type === 'digest') {
      this.#digests += 1
      this.#first ??= report.endTime
      this.#last = report.endTime
    }
    if (report.type === 'log') this.#logs += 1
    this.#draw()
  }

  /** Takes the line away, so that something else can be printed. */
  clear(): void {
    this.#line.clear()
  }

  #draw(): void {
    const span = this.#until - (this.#first ?? this.#until)
    const share = span > 0 ? (this.#last - this.#first!) / span : 0
    this.#line.draw(share, `${this.#place}  ${this.#digests} digests  ${this.#logs} log files`)
  }
}
