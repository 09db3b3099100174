import type { Clock } from '../clock.ts'
import type { Journal } from '../journal/contract.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import type { Transaction } from '../operation.ts'
import type { State } from '../state/contract.ts'
import type { Sink, Trail, TrailChange } from '../trails/contract.ts'
import type { Batch, BatchRequest } from './batch.ts'
import { noteTurn } from './digest-turns.ts'
import type { Progress } from './documents.ts'
import { gapRecord } from './gap.ts'
import type { LogFile } from './log-files.ts'
import type { Planner } from './planner.ts'
import { codeOf, destinationOf, gzippedJson as headers, isBucketLost } from './putting.ts'
import { endTrail, noteDelivery, noteFailure } from './records.ts'
import { Retrying } from './retrying.ts'

export type TrailDeliveryOptions = Readonly<{
  state: Pick<State, 'begin' | 'commit' | 'pendingOutbox'>
  journal: Pick<Journal, 'synced' | 'append'>
  planner: Planner
  sink: Pick<Sink, 'put'>
  clock: Clock
  log: Pick<Log, 'warn'>
  limits: Pick<Limits, 'deliveryHold'>
  /** From 0 to 1: keeps trails that fail together from trying again together. */
  random(): number
}>

/** The trail as a step found it. */
type Found = Readonly<{
  progress: Progress
  synced: number
  changes: readonly TrailChange[]
  /** Request ids whose records may not be in the journal yet. */
  unrecorded: ReadonlySet<unknown>
}>

const putsAtOnce = 4
/** Footprint goes without a batch of other events when there is so much of it, or it is so old. */
const heldMax = 1_000
const heldMaxMs = 24 * 3600_000

/**
 * Delivers one trail, batch after batch. Each batch takes three steps: its plan is committed, its files are
 * put, its end is committed. A crash in between leads to the same plan again, which makes the same files, so
 * that putting them again changes nothing. A failure concerns this trail only, which tries again ever more
 * slowly.
 */
export class TrailDelivery {
  readonly id: string
  readonly #options: TrailDeliveryOptions
  readonly #retrying: Retrying
  #target = 0
  /** What the sink said last, when it refused. */
  #refusal: unknown

  constructor(id: string, options: TrailDeliveryOptions) {
    this.id = id
    this.#options = options
    const { clock, log, random } = options
    this.#retrying = new Retrying({
      work: () => this.#work(),
      onFailure: (reason, pauseMs) => {
        const trail = this.progress?.trail?.arn ?? id
        log.warn('delivery fails', { trail, reason, pauseMs })
      },
      clock,
      random,
    })
  }

  /** Its last attempt failed. */
  get failing(): boolean {
    return this.#retrying.failing
  }

  /** Undefined once it was deleted and is done with. */
  get progress(): Progress | undefined {
    return this.#options.state.begin().get<Progress>('delivery', this.id)
  }

  /** Delivers what lies up to `target`, unless it waits because it failed. */
  wake(target: number): void {
    this.#target = Math.max(this.#target, target)
    this.#retrying.wake()
  }

  /** Tries at once what lies up to `target`; resolves when that is done or has failed. */
  async flush(target: number): Promise<void> {
    this.#target = Math.max(this.#target, target)
    await this.#retrying.flush()
  }

  /** Begins nothing any more; resolves when what is under way has ended. */
  close(): Promise<void> {
    return this.#retrying.close()
  }

  async #work(): Promise<void> {
    while (!this.#retrying.closed && (this.progress?.cursor ?? this.#target) < this.#target) {
      if (await this.#step()) this.#retrying.succeeded()
    }
  }

  /** One batch, or what has to come before it: true when the batch was delivered. */
  async #step(): Promise<boolean> {
    const found = this.#look()
    if (await this.#redirect(found)) return false
    const batch = await this.#options.planner.plan(this.#request(found))
    if (batch.damage.length > 0) {
      const { damage } = batch
      this.#options.log.warn('delivery: journal damage', { trail: this.id, damage })
    }
    if (batch.files.length > 0) {
      if (!(await this.#plan(found, batch))) return false
      const failure = await this.#put(found, batch)
      if (failure && !this.#retrying.closed) return await this.#failed(found, batch, failure.error)
    }
    if (this.#retrying.closed) return false
    await this.#finish(found, batch, true)
    return true
  }

  /**
   * Within one turn, so that nothing comes between: a change is visible before its record is appended, so
   * every change with a record up to `synced` is among these.
   */
  #look(): Found {
    const { state, journal } = this.#options
    const tx = state.begin()
    const changes = tx.list<TrailChange>('trail-change', `${this.id}/`).map(([, change]) => change)
    const progress = tx.get<Progress>('delivery', this.id)!
    const outbox = changes.length > 0 ? state.pendingOutbox() : []
    const unrecorded = new Set(outbox.map(({ record }) => requestIdOf(record)))
    return { progress, synced: journal.synced, changes, unrecorded }
  }

  #request({ progress, synced, changes, unrecorded }: Found): BatchRequest {
    const { cursor, trail, plan, held = [], heldSince, attempt = 0 } = progress
    const age = heldSince === undefined ? 0 : this.#options.clock.now() - heldSince
    return {
      trailId: this.id,
      trail,
      from: cursor + 1,
      to: plan?.to ?? synced,
      synced,
      changes: changes.map(({ requestId, version }) => {
        return { requestId, version, recorded: !unrecorded.has(requestId) }
      }),
      held,
      heldSince,
      footprintAlone: plan !== undefined || held.length >= heldMax || age >= heldMaxMs,
      attempt,
    }
  }

  /**
   * What a bucket refuses goes to the one that has replaced it since, instead of waiting for the old one for
   * 30 days. Only what it took of the same batch before is then in both.
   */
  async #redirect({ progress, changes }: Found): Promise<boolean> {
    const { trail, plan } = progress
    if (!trail || !plan || !isBucketLost(this.#refusal)) return false
    const latest = changes.reduce<Trail>(
      (latest, { after }) => (after && after.version > latest.version ? after : latest),
      trail,
    )
    const { bucket, prefix } = latest
    if (bucket === trail.bucket && prefix === trail.prefix) return false
    this.#refusal = undefined
    await this.#abandonPlan({ ...progress, trail: { ...trail, bucket, prefix } })
    return true
  }

  /** Writes the plan down; false when it is not the one that was written down before. */
  async #plan({ progress }: Found, { to, files }: Batch): Promise<boolean> {
    const plan = { to, files: files.map(({ key, sha256 }) => ({ key, sha256 })) }
    if (!progress.plan) {
      await this.#commit((tx) => tx.put('delivery', this.id, { ...progress, plan }))
      return true
    }
    if (JSON.stringify(progress.plan) === JSON.stringify(plan)) return true
    // The journal has been damaged since, or another version of this program made the plan.
    this.#options.log.warn('delivery: a plan cannot be repeated', { trail: this.id, to })
    await this.#abandonPlan(progress)
    return false
  }

  async #abandonPlan({ plan: _, attempt = 0, ...progress }: Progress): Promise<void> {
    const next: Progress = { ...progress, attempt: attempt + 1 }
    await this.#commit((tx) => tx.put('delivery', this.id, next))
  }

  /** Puts the files, some at a time, until all are there or one was refused. */
  async #put(found: Found, { files }: Batch): Promise<{ error: unknown } | undefined> {
    const waiting = [...files]
    let failure: { error: unknown } | undefined
    const putter = async () => {
      for (
        let file = waiting.shift();
        file && !failure && !this.#retrying.closed;
        file = waiting.shift()
      ) {
        await this.#putFile(found.progress.trail!, file).catch((error) => {
          failure ??= { error }
        })
      }
    }
    await Promise.all(Array.from({ length: putsAtOnce }, putter))
    return failure
  }

  #putFile(trail: Trail, { key, region, body }: LogFile): Promise<void> {
    return this.#options.sink.put(destinationOf(trail, region), { key, body, headers })
  }

  /** Writes the failure down and rejects with it; gives up instead what is too old to be tried again. */
  async #failed(found: Found, batch: Batch, error: unknown): Promise<boolean> {
    const { clock, limits, journal } = this.#options
    const now = clock.now()
    const code = codeOf(error)
    this.#refusal = error
    await this.#commit((tx) => noteFailure(tx, this.id, batch.files, code, now))
    const isOld = now - batch.newestArrival >= limits.deliveryHold
    if (!isOld || !this.#retrying.failingLong) throw error
    const record = gapRecord(found.progress, batch, code, limits.deliveryHold)
    await journal.append([{ from: 'own', record }], { once: true })
    await this.#finish(found, batch, false)
    return false
  }

  /** Moves the cursor behind the batch, with all that follows from it. */
  async #finish({ progress, changes }: Found, batch: Batch, delivered: boolean): Promise<void> {
    const { clock } = this.#options
    const { trail } = progress
    const { to: cursor, held, heldSince, effective } = batch
    const change = changes.find(({ requestId }) => requestId === effective)
    await this.#commit((tx) => {
      if (trail && delivered) noteDelivery(tx, trail, batch.files, clock.now())
      if (change) noteTurn(tx, this.id, { before: trail, ...change, at: clock.now() })
      if (change && !change.after) {
        endTrail(tx, this.id, trail, clock.now())
        return
      }
      for (const requestId of batch.passed) tx.delete('trail-change', `${this.id}/${requestId}`)
      const waiting = held.length > 0 ? { held, heldSince } : {}
      const next: Progress = { cursor, trail: change?.after ?? trail, ...waiting }
      tx.put('delivery', this.id, next)
    })
  }

  async #commit(write: (tx: Transaction) => void): Promise<void> {
    const { state } = this.#options
    const tx = state.begin()
    write(tx)
    await state.commit(tx)
  }
}

function requestIdOf(record: Buffer): unknown {
  return (JSON.parse(record.toString()) as { requestID?: unknown }).requestID
}
