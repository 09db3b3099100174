import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import { Batch, type Outgoing, type Waiting } from './batch.ts'
import { gapRecord } from './gap.ts'
import { type Ledger, type LedgerEntry, type Run, RunEndedError, type Tally } from './ledger.ts'
import { SupposedCallers } from './supposed-callers.ts'

export type RecordQueueOptions = Readonly<{
  ledger: Ledger
  run: Run
  onAuditFailure: 'pass' | 'reject'
  accountId: string
  region: string
  clock: Clock
  ids: Pick<Ids, 'uuid'>
  limits: Limits
  log: Log
  /** Another proxy took over: nothing can be recorded any more. */
  onRunEnded(): void
}>

type Missed = { calls: number; from: number; to: number }

const firstPauseMs = 100
const longestPauseMs = 5_000
const heartbeatMs = 10_000

/**
 * Brings calls into the ledger, many at a time and in order. While it takes nothing, calls wait here up to
 * a bound; those past it are counted, and a gap record tells of them as soon as anything is taken again.
 */
export class RecordQueue {
  readonly #options: RecordQueueOptions
  readonly #callers: SupposedCallers
  #waiting: Waiting[] = []
  #bytes = 0
  #missed: Missed | undefined
  readonly #counts = { notRecorded: 0, refused: 0, upstreamFailures: 0 }
  /** The last try failed or takes too long. */
  #isFailing = false
  #isClosing = false
  #draining: Promise<void> | undefined
  #intents: Waiting[] = []
  #intending: Promise<void> | undefined
  #endPause: (() => void) | undefined
  #cancelHeartbeat: (() => void) | undefined

  constructor(options: RecordQueueOptions) {
    this.#options = options
    this.#callers = new SupposedCallers(options.limits.learnedIdentitiesMax)
    this.#beatLater()
  }

  /** Calls that wait for the ledger, and those that were given up since it last took any. */
  get state(): { waiting: number; missed: number } {
    return { waiting: this.#waiting.length, missed: this.#missed?.calls ?? 0 }
  }

  /** Of what the ledger is told with the next append. */
  count(what: 'refused' | 'upstreamFailures'): void {
    this.#counts[what] += 1
  }

  /**
   * Resolves once its record is durable, or need not be waited for; rejects when it is not durable and its
   * answer must not go on. In either case the record is brought as soon as the ledger takes it.
   */
  add(call: Outgoing): Promise<void> {
    const { limits, onAuditFailure, clock } = this.#options
    if (this.#bytes + call.bytes > limits.proxyQueueBytesMax) {
      this.#missed ??= { calls: 0, from: call.startedAt, to: 0 }
      this.#missed.calls += 1
      this.#counts.notRecorded += 1
      this.#missed.from = Math.min(this.#missed.from, call.startedAt)
      this.#missed.to = clock.now()
    } else {
      const done = Promise.withResolvers<void>()
      done.promise.catch(() => undefined)
      this.#waiting.push({ call, done })
      this.#bytes += call.bytes
      this.#draining ??= this.#drain()
      if (!this.#isFailing) return done.promise
    }
    return onAuditFailure === 'pass' ? Promise.resolve() : Promise.reject(notRecorded())
  }

  /** Resolves once what is known of a call before it is made is durable. Rejects when that cannot be. */
  intend(call: Outgoing): Promise<void> {
    const done = Promise.withResolvers<void>()
    this.#intents.push({ call, done })
    this.#intending ??= this.#sendIntents()
    return done.promise
  }

  /** Brings what waits, if the ledger takes it, and ends the run. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#cancelHeartbeat?.()
    this.#endPause?.()
    await Promise.all([this.#draining, this.#intending])
    // A run that is not closed is known to have left a gap by the next one.
    if (this.#waiting.length > 0 || this.#missed) return
    const { ledger, run, log } = this.#options
    await ledger.close(run).catch((error) => log.warn('run not closed', { reason: String(error) }))
  }

  /** One append at a time: the more calls share one, the less each of them costs. */
  async #drain(): Promise<void> {
    // Calls that end in the same turn of the event loop go together.
    await Promise.resolve()
    let batch: Batch | undefined
    let pauseMs = firstPauseMs
    while (batch || this.#waiting.length > 0 || this.#missed) {
      try {
        batch ??= this.#nextBatch()
        await this.#append(batch)
        for (const { call, done } of batch.calls) {
          this.#bytes -= call.bytes
          done.resolve()
        }
        batch = undefined
        this.#isFailing = false
        pauseMs = firstPauseMs
      } catch (error) {
        this.#failed(error, batch)
        if (this.#isClosing) break
        await this.#pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      }
    }
    // Those of a batch that never went are still not recorded.
    if (batch) this.#waiting.unshift(...batch.calls)
    this.#draining = undefined
  }

  #nextBatch(): Batch {
    const calls = this.#firstOf(this.#waiting)
    this.#waiting.splice(0, calls.length)
    const gap = this.#missed && this.#gapOf(this.#missed)
    this.#missed = undefined
    return new Batch(calls, this.#callers, gap)
  }

  /** As many as go together, and one at least. */
  #firstOf(waiting: readonly Waiting[]): readonly Waiting[] {
    const { proxyBatchMax, journalBatchBytesMax } = this.#options.limits
    let bytes = 0
    const tooMany = ({ call }: Waiting, i: number) => {
      bytes += call.bytes
      return i > 0 && (i >= proxyBatchMax || bytes > journalBatchBytesMax)
    }
    const end = waiting.findIndex(tooMany)
    return end < 0 ? [...waiting] : waiting.slice(0, end)
  }

  async #append(batch: Batch): Promise<void> {
    const { ledger, run, clock, limits, onAuditFailure } = this.#options
    const cancel = clock.after(limits.proxyPatience, () => {
      if (onAuditFailure === 'pass') this.#release('no answer in time', batch)
    })
    try {
      await batch.bring(() => ledger.append(run, batch.entries, batch.learned, this.#tally()))
    } finally {
      cancel()
    }
  }

  #tally(): Tally {
    return { waiting: this.#waiting.length, ...this.#counts }
  }

  #failed(error: unknown, batch: Batch | undefined): void {
    this.#release(String(error), batch)
    if (!(error instanceof RunEndedError)) return
    this.#isClosing = true
    this.#options.onRunEnded()
  }

  /** Nobody waits any longer; their records do. */
  #release(reason: string, batch?: Batch): void {
    const { log, onAuditFailure } = this.#options
    if (!this.#isFailing) log.warn('calls cannot be recorded now', { reason })
    this.#isFailing = true
    for (const { done } of [...(batch?.calls ?? []), ...this.#waiting]) {
      if (onAuditFailure === 'pass') done.resolve()
      else done.reject(notRecorded())
    }
  }

  async #sendIntents(): Promise<void> {
    const { ledger, run } = this.#options
    await Promise.resolve()
    while (this.#intents.length > 0) {
      const calls = this.#firstOf(this.#intents)
      this.#intents.splice(0, calls.length)
      try {
        const batch = new Batch(calls, this.#callers)
        await batch.bring(() => ledger.intend(run, batch.entries))
        for (const { done } of calls) done.resolve()
      } catch (error) {
        for (const { done } of calls) done.reject(error)
      }
    }
    this.#intending = undefined
  }

  #gapOf({ calls, from, to }: Missed): LedgerEntry {
    const { run, accountId, region, ids } = this.#options
    const eventID = ids.uuid()
    const reason = 'Calls went on while they could not be recorded and no more could be held.'
    const gap = { proxy: run.proxy, calls, from, to, reason, accountId, region }
    return { eventID, record: gapRecord(gap, eventID) }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resume) => {
      const cancel = this.#options.clock.after(ms, resume)
      this.#endPause = () => {
        cancel()
        resume()
      }
    })
  }

  /** Tells the ledger now and then that the run lives. */
  #beatLater(): void {
    const { clock, ledger, run } = this.#options
    this.#cancelHeartbeat = clock.after(heartbeatMs, () => {
      this.#beatLater()
      if (this.#draining) return
      ledger.append(run, [], [], this.#tally()).catch((error) => this.#failed(error, undefined))
    })
  }
}

function notRecorded(): Error {
  return new Error('the record of the call is not durable')
}
