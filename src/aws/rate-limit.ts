import type { Clock } from '../clock.ts'

/** Lets `rate` calls a second pass for each key, and as many at once after a rest. */
export class RateLimit {
  readonly #rate: number
  readonly #clock: Clock
  /** When each key's bucket will be full again. Keys that are full are forgotten. */
  readonly #fullAt = new Map<string, number>()

  constructor(rate: number, clock: Clock) {
    this.#rate = rate
    this.#clock = clock
  }

  /** Whether the call may pass; counts it when it may. */
  take(key: string): boolean {
    const now = this.#clock.now()
    const costMs = 1000 / this.#rate
    const fullAt = Math.max(this.#fullAt.get(key) ?? 0, now) + costMs
    if (fullAt - now > Math.max(1000, costMs)) return false
    for (const [other, at] of this.#fullAt) if (at <= now) this.#fullAt.delete(other)
    this.#fullAt.set(key, fullAt)
    return true
  }
}
