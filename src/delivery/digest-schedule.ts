import { createHmac } from 'node:crypto'

/** When a trail's digests end. */
export type Schedule = Readonly<{
  /** The first such time after `time`; both in milliseconds. */
  nextEnd(time: number): number
  /** From one to the next. */
  interval: number
}>

export const second = 1_000

/**
 * One end in each interval, always at the same minute and second of it, for each trail its own: so trails do
 * not all come at once. The same in every Region, as AWS is measured to do (`core.md` 4.2). A keyed hash of
 * the trail's id says which second, so that it needs to be written down nowhere.
 */
export function scheduleOf(trailId: string, interval: number, secret: string): Schedule {
  const step = Math.max(second, Math.ceil(interval / second) * second)
  const hash = createHmac('sha256', secret).update(`digest ${trailId}`).digest()
  const offset = (hash.readUInt32BE() % (step / second)) * second
  return {
    nextEnd: (time) => Math.floor((time - offset) / step) * step + step + offset,
    interval: step,
  }
}

/** Digests know whole seconds only. */
export function secondBefore(time: number): number {
  return Math.floor(time / second) * second
}

/** The first second that is later. */
export function secondAfter(time: number): number {
  return secondBefore(time) + second
}
