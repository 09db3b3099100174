import type { Clock } from '../clock.ts'
import { SinkError } from '../trails/contract.ts'

export type RetryingOptions = Readonly<{
  /** Does all there is to do; rejects when it has to stop before. */
  work(): Promise<void>
  /** Told of each failure: why, free of ids, and in how many milliseconds the next try comes. */
  onFailure(reason: string, pauseMs: number): void
  clock: Clock
  /** From 0 to 1: keeps those that fail together from trying again together. */
  random(): number
}>

const firstPauseMs = 1_000
const longestPauseMs = 5 * 60_000
/** So many runs in a row fail within 5 to 9 minutes. */
const longFailures = 10

/** Work in the background, one run at a time. A run that fails is tried again, ever more slowly. */
export class Retrying {
  readonly #options: RetryingOptions
  #running: Promise<void> | undefined
  #isWanted = false
  #hasRun = false
  #failures = 0
  #cancelRetry: (() => void) | undefined
  #closed = false

  constructor(options: RetryingOptions) {
    this.#options = options
  }

  /** The last run failed. */
  get failing(): boolean {
    return this.#failures > 0
  }

  /**
   * It has failed for a while, in this process and by what was tried: who gives up what is too old waits for
   * this, so that neither a month in which nobody tried nor a jump of the clock gives up anything.
   */
  get failingLong(): boolean {
    return this.#failures >= longFailures
  }

  /** A run has ended, well or not. */
  get hasRun(): boolean {
    return this.#hasRun
  }

  /** Work that is under way should come to its end. */
  get closed(): boolean {
    return this.#closed
  }

  /** The next failure is the first again: for work that got on before it failed. */
  succeeded(): void {
    this.#failures = 0
  }

  /** Begins, unless it waits because it failed. */
  wake(): void {
    if (!this.#cancelRetry) this.#start()
  }

  /** Begins at once; resolves when the work is done or has failed. */
  async flush(): Promise<void> {
    await this.#running
    this.#start()
    await this.#running
  }

  /** Begins nothing any more; resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelRetry?.()
    await this.#running
  }

  #start(): void {
    this.#isWanted = true
    if (this.#running || this.#closed) return
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#running = this.#run()
  }

  /** Runs once more when it was woken meanwhile: the work may have looked just before. */
  async #run(): Promise<void> {
    try {
      while (this.#isWanted && !this.#closed) {
        this.#isWanted = false
        await this.#options.work()
      }
      this.#failures = 0
    } catch (error) {
      this.#retryLater(error)
    } finally {
      this.#running = undefined
      this.#hasRun = true
    }
  }

  #retryLater(error: unknown): void {
    if (this.#closed) return
    const { clock, random, onFailure } = this.#options
    const longest = Math.min(firstPauseMs * 2 ** this.#failures, longestPauseMs)
    const pauseMs = Math.round(longest * (0.5 + random() / 2))
    this.#failures++
    onFailure(error instanceof SinkError ? (error.code ?? 'no answer') : String(error), pauseMs)
    this.#cancelRetry = clock.after(pauseMs, () => {
      this.#cancelRetry = undefined
      this.#start()
    })
  }
}
