/** One measured number. With a target, a claim stands or falls by it; without one, it explains others. */
export type Figure = Readonly<{
  what: string
  value: number
  /** `events/s`, `ms`, `MB`; `×` for a ratio of two figures of the same run. */
  unit: string
  atLeast?: number
  atMost?: number
}>

export type Measured = Readonly<{
  figures: readonly Figure[]
  /** What a reader must know to judge the figures: how it was measured, and where the time goes. */
  notes: readonly string[]
}>

export type RunOptions = Readonly<{
  /** Size of the history that lookups are measured on. */
  events: number
  /** Where that history is made and kept, or lies already; without it, it is removed again. */
  folder?: string
  /** Told what is going on, in a few words. */
  progress(text: string): void
}>

/** One promise about speed or size, and how it is measured; each is a file in `bench/`. */
export type Claim = Readonly<{
  name: string
  /** The promise, in one line. */
  says: string
  run(options: RunOptions): Promise<Measured>
}>

/** A claim with what its run gave. */
export type Result = Readonly<{ name: string; says: string }> & Measured

/** Whether a figure is as good as promised; undefined where nothing is promised. */
export function isMet({ value, atLeast, atMost }: Figure): boolean | undefined {
  if (atLeast === undefined && atMost === undefined) return undefined
  return value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Infinity)
}
