import type { Clock } from '../clock.ts'
import { ApiError, ConflictError, StorageError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Journal } from '../journal/contract.ts'
import type { Limits } from '../limits.ts'
import type { Principal, Transaction } from '../operation.ts'
import type { CapturedPrincipal } from '../record/captured-identity.ts'
import type { OutboxEntry, State } from '../state/contract.ts'
import { commitRecorded } from '../state/recorded-commit.ts'
import { type Credential, readClaim, verify } from '../wire/sigv4/verify.ts'
import { gapRecord } from './gap.ts'
import type { Learned } from './learn.ts'
import { findLearned, keepLearned } from './learned-identities.ts'
import {
  type Claimed,
  type Identified,
  type Ledger,
  type LedgerEntry,
  type Mistake,
  type Run,
  RunEndedError,
  type Tally,
} from './ledger.ts'
import type { ProxyCounts } from './proxy-counts.ts'

export type StateLedgerOptions = Readonly<{
  state: Pick<State, 'begin' | 'commit' | 'settleOutbox'>
  journal: Pick<Journal, 'append' | 'has' | 'ready' | 'synced'>
  outbox: { retry(entry: OutboxEntry): void }
  counts?: Pick<ProxyCounts, 'note'>
  /** Of our own IAM. */
  findCredential(accessKeyId: string): Credential | undefined
  /** By access key id, as the configuration has them. */
  keys: ReadonlyMap<string, CapturedPrincipal>
  accountId: string
  region: string
  clock: Clock
  ids: Ids
  limits: Limits
}>

/** What is kept of the latest run of a proxy; `seen` is written now and then while it runs. */
type KeptRun = Readonly<{ id: string; seen: number; closed?: true }>

const runs = 'proxy-run'
const intents = 'proxy-intent'
/** How often it is written down that a run lives: what a gap record may be too early by. */
const seenEvery = 10_000

/** The ledger over this process's own stores. */
export class StateLedger implements Ledger {
  readonly #options: StateLedgerOptions

  constructor(options: StateLedgerOptions) {
    this.#options = options
  }

  async open(proxy: string): Promise<Run> {
    const { clock, ids } = this.#options
    const id = ids.uuid()
    await this.#recorded(proxy, (tx) => {
      const last = tx.get<KeptRun>(runs, proxy)
      tx.put(runs, proxy, { id, seen: clock.now() } satisfies KeptRun)
      const records = leftIntents(tx, proxy)
      return last && !last.closed ? [...records, this.#gapAfter(proxy, last)] : records
    })
    return { proxy, id }
  }

  async identify(proxy: string, claims: readonly Claimed[]): Promise<readonly Identified[]> {
    const tx = this.#options.state.begin()
    return claims.map((claim) => this.#identify(tx, proxy, claim))
  }

  #identify(tx: Transaction, proxy: string, claim: Claimed): Identified {
    const { accessKeyId } = claim
    const credential = this.#options.findCredential(accessKeyId)
    if (credential) {
      const isProven = this.#isProven(claim, credential)
      const caller = isProven
        ? { principal: capturedOf(credential.principal), accessKeyId }
        : { refused: true, accessKeyId }
      return { caller, isProven }
    }
    const principal = this.#options.keys.get(accessKeyId) ?? findLearned(tx, proxy, accessKeyId)
    return { caller: { principal, accessKeyId }, isProven: false }
  }

  #isProven(claimed: Claimed, credential: Credential): boolean {
    const { method, target, rawHeaders, bodyHash, at } = claimed
    const head = { method, target, rawHeaders }
    const { limits } = this.#options
    try {
      const claim = readClaim(head)
      if (!claim) return false
      const expect = { regions: [claim.region] }
      verify(head, claim, { credential, now: at, expect, limits, bodyHash })
      return true
    } catch (error) {
      if (error instanceof ApiError) return false
      throw error
    }
  }

  /** What is kept stays as it is, whoever the caller would be now. */
  #mistakesIn(entries: readonly LedgerEntry[], proxy: string): readonly Mistake[] {
    const { state, journal } = this.#options
    const tx = state.begin()
    return entries.flatMap(({ eventID, record, hasIntent, supposed }) => {
      if (!supposed) return []
      const found = this.#identify(tx, proxy, supposed.claim)
      // As text: what came over the wire has no members that are undefined.
      if (JSON.stringify(found) === JSON.stringify(supposed.found)) return []
      const isKept = hasIntent
        ? tx.get(intents, `${proxy}/${eventID}`) === undefined
        : journal.has({ from: sourceOf(proxy), record: Buffer.from(record) })
      return isKept ? [] : [{ eventID, found }]
    })
  }

  async intend(run: Run, entries: readonly LedgerEntry[]): Promise<readonly Mistake[]> {
    const { state, journal } = this.#options
    const mistakes = this.#mistakesIn(entries, run.proxy)
    if (mistakes.length > 0) return mistakes
    // What could not be recorded in the end is not begun.
    await journal.ready()
    await this.#retried(async () => {
      const tx = state.begin()
      this.#checkRun(tx, run)
      for (const { eventID, record } of entries) {
        tx.put(intents, `${run.proxy}/${eventID}`, record)
      }
      await state.commit(tx)
    })
    return []
  }

  async append(
    run: Run,
    entries: readonly LedgerEntry[],
    learned: readonly Learned[],
    tally?: Tally,
  ): Promise<readonly Mistake[]> {
    const { journal, counts } = this.#options
    const mistakes = this.#mistakesIn(entries, run.proxy)
    if (mistakes.length > 0) return mistakes
    const plain = entries.filter(({ hasIntent }) => !hasIntent)
    await this.#recorded(run.proxy, (tx) => {
      this.#checkRun(tx, run)
      this.#noteSeen(tx, run)
      if (learned.length > 0) keepLearned(tx, run.proxy, learned, this.#options.clock.now())
      return entries.filter(({ eventID, hasIntent }) => {
        const key = `${run.proxy}/${eventID}`
        // One that is not there any more was replaced before, and only the answer to that was lost.
        if (!hasIntent || tx.get(intents, key) === undefined) return false
        tx.delete(intents, key)
        return true
      })
    })
    if (plain.length > 0) {
      const from = sourceOf(run.proxy)
      const lines = plain.map(({ record }) => ({ from, record: Buffer.from(record) }))
      await journal.append(lines, { once: true })
    }
    if (tally) counts?.note(run, entries.length, tally)
    return []
  }

  async close(run: Run): Promise<void> {
    await this.#recorded(run.proxy, (tx) => {
      const kept = tx.get<KeptRun>(runs, run.proxy)
      if (kept?.id !== run.id || kept.closed) return []
      tx.put(runs, run.proxy, { ...kept, closed: true } satisfies KeptRun)
      return leftIntents(tx, run.proxy)
    })
  }

  /** Commits a change with the records of it; nothing of both where `change` has neither. */
  #recorded(proxy: string, change: (tx: Transaction) => readonly LedgerEntry[]): Promise<void> {
    const { state } = this.#options
    return this.#retried(async () => {
      const tx = state.begin()
      const entries = change(tx).map(({ eventID, record }) => {
        return { eventID, from: sourceOf(proxy), record: Buffer.from(record) }
      })
      const [main, ...after] = entries
      if (main) await commitRecorded(this.#options, tx, main, { after })
      else if (tx.dirty) await state.commit(tx)
    })
  }

  /** Two who write down something of the same proxy at once meet; the later one tries again. */
  async #retried(commit: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await commit()
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error
        if (tries === 10) throw new StorageError('busy', 'too many wrote at once', { cause: error })
      }
    }
  }

  #checkRun(tx: Transaction, { proxy, id }: Run): void {
    const kept = tx.get<KeptRun>(runs, proxy)
    if (kept?.id === id && !kept.closed) return
    throw new RunEndedError(`another proxy named ${proxy} has begun`)
  }

  #noteSeen(tx: Transaction, { proxy, id }: Run): void {
    const now = this.#options.clock.now()
    const { seen } = tx.get<KeptRun>(runs, proxy)!
    if (now - seen >= seenEvery) tx.put(runs, proxy, { id, seen: now } satisfies KeptRun)
  }

  #gapAfter(proxy: string, { seen }: KeptRun): LedgerEntry {
    const { accountId, region, clock, ids } = this.#options
    const reason = 'The proxy ended without notice; what it had under way may have no record.'
    const gap = { proxy, from: seen, to: clock.now(), reason, accountId, region }
    const eventID = ids.uuid()
    return { eventID, record: gapRecord(gap, eventID) }
  }
}

/** Those whose outcome never came: they are the record then. */
function leftIntents(tx: Transaction, proxy: string): LedgerEntry[] {
  return tx.list<string>(intents, `${proxy}/`).map(([key, record]) => {
    tx.delete(intents, key)
    return { eventID: key.split('/')[1]!, record }
  })
}

/** As in the journal's envelope. */
function sourceOf(proxy: string): string {
  return `proxy:${proxy}`
}

function capturedOf(principal: Principal): CapturedPrincipal {
  const { type, principalId, arn, accountId, userName } = principal
  return { type, principalId, arn, accountId, userName }
}
