import type { Clock } from '../clock.ts'
import type { Journal } from '../journal/contract.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import type { Transaction } from '../operation.ts'
import type { State } from '../state/contract.ts'
import type { Sink } from '../trails/contract.ts'
import type { BatchLimits } from './batch.ts'
import { type Progress, type SeenUpTo, trailIdOf } from './documents.ts'
import { openPlanner, type Planner } from './planner.ts'
import { TrailDelivery } from './trail-delivery.ts'

export type DeliveryOptions = Readonly<{
  state: Pick<State, 'begin' | 'commit' | 'pendingOutbox'>
  journal: Pick<Journal, 'synced' | 'onSynced' | 'append'>
  journalFolder: string
  sink: Pick<Sink, 'put'>
  clock: Clock
  log: Pick<Log, 'warn'>
  limits: BatchLimits & Pick<Limits, 'deliveryHold'>
  /** How old an event gets before it is on its way, in milliseconds. */
  interval: number
  /** Makes the names of log files unguessable; the same for as long as the data folder lives. */
  secret: string
  /** From 0 to 1; `Math.random` where absent. */
  random?: () => number
}>

/**
 * Brings each trail's events to its bucket, as log files. A trail's own cursor decides what it is owed, so
 * that no trail waits for another and nothing is lost or repeated by a crash.
 */
export interface Delivery {
  /** The lowest sequence number that any trail still needs. */
  readonly keepFrom: number
  /** Durable records that some trail has not been looked through for yet: the most of any. */
  readonly lag: number
  /** Trails whose last attempt failed. */
  readonly failing: number
  /** Delivers at once all that is owed by now; resolves when each trail has got it or has failed. */
  flush(): Promise<void>
  /** Ends within 5 seconds; what is left unfinished is done again after the next start. */
  close(): Promise<void>
}

/** Starts delivering, first of all what the last run left. */
export function openDelivery(options: DeliveryOptions): Delivery {
  const { journalFolder, secret, limits } = options
  return new Deliveries(options, openPlanner({ journalFolder, secret, limits }))
}

/** The same with another planner; closes it, too. */
export function deliverWith(
  options: Omit<DeliveryOptions, 'journalFolder' | 'secret'>,
  planner: Planner,
): Delivery {
  return new Deliveries(options, planner)
}

const closeMs = 5_000
/** Records that the journal may be ahead of `delivery-seen`: a trail made after a restart reads them. */
const seenLagMax = 10_000

class Deliveries implements Delivery {
  readonly #options: Omit<DeliveryOptions, 'journalFolder' | 'secret'>
  readonly #planner: Planner
  readonly #trails = new Map<string, TrailDelivery>()
  readonly #unsubscribe: () => void
  #cancelTimer: (() => void) | undefined
  /**
   * No trail that has no cursor yet has a record up to here. A change is committed before its record is
   * appended; so when, at some moment, a change is not visible, its record lies behind what is synced at that
   * moment. Every time we look, the trails that are new get the position at which they were not there yet as
   * their cursor; the position of this look becomes that of the next, once their cursors are durable. An
   * older position is as right, only longer to read: so it need not be durable itself each time.
   */
  #seen: number
  #seenDurable: number
  #discovering: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: Omit<DeliveryOptions, 'journalFolder' | 'secret'>, planner: Planner) {
    this.#options = options
    this.#planner = planner
    const seen = options.state.begin().get<SeenUpTo>('delivery-seen', 'journal')
    this.#seen = seen?.seq ?? 0
    this.#seenDurable = this.#seen
    this.#unsubscribe = options.journal.onSynced(() => this.#arm(options.interval))
    this.#arm(0)
  }

  get keepFrom(): number {
    const progress = this.#progress()
    const needed = progress.map(({ cursor, held }) => Math.min(cursor + 1, held?.[0] ?? cursor + 1))
    return Math.min(this.#seen + 1, ...needed)
  }

  get lag(): number {
    const { state, journal } = this.#options
    const cursors = this.#progress().map(({ cursor }) => cursor)
    if (newTrails(state.begin()).length > 0) cursors.push(this.#seen)
    return Math.max(0, ...cursors.map((cursor) => journal.synced - cursor))
  }

  get failing(): number {
    return [...this.#trails.values()].filter(({ failing }) => failing).length
  }

  async flush(): Promise<void> {
    const target = this.#options.journal.synced
    await this.#discover()
    await Promise.all([...this.#trails.values()].map((trail) => trail.flush(target)))
    this.#forgetEnded()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelTimer?.()
    this.#unsubscribe()
    const ending = [...this.#trails.values()].map((trail) => trail.close())
    await this.#planner.close()
    const { clock } = this.#options
    await new Promise<void>((resolve) => {
      const cancel = clock.after(closeMs, resolve)
      void Promise.all([this.#discovering, ...ending]).then(() => {
        cancel()
        resolve()
      })
    })
  }

  #progress(): Progress[] {
    return this.#options.state
      .begin()
      .list<Progress>('delivery')
      .map(([, progress]) => progress)
  }

  #arm(ms: number): void {
    if (this.#closed) return
    this.#cancelTimer ??= this.#options.clock.after(ms, () => {
      this.#cancelTimer = undefined
      void this.#deliverAll()
    })
  }

  async #deliverAll(): Promise<void> {
    const target = this.#options.journal.synced
    try {
      await this.#discover()
    } catch (error) {
      this.#options.log.warn('delivery: trails are not looked for', { reason: String(error) })
      this.#arm(this.#options.interval)
    }
    this.#forgetEnded()
    for (const trail of this.#trails.values()) trail.wake(target)
  }

  /** Looks for new trails; one look at a time. */
  #discover(): Promise<void> {
    const look = this.#discovering.then(() => this.#look())
    this.#discovering = look.catch(() => undefined)
    return look
  }

  async #look(): Promise<void> {
    const { state, journal } = this.#options
    const { synced } = journal
    const added = newTrails(state.begin())
    if (added.length > 0 || synced - this.#seenDurable >= seenLagMax) {
      const tx = state.begin()
      for (const id of added) tx.put('delivery', id, { cursor: this.#seen } satisfies Progress)
      tx.put('delivery-seen', 'journal', { seq: synced } satisfies SeenUpTo)
      await state.commit(tx)
      this.#seenDurable = synced
    }
    this.#seen = synced
    for (const [id] of state.begin().list('delivery')) {
      if (!this.#trails.has(id)) this.#trails.set(id, this.#trail(id))
    }
  }

  #trail(id: string): TrailDelivery {
    const { random = Math.random, ...options } = this.#options
    return new TrailDelivery(id, { ...options, planner: this.#planner, random })
  }

  #forgetEnded(): void {
    for (const [id, trail] of this.#trails) if (!trail.progress) this.#trails.delete(id)
  }
}

/** Ids of trails that have no cursor yet. */
function newTrails(tx: Transaction): string[] {
  const ids = new Set(tx.list('trail-change').map(([key]) => trailIdOf(key)))
  return [...ids].filter((id) => !tx.get('delivery', id))
}
