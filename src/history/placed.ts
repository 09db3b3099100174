import type { JournalRecord } from '../journal/contract.ts'
import { readAttributes } from './attributes.ts'
import { keysOf } from './keys.ts'
import type { Scope } from './query.ts'

/** What the index holds of an event, and where the journal holds it. Small: a batch has thousands. */
export type Placed = Readonly<{
  seq: number
  segment: number
  offset: number
  /** Milliseconds since the epoch. */
  time: number
  scope: Scope
  keys: readonly number[]
}>

/** Undefined when the record cannot be read. */
export function place({ seq, segment, offset, at, record }: JournalRecord): Placed | undefined {
  const attributes = readAttributes(record.toString(), at)
  if (!attributes) return undefined
  const { time, scope } = attributes
  return { seq, segment, offset, time, scope, keys: keysOf(attributes) }
}
