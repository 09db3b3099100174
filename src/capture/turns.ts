import { setImmediate as turnOfOthers } from 'node:timers/promises'
import type { Clock } from '../clock.ts'

/** Work that may rest at each `yield`, so that others have their turn; it returns what it made. */
export type Steps<T> = Generator<undefined, T, void>

/** How long others wait for a turn, but for the longest step there is. */
const sliceMs = 10

/** Runs to the end, and lets the event loop serve others whenever a slice of time is over. */
export async function inTurns<T>(steps: Steps<T>, clock: Pick<Clock, 'now'>): Promise<T> {
  for (let since = clock.now(); ; ) {
    const step = steps.next()
    if (step.done) return step.value
    if (clock.now() - since < sliceMs) continue
    await turnOfOthers()
    since = clock.now()
  }
}
