// Trails, a journal and buckets in memory, for tests of delivery: everything that happens is told by the test.
import { gunzipSync } from 'node:zlib'
import { makeBatch } from '../src/delivery/batch.ts'
import { type Delivery, type DeliveryOptions, deliverWith } from '../src/delivery/delivery.ts'
import type { Planner } from '../src/delivery/planner.ts'
import { openMemoryJournal } from '../src/journal/memory-journal.ts'
import type { Read, ReadOptions } from '../src/journal/read.ts'
import type { Destination, Selectors, SinkObject, Trail } from '../src/trails/contract.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryState } from './memory-state.ts'
import { Mortal } from './mortal.ts'
import { type SampleEvent, sampleEvent } from './sample-events.ts'

export const accountId = '111122223333'
export const startedAt = Date.parse('2026-11-21T04:44:23Z')
export const interval = 60_000
const limits = {
  deliveryBatchBytes: 32 * 1024 * 1024,
  deliveryBatchRecords: 50_000,
  deliveryBatchFiles: 500,
  deliveryBatchSpan: 24 * 3600_000,
  deliveryScanBytes: 128 * 1024 * 1024,
  deliveryHold: 30 * 24 * 3600_000,
}

type Fields = Readonly<Record<string, any>>
export type Put = Readonly<{ destination: Destination; object: SinkObject }>

/** Bounds smaller than the real ones, so that a test reaches them. */
export type WorldOptions = Readonly<{ limits?: Partial<DeliveryOptions['limits']> }>

export class World extends Mortal {
  readonly clock = new ManualClock(startedAt)
  readonly state = new MemoryState()
  readonly journal = openMemoryJournal({ clock: this.clock, retentionDays: 1_000 })
  /** By bucket and key: what lies there. */
  readonly objects = new Map<string, Map<string, SinkObject>>()
  /** Every put that was tried, in order. */
  readonly puts: Put[] = []
  readonly warnings: Array<readonly [string, Fields | undefined]> = []
  /** May throw, before or after it calls `store`. */
  take: (put: Put, store: () => void) => Promise<void> | void = (_, store) => store()
  /** Sequence numbers that cannot be read. */
  readonly damaged = new Set<number>()
  readonly #limits: typeof limits
  #trails = new Map<string, Trail>()
  #requests = 0
  #events = 0

  constructor(options: WorldOptions = {}) {
    super()
    this.#limits = { ...limits, ...options.limits }
  }

  /** Starts delivery; what an earlier one still does has no effect from now on. */
  open(): Delivery {
    const effect = this.live()
    const { state, journal, clock } = this
    return deliverWith(
      {
        state: {
          begin: () => state.begin(),
          commit: (tx) => effect(() => state.commit(tx)),
          pendingOutbox: () => state.pendingOutbox(),
        },
        journal: {
          get synced() {
            return journal.synced
          },
          onSynced: (listener) => journal.onSynced(listener),
          append: (entries, options) => effect(() => journal.append(entries, options)),
        },
        sink: { put: (destination, object) => effect(() => this.#put({ destination, object })) },
        clock,
        log: { warn: (event, fields) => void this.warnings.push([event, fields]) },
        limits: this.#limits,
        interval,
        random: () => 1,
      },
      this.planner(),
    )
  }

  planner(): Planner {
    const sources = {
      read: (options: ReadOptions) => this.#read(options),
      compile: accepts,
      secret: 'secret',
      limits: this.#limits,
    }
    return { plan: async (request) => makeBatch(request, sources), close: async () => undefined }
  }

  async #put(put: Put): Promise<void> {
    this.puts.push(put)
    const { bucket } = put.destination
    await this.take(put, () => {
      const objects = this.objects.get(bucket) ?? new Map<string, SinkObject>()
      this.objects.set(bucket, objects)
      const there = objects.get(put.object.key)
      if (there && !there.body.equals(put.object.body)) throw new Error('another body, same key')
      objects.set(put.object.key, put.object)
    })
  }

  #read(options: ReadOptions): Read {
    const read = this.journal.read(options)
    const flawed = read.records.filter(({ seq }) => this.damaged.has(seq))
    const records = read.records.filter(({ seq }) => !this.damaged.has(seq))
    const flaw = { file: 'segment', start: 0, end: 0, reason: 'checksum' }
    return { ...read, records, damage: flawed.map(({ seq }) => ({ ...flaw, seq })) }
  }

  /** Appends an event; by default one that a trail of management events gets. */
  async event(members: SampleEvent = {}, from = 'ingest:cloudtrail'): Promise<number> {
    const eventID = `event-${++this.#events}`
    const event = sampleEvent(this.clock.now(), { eventID, ...members })
    return await this.append(JSON.stringify(event), from)
  }

  async append(record: string, from: string): Promise<number> {
    const { seqs } = await this.journal.append([{ from, record: Buffer.from(record) }])
    return seqs[0]!
  }

  /** What delivering causes: recorded, and nobody's batch. */
  footprint(members: SampleEvent = {}): Promise<number> {
    return this.event({ eventName: 'PutObject', ...members }, 'delivery')
  }

  /** A trail and its CreateTrail and StartLogging. */
  async trail(id: string, settings: Partial<Trail> = {}): Promise<void> {
    await this.change(id, settings)
    await this.change(id, { isLogging: true })
  }

  /** A change of a trail, or its deletion, with the record of its call. */
  async change(id: string, settings: Partial<Trail> | 'delete'): Promise<void> {
    const record = await this.commitChange(id, settings)
    await record()
  }

  /** The change is visible; its record comes when the returned function is called. */
  async commitChange(
    id: string,
    settings: Partial<Trail> | 'delete',
  ): Promise<() => Promise<number>> {
    const requestId = `request-${++this.#requests}`
    const before = this.#trails.get(id) ?? newTrail(id)
    const version = before.version + 1
    const after = settings === 'delete' ? undefined : { ...before, ...settings, version }
    this.#trails.set(id, after ?? { ...before, version })
    const tx = this.state.begin()
    const change = { requestId, after, version, at: this.clock.now() }
    tx.put('trail-change', `${id}/${requestId}`, change)
    this.changes.push({ trailId: id, requestId, after, version })
    await this.state.commit(tx)
    const eventName = settings === 'delete' ? 'DeleteTrail' : 'UpdateTrail'
    const members = { eventName, eventSource: 'cloudtrail.amazonaws.com', requestID: requestId }
    return () => this.event({ ...members, readOnly: false }, 'own')
  }

  /** All changes ever made; the model's only source. */
  readonly changes: Array<{
    trailId: string
    requestId: string
    after: Trail | undefined
    version: number
  }> = []

  /**
   * What each trail must have got, by an evaluation of its own that goes through the whole journal record by
   * record: texts of records by trail, in order.
   */
  owed(trailId: string): string[] {
    let trail: Trail | undefined
    let version = 0
    const owed: string[] = []
    for (const { record, from } of this.journal.read({ from: 1, bytesMax: 1e12 }).records) {
      const event = JSON.parse(record.toString())
      if (trail?.isLogging && isFor(trail, event, from)) owed.push(record.toString())
      const change = this.changes.find(
        (one) => one.trailId === trailId && from === 'own' && one.requestId === event.requestID,
      )
      if (!change || change.version <= version) continue
      trail = change.after
      version = change.version
    }
    return owed
  }

  /** Texts of the records in all log files of a bucket. */
  delivered(bucket: string): string[] {
    return this.files(bucket).flatMap(({ content }) => recordsIn(content))
  }

  files(bucket: string): Array<{ key: string; content: string }> {
    const objects = [...(this.objects.get(bucket)?.values() ?? [])]
    return objects.map(({ key, body }) => ({ key, content: gunzipSync(body).toString() }))
  }

  /** Documents of a kind, by key. */
  documents<T = any>(kind: string): Map<string, T> {
    return new Map(this.state.begin().list<T>(kind))
  }
}

export function newTrail(id: string): Trail {
  return {
    id,
    name: id,
    accountId,
    homeRegion: 'us-east-1',
    arn: `arn:aws:cloudtrail:us-east-1:${accountId}:trail/${id}`,
    version: 0,
    bucket: `${id}-bucket`,
    prefix: '',
    includeGlobalServiceEvents: true,
    isMultiRegion: true,
    logFileValidation: true,
    recursiveLogging: false,
    isLogging: false,
    createdAt: startedAt,
    selectors: select('All'),
    insightSelectors: [],
    tags: {},
  }
}

/** Basic selectors of management events. */
export function select(ReadWriteType: 'All' | 'ReadOnly' | 'WriteOnly'): Selectors {
  const basic = {
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  }
  return { isCustom: true, basic: [{ ReadWriteType, ...basic }] }
}

function accepts({ basic = [] }: Selectors): (record: Fields) => boolean {
  const { ReadWriteType } = basic[0]!
  return ({ eventCategory, readOnly }) =>
    eventCategory === 'Management' &&
    (ReadWriteType === 'All' || readOnly === (ReadWriteType === 'ReadOnly'))
}

function isFor(trail: Trail, event: Fields, from: string): boolean {
  if (from === 'delivery' && !trail.recursiveLogging) return false
  const account = event['recipientAccountId'] ?? event['userIdentity']?.accountId
  if (account !== trail.accountId) return false
  if (!trail.isMultiRegion && event['awsRegion'] !== trail.homeRegion) return false
  const global = event['awsRegion'] === 'us-east-1' && event['eventSource'] === 'iam.amazonaws.com'
  if (global && !trail.includeGlobalServiceEvents) return false
  return accepts(trail.selectors)(event)
}

/** Records as they stand in a log file; they have no `},{"eventVersion"` within. */
function recordsIn(content: string): string[] {
  const inner = /^\{"Records":\[(.*)\]\}$/s.exec(content)![1]!
  return inner.split(/,(?=\{"eventVersion")/)
}
