import type { Caller } from '../record/captured-identity.ts'
import type { Learned } from './learn.ts'

/** Who a request says it is from, with what proves it. */
export type Claimed = Readonly<{
  accessKeyId: string
  method: string
  target: string
  rawHeaders: readonly string[]
  /** SHA-256 of the body, hex, where the head does not state it. */
  bodyHash?: string
  /** When it came: milliseconds since the epoch. */
  at: number
}>

/** What is known of a claim. */
export type Identified = Readonly<{
  caller: Caller
  /** The secret is ours, and the signature is right. */
  isProven: boolean
}>

/** A record and how it came about. */
export type LedgerEntry = Readonly<{
  eventID: string
  /** JSON. */
  record: string
  /** Its intent was kept before; it is replaced. */
  hasIntent?: boolean
  /** Whom the record names; absent where nobody is claimed, or to no avail. */
  supposed?: Readonly<{ claim: Claimed; found: Identified }>
}>

/** An entry that supposes wrong who called, and what is known. */
export type Mistake = Readonly<{ eventID: string; found: Identified }>

/** What a run has come to. All but what waits is counted from its start. */
export type Tally = Readonly<{
  /** Calls whose record is not on its way yet. */
  waiting: number
  /** Calls that were given up; a gap record tells of them, or will. */
  notRecorded: number
  /** Requests that the proxy answered itself and did not pass on. */
  refused: number
  /** Calls that did not end as calls end, because of the upstream. */
  upstreamFailures: number
}>

/** A proxy by its name, from its start to its end. */
export type Run = Readonly<{ proxy: string; id: string }>

/** Another run of the same name has begun, and what was left of this one is written down. */
export class RunEndedError extends Error {
  override readonly name = 'RunEndedError'
}

/**
 * Where proxies' records go and identities come from: the stores of a server, in this process or reached
 * over its listener. Everything rejects with StorageError when nothing can be kept now, and may be
 * repeated: nothing is kept twice. Entries that suppose another than who is known to have called are given
 * back as mistakes, and then none of those beside them is kept either; one that is kept already is none.
 */
export interface Ledger {
  /** Begins a run. Of one before it that did not close, intents and the gap after it become records. */
  open(proxy: string): Promise<Run>
  /** In the order of the claims. */
  identify(proxy: string, claims: readonly Claimed[]): Promise<readonly Identified[]>
  /** Keeps what each call will be recorded as if its outcome never comes. Rejects with RunEndedError. */
  intend(run: Run, entries: readonly LedgerEntry[]): Promise<readonly Mistake[]>
  /** Keeps records, and what was learned with them, durably. Rejects with RunEndedError. */
  append(
    run: Run,
    entries: readonly LedgerEntry[],
    learned: readonly Learned[],
    tally?: Tally,
  ): Promise<readonly Mistake[]>
  /** The run ended in order. */
  close(run: Run): Promise<void>
}
