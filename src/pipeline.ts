// The consumers of the journal, each with its own cursor and at its own pace: one that is slow or fails holds
// back nobody but old segments.
import { join } from 'node:path'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { type Delivery, openDelivery } from './delivery/delivery.ts'
import { type Digests, openDigests } from './delivery/digests.ts'
import type { Progress } from './delivery/documents.ts'
import { openSigningKeys } from './delivery/signing-keys.ts'
import { indexedUpTo } from './history/catalog.ts'
import { type History, openHistory } from './history/history.ts'
import type { Journal } from './journal/contract.ts'
import { limits } from './limits.ts'
import type { Log } from './log.ts'
import type { State } from './state/contract.ts'
import type { Sink } from './trails/contract.ts'

export type PipelineOptions = Readonly<{
  config: Config
  state: State
  journal: Journal
  journalFolder: string
  /** The data folder. */
  data: string
  sink: Sink
  /** Makes names and times of trails' files unguessable; the same for as long as the data folder lives. */
  secret: string
  clock: Clock
  log: Log
}>

export type Pipeline = Readonly<{
  history: History
  delivery: Delivery
  digests: Digests
  close(): Promise<void>
}>

const retentionEvery = 3600_000

/** The last record that a consumer has read, by what they have written down; 0 where none has. */
export function readUpTo(data: string, state: State): number {
  const delivered = state.begin().list<Progress>('delivery')
  return Math.max(indexedUpTo(join(data, 'history')), ...delivered.map(([, { cursor }]) => cursor))
}

export function startPipeline(options: PipelineOptions): Pipeline {
  const { config, journal, journalFolder, data, clock, log } = options
  const history = openHistory({
    folder: join(data, 'history'),
    journalFolder,
    clock,
    limits,
    onTrouble: (trouble) => log.warn('history', trouble),
  })
  history.advance(journal.synced)
  journal.onSynced((seq) => history.advance(seq))

  const delivery = openDelivery({ ...options, limits, interval: config.deliveryInterval })
  const keys = openSigningKeys(options)
  const { regions, digestInterval: interval } = config
  const digests = openDigests({ ...options, limits, keys, regions, interval })

  let lookedAt = clock.now()
  /** Old segments go when nobody needs them any more; none by a clock that has leapt since the last time. */
  const retain = () => {
    const now = clock.now()
    const keepFrom = Math.min(history.cursor, delivery.keepFrom)
    if (now - lookedAt < 2 * retentionEvery) {
      journal.retain(keepFrom).catch((error) => log.error('retention failed', error))
    } else log.info('the clock has leapt: nothing of the journal is given up for now', { now })
    lookedAt = now
    cancel = clock.after(retentionEvery, retain)
  }
  let cancel = clock.after(retentionEvery, retain)
  return {
    history,
    delivery,
    digests,
    async close() {
      cancel()
      await Promise.all([digests.close(), delivery.close(), history.close()])
    },
  }
}
