import type { Clock } from '../clock.ts'
import { ConflictError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import type { State } from '../state/contract.ts'
import type { Sink } from '../trails/contract.ts'
import { DigestChain } from './digest-chain.ts'
import type { ChainState } from './digest-documents.ts'
import { dropEnds, waitingTrails } from './digest-namesakes.ts'
import { trailsOf, updateRoster } from './digest-roster.ts'
import { scheduleOf } from './digest-schedule.ts'
import type { DigestLimits } from './digest-step.ts'
import type { SigningKeys } from './signing-keys.ts'

export type DigestOptions = Readonly<{
  state: Pick<State, 'begin' | 'commit'>
  sink: Pick<Sink, 'put'>
  clock: Clock
  log: Pick<Log, 'warn'>
  limits: DigestLimits & Pick<Limits, 'deliveryHold'>
  keys: SigningKeys
  /** The Regions that exist: a multi-Region trail has digests in each, also where nothing happens. */
  regions: readonly string[]
  /** The time that one digest covers, in milliseconds; whole seconds. */
  interval: number
  /**
   * Says at which second of the interval a trail's digests end; the same as long as the data folder lives.
   */
  secret: string
  /** From 0 to 1; `Math.random` where absent. */
  random?: () => number
}>

/**
 * Makes the digests of every trail that has log file validation, for each Region on its own: signed lists of
 * what was delivered, each linked to the one before as it was kept here, never as it lies in the bucket.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
 */
export interface Digests {
  /** Chains whose last attempt failed. */
  readonly failing: number
  /** Makes at once all that is due by now; resolves when each chain is done or has failed. */
  flush(): Promise<void>
  /** Ends within 5 seconds; what is left unfinished is done again after the next start. */
  close(): Promise<void>
}

export function openDigests(options: DigestOptions): Digests {
  return new AllDigests(options)
}

const closeMs = 5_000
const shortestLookMs = 100
const longestLookMs = 10_000
/** Private keys are looked through so often. */
const tidyMs = 3600_000

class AllDigests implements Digests {
  readonly #options: DigestOptions
  readonly #chains = new Map<string, DigestChain>()
  #looking: Promise<void> = Promise.resolve()
  #cancelTimer: (() => void) | undefined
  #tidiedAt = 0
  #closed = false

  constructor(options: DigestOptions) {
    this.#options = options
    this.#arm(0)
  }

  get failing(): number {
    return [...this.#chains.values()].filter(({ failing }) => failing).length
  }

  async flush(): Promise<void> {
    await this.#look()
    await Promise.all(this.#awake().map((chain) => chain.flush()))
    await this.#look()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer?.()
    const ending = [...this.#chains.values()].map((chain) => chain.close())
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(closeMs, resolve)
      void Promise.all([this.#looking, ...ending]).then(() => {
        cancel()
        resolve()
      })
    })
  }

  /** Looks at what is due some twenty times an interval, so that a digest comes soon after its end. */
  #arm(ms: number): void {
    if (this.#closed) return
    this.#cancelTimer = this.#options.clock.after(ms, () => {
      void this.#look().then(() => {
        for (const chain of this.#awake()) chain.wake()
        const often = Math.max(this.#options.interval / 20, shortestLookMs)
        this.#arm(Math.min(often, longestLookMs))
      })
    })
  }

  /** One look at a time; never rejects. */
  #look(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#update())
      .catch((error) => {
        if (error instanceof ConflictError) return
        this.#options.log.warn('digests: trails are not looked for', { reason: String(error) })
      })
    return this.#looking
  }

  async #update(): Promise<void> {
    const { state } = this.#options
    for (const trailId of trailsOf(state.begin())) {
      if (!this.#closed) await this.#updateTrail(trailId)
    }
    const chains = state.begin().list<ChainState>('digest-chain')
    for (const [key] of chains) {
      if (!this.#chains.has(key)) this.#chains.set(key, this.#chain(key))
    }
    for (const [key, chain] of this.#chains) {
      if (!chain.state) void chain.close().then(() => this.#chains.delete(key))
    }
    await this.#tidy(chains.map(([, chain]) => chain))
  }

  async #updateTrail(trailId: string): Promise<void> {
    const { state, clock, regions, limits, log } = this.#options
    const hasTried = (chain: string) => this.#chains.get(chain)?.hasTried ?? false
    for (;;) {
      const tx = state.begin()
      const options = { regions, now: clock.now(), hold: limits.deliveryHold, hasTried }
      const givenUp = updateRoster(tx, trailId, options)
      if (!tx.dirty) return
      try {
        await state.commit(tx)
        if (givenUp) log.warn('digests: the last ones of a deleted trail are given up', givenUp)
        return
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error
      }
    }
  }

  #awake(): DigestChain[] {
    const tx = this.#options.state.begin()
    const waiting = waitingTrails(tx, trailsOf(tx))
    const awake = [...this.#chains].filter(([key]) => !waiting.has(key.split('/', 1)[0]!))
    return awake.map(([, chain]) => chain)
  }

  #chain(key: string): DigestChain {
    const [trailId, region] = key.split('/', 2) as [string, string]
    const { interval, secret, random = Math.random, ...options } = this.#options
    const schedule = scheduleOf(trailId, interval, secret)
    return new DigestChain(trailId, region, { ...options, schedule, random })
  }

  /** Takes away what is old, and private keys that no digest to come can be signed with. */
  async #tidy(chains: readonly ChainState[]): Promise<void> {
    const { clock, keys, state } = this.#options
    const now = clock.now()
    if (Math.abs(now - this.#tidiedAt) < tidyMs) return
    this.#tidiedAt = now
    const needed = chains.flatMap(({ open, plan }) => [
      ...(open ? [open.start] : []),
      ...(plan ? [plan.endTime] : []),
    ])
    const tx = state.begin()
    dropEnds(tx, now)
    await state.commit(tx)
    await keys.dropPrivate([now, ...needed].reduce((a, b) => Math.min(a, b)))
  }
}
