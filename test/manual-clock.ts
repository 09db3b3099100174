import type { Clock } from '../src/clock.ts'

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number
  #timers: Array<{ at: number; task: () => void }> = []

  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#now + ms, task }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Moves on, running on the way what is due, each with all that follows from it in memory. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settled()
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#timers = this.#timers.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.at)
      next.task()
    }
    this.#now = end
    await settled()
  }

  /** Shows another time all at once, as a machine's clock that is set does: timers go on as they were. */
  jump(ms: number): void {
    this.#now += ms
    for (const timer of this.#timers) timer.at += ms
  }
}

/** Resolves once everything that waits for nothing but promises has run. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resume) => setImmediate(resume))
}
