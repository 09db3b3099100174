import { StorageError } from '../errors.ts'
import type { Learned } from './learn.ts'
import type { Claimed, Identified, LedgerEntry, Mistake } from './ledger.ts'
import type { SupposedCallers } from './supposed-callers.ts'

/** A call on its way into the ledger. */
export type Outgoing = Readonly<{
  startedAt: number
  /** About so many are held for it. */
  bytes: number
  /** To be known when the record is kept; undefined where nobody is claimed, or to no avail. */
  claim?: Claimed
  entryOf(found: Identified | undefined): LedgerEntry
  learnedFrom(found: Identified | undefined): Learned | undefined
}>

export type Waiting = Readonly<{ call: Outgoing; done: PromiseWithResolvers<void> }>

/** A call's record, and who it says that called. */
type Made = Readonly<{ call: Outgoing; entry: LedgerEntry; found?: Identified }>

const triesMax = 10

/**
 * Calls that go into the ledger together. Each record is made once, as what is sent again must be the
 * same; and anew only when the ledger says that it names somebody wrong and is not kept.
 */
export class Batch {
  readonly calls: readonly Waiting[]
  readonly #callers: SupposedCallers
  /** Goes before the calls. */
  readonly #gap: LedgerEntry | undefined
  #made: readonly Made[]

  constructor(calls: readonly Waiting[], callers: SupposedCallers, gap?: LedgerEntry) {
    this.calls = calls
    this.#callers = callers
    this.#gap = gap
    this.#made = calls.map(({ call }) => made(call, call.claim && callers.of(call.claim)))
  }

  get entries(): readonly LedgerEntry[] {
    const entries = this.#made.map(({ entry }) => entry)
    return this.#gap ? [this.#gap, ...entries] : entries
  }

  get learned(): readonly Learned[] {
    return this.#made.flatMap(({ call, found }) => call.learnedFrom(found) ?? [])
  }

  /** Resolves once `keep` found no mistake; rejects with what it rejects with. */
  async bring(keep: () => Promise<readonly Mistake[]>): Promise<void> {
    for (let tries = 1; ; tries++) {
      const mistakes = await keep()
      if (mistakes.length === 0) return
      if (tries === triesMax) throw new StorageError('busy', 'who calls is another each time')
      this.#correct(mistakes)
    }
  }

  #correct(mistakes: readonly Mistake[]): void {
    const truths = new Map(mistakes.map(({ eventID, found }) => [eventID, found]))
    this.#made = this.#made.map((one) => {
      const truth = truths.get(one.entry.eventID)
      if (!truth) return one
      if (one.call.claim) this.#callers.told(one.call.claim, truth)
      return made(one.call, truth)
    })
  }
}

function made(call: Outgoing, found: Identified | undefined): Made {
  const entry = call.entryOf(found)
  const { claim } = call
  return { call, found, entry: claim && found ? { ...entry, supposed: { claim, found } } : entry }
}
