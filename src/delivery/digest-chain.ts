import type { Clock } from '../clock.ts'
import { type BuiltDigest, buildDigest, type DigestContents } from '../digest/build.ts'
import { ConflictError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Transaction } from '../operation.ts'
import type { State } from '../state/contract.ts'
import type { DeliveredLogFile, DigestStatus, Sink, Trail } from '../trails/contract.ts'
import { type ChainState, chainKey, type DigestPlan } from './digest-documents.ts'
import { namesakesEnd, trailOf } from './digest-namesakes.ts'
import type { Schedule } from './digest-schedule.ts'
import { advanced, type DigestLimits, type Due, nextStep } from './digest-step.ts'
import { turnsOf } from './digest-turns.ts'
import { codeOf, destinationOf, gzippedJson as headers, isBucketLost } from './putting.ts'
import { Retrying } from './retrying.ts'
import type { Signer, SigningKeys } from './signing-keys.ts'

export type ChainOptions = Readonly<{
  state: Pick<State, 'begin' | 'commit'>
  sink: Pick<Sink, 'put'>
  clock: Clock
  log: Pick<Log, 'warn'>
  keys: SigningKeys
  schedule: Schedule
  limits: DigestLimits
  /** From 0 to 1: keeps chains that fail together from trying again together. */
  random(): number
}>

/**
 * The digests of one trail in one Region. Each takes three steps: its plan is committed, it is put, and the
 * state that the next one is linked to is committed with what it lists. A crash in between leads to the same
 * plan and the same bytes again. A failure concerns this chain only, which tries again ever more slowly;
 * later digests wait for it, as each one is linked to the one before.
 */
export class DigestChain {
  readonly #trailId: string
  readonly #region: string
  readonly #key: string
  readonly #options: ChainOptions
  readonly #retrying: Retrying

  constructor(trailId: string, region: string, options: ChainOptions) {
    this.#trailId = trailId
    this.#region = region
    this.#key = chainKey(trailId, region)
    this.#options = options
    const { clock, log, random } = options
    this.#retrying = new Retrying({
      work: () => this.#work(),
      onFailure: (reason, pauseMs) => {
        log.warn('digests fail', { trail: trailId, region, reason, pauseMs })
      },
      clock,
      random,
    })
  }

  /** Its last attempt failed. */
  get failing(): boolean {
    return this.#retrying.failing
  }

  /** It was tried whether the digests that are due can be made, and if they cannot, for a while. */
  get hasTried(): boolean {
    const { hasRun, failing, failingLong } = this.#retrying
    return hasRun && (!failing || failingLong)
  }

  /** Undefined once its trail was deleted and is done with. */
  get state(): ChainState | undefined {
    return this.#options.state.begin().get<ChainState>('digest-chain', this.#key)
  }

  /** Makes what is due, unless it waits because it failed. */
  wake(): void {
    this.#retrying.wake()
  }

  /** Makes at once what is due; resolves when that is done or has failed. */
  flush(): Promise<void> {
    return this.#retrying.flush()
  }

  /** Begins nothing any more; resolves when what is under way has ended. */
  close(): Promise<void> {
    return this.#retrying.close()
  }

  async #work(): Promise<void> {
    while (!this.#retrying.closed && (await this.#step()));
  }

  /** False when nothing is due. */
  async #step(): Promise<boolean> {
    try {
      const trail = trailOf(this.#options.state.begin(), this.#trailId)
      const { state: chain } = this
      if (!trail || !chain) return false
      if (chain.plan) await this.#deliver(trail, chain, chain.plan)
      else return await this.#plan(trail)
      return true
    } catch (error) {
      if (error instanceof ConflictError) return true
      throw error
    }
  }

  /** Writes down what comes next: a turn that is passed or the plan of a digest. */
  async #plan(trail: Trail): Promise<boolean> {
    const { state, clock, schedule, limits, keys } = this.#options
    const tx = state.begin()
    const chain = tx.get<ChainState>('digest-chain', this.#key)
    if (!chain) return false
    const step = nextStep({
      chain,
      region: this.#region,
      homeRegion: trail.homeRegion,
      turns: turnsOf(tx, this.#trailId),
      files: tx.list<DeliveredLogFile>('delivered-file', `${this.#key}/`),
      now: clock.now(),
      schedule,
      limits,
      namesakesEnd: namesakesEnd(tx, trail, this.#region),
    })
    if (!step) return false
    if (step.chain) {
      // Whoever looks for keys before the first digest finds the one that it will have.
      if (step.chain.open && !chain.open) await keys.signer(this.#region, step.chain.open.start)
      tx.put('digest-chain', this.#key, step.chain)
    } else {
      const { fingerprint } = await this.#signer(step.due)
      const { bucket, prefix } = trail
      const plan: DigestPlan = { ...step.due, bucket, prefix, fingerprint }
      tx.put('digest-chain', this.#key, { ...chain, plan } satisfies ChainState)
    }
    await state.commit(tx)
    return true
  }

  /** Of a backfill digest, the time it was made is looked at. */
  #signer(due: Due & { fingerprint?: string }): Promise<Signer> {
    const time = due.kind === 'backfill' ? due.generatedAt : due.endTime
    return this.#options.keys.signer(this.#region, time, due.fingerprint)
  }

  async #deliver(trail: Trail, chain: ChainState, plan: DigestPlan): Promise<void> {
    const signer = await this.#signer(plan)
    const built = this.#build(trail, chain, plan, signer)
    const { key, stored: body, metadata } = built
    const meta = Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])
    const { bucket, prefix } = plan
    const destination = destinationOf({ ...trail, bucket, prefix }, this.#region)
    const object = { key, body, headers: { ...headers, ...Object.fromEntries(meta) } }
    try {
      await this.#options.sink.put(destination, object)
    } catch (error) {
      if (await this.#refused(trail, plan, error)) return
      throw error
    }
    await this.#commit((tx) => {
      tx.put('digest-chain', this.#key, advanced(chain, plan, built.link))
      for (const file of plan.files) tx.delete('delivered-file', file)
      const status: DigestStatus = { latestDigestDeliveryTime: this.#options.clock.now() }
      tx.put('digest-status', this.#key, status)
    })
    this.#retrying.succeeded()
  }

  #build(trail: Trail, chain: ChainState, plan: DigestPlan, signer: Signer): BuiltDigest {
    const { kind, bucket, prefix, startTime, endTime, generatedAt } = plan
    const tx = this.#options.state.begin()
    const isBackfill = kind === 'backfill'
    const contents: DigestContents = {
      chain: {
        prefix,
        accountId: trail.accountId,
        region: this.#region,
        trailName: trail.name,
        homeRegion: trail.homeRegion,
        backfill: isBackfill,
      },
      bucket,
      startTime,
      endTime,
      previous: (isBackfill ? chain.backfill : chain.open)?.previous ?? null,
      files: plan.files.map((key) => tx.get<DeliveredLogFile>('delivered-file', key)!),
      generatedAt,
    }
    return buildDigest(contents, signer)
  }

  /** What a bucket refuses goes to the one that has replaced it since: true when there is one. */
  async #refused(trail: Trail, plan: DigestPlan, error: unknown): Promise<boolean> {
    const { bucket, prefix } = trail
    const isElsewhere = bucket !== plan.bucket || prefix !== plan.prefix
    const hasMoved = isElsewhere && isBucketLost(error)
    await this.#commit((tx) => {
      const { latestDigestDeliveryTime } = tx.get<DigestStatus>('digest-status', this.#key) ?? {}
      const status: DigestStatus = {
        latestDigestDeliveryTime,
        latestDigestDeliveryError: codeOf(error),
      }
      tx.put('digest-status', this.#key, status)
      if (!hasMoved) return
      const chain = tx.get<ChainState>('digest-chain', this.#key)
      tx.put('digest-chain', this.#key, { ...chain, plan: { ...plan, bucket, prefix } })
    })
    return hasMoved
  }

  /** Writes nothing when the trail is forgotten, its last digests given up. */
  async #commit(write: (tx: Transaction) => void): Promise<void> {
    const { state } = this.#options
    const tx = state.begin()
    if (tx.get('digest-chain', this.#key)) write(tx)
    await state.commit(tx)
  }
}
