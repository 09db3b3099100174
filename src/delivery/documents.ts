import type { Trail } from '../trails/contract.ts'

/** How far a trail has been delivered: document `delivery`, key the trail's id. */
export type Progress = Readonly<{
  /** Every journal record up to here is delivered, or owed to nobody, or in `held`. */
  cursor: number
  /** The trail as it is behind the cursor; undefined until the record of its creation is passed. */
  trail?: Trail
  /** Footprint that waits for a batch to go along with: sequence numbers, in order. */
  held?: readonly number[]
  /** When the first of `held` was appended, in milliseconds. */
  heldSince?: number
  /** Counts the plans that had to be given up; their keys are not used again. */
  attempt?: number
  /** A batch whose files may already lie in the bucket, all or some of them. */
  plan?: Plan
}>

/** What is about to be put, written down first so that after a crash the same is put again. */
export type Plan = Readonly<{
  /** The last sequence number of the batch; the first is behind the cursor. */
  to: number
  files: ReadonlyArray<Readonly<{ key: string; sha256: string }>>
}>

/**
 * Every trail that has a record up to `seq` has been seen and has its cursor: document `delivery-seen`, key
 * `journal`.
 */
export type SeenUpTo = Readonly<{ seq: number }>

/**
 * A deleted trail that has been delivered all it was owed: document `trail-ended`, key the trail's id. Left
 * for whoever makes its final digest, who takes it away.
 */
export type TrailEnded = Readonly<{
  /** As it last was. */
  trail: Trail
  /** Milliseconds since the epoch; no log file of the trail was delivered later. */
  at: number
}>

/** `<trail id>/<requestId>` taken apart; ids have no slash. */
export function trailIdOf(changeKey: string): string {
  return changeKey.slice(0, changeKey.indexOf('/'))
}
