import type { Damage, JournalRecord } from '../journal/contract.ts'
import type { Read, ReadOptions } from '../journal/read.ts'
import type { Limits } from '../limits.ts'
import type { Selectors, Trail } from '../trails/contract.ts'
import { type LogFile, LogFiles } from './log-files.ts'
import { covers, placementOf } from './placement.ts'

export type BatchRequest = Readonly<{
  trailId: string
  /** As it is before the batch; undefined before the record of its creation. */
  trail?: Trail
  /** The journal's records that may go in. */
  from: number
  to: number
  /** What is known to be in the journal: at least `to`. */
  synced: number
  /** Changes of the trail whose records have not been passed; all that could lie up to `to`. */
  changes: readonly PendingChange[]
  /** Footprint that waits. */
  held: readonly number[]
  heldSince?: number
  /** Makes files of footprint even when nothing else is owed. */
  footprintAlone: boolean
  attempt: number
}>

export type PendingChange = Readonly<{
  requestId: string
  version: number
  /** Its record is in the journal up to `synced`, if it is not damaged. */
  recorded: boolean
}>

/** What a trail is owed of a stretch of the journal in which it does not change. */
export type Batch = Readonly<{
  /** The last sequence number that was looked at; one below `from` when there was none. */
  to: number
  files: readonly LogFile[]
  events: number
  /** When the last of its events came in, in milliseconds. */
  newestArrival: number
  /** Changes that are passed with it, by request id. */
  passed: readonly string[]
  /** The one of them that counts behind it. */
  effective?: string
  held: readonly number[]
  heldSince?: number
  damage: readonly Damage[]
}>

export type BatchSources = Readonly<{
  read(options: ReadOptions): Read
  /** Compiles a trail's selectors to a test of parsed records. */
  compile(selectors: Selectors): (record: Fields) => boolean
  secret: string
  limits: BatchLimits
}>

export type BatchLimits = Pick<
  Limits,
  | 'deliveryBatchBytes'
  | 'deliveryBatchRecords'
  | 'deliveryBatchFiles'
  | 'deliveryBatchSpan'
  | 'deliveryScanBytes'
>

export type Fields = Readonly<Record<string, unknown>>

const readBytes = 4 * 1024 * 1024

/**
 * Makes the next batch. It ends with the record of a call that changed the trail, so that one trail with one
 * set of selectors and one bucket counts for all of it; that record itself is still judged by the trail as it
 * was, so that StopLogging is the last that a trail delivers. The same request gives the same batch, whatever
 * has been appended since.
 */
export function makeBatch(request: BatchRequest, sources: BatchSources): Batch {
  const { trail, from, to, changes } = request
  const batch = new Gathering(request, sources)
  if (!trail?.isLogging && changes.length === 0) return batch.finish(to)
  let next = from
  let near: Read['near']
  for (let scanned = 0; next <= to && scanned < sources.limits.deliveryScanBytes; ) {
    const part = sources.read({ from: next, to, bytesMax: readBytes, near })
    batch.note(part.damage)
    const lost = part.damage.length > 0 ? lostChanges(batch.pending, request, sources) : []
    const cut = lost.length > 0 ? (part.damage[0]!.seq ?? next - 1) : Number.POSITIVE_INFINITY
    for (const record of part.records) {
      if (record.seq > cut) break
      const end = batch.take(record)
      if (end !== undefined) return batch.finish(end)
      scanned += record.record.length
    }
    if (lost.length > 0 && batch.pass(lost)) return batch.finish(cut)
    if (lost.length === 0 && part.next <= next) throw new Error(`The journal ends before ${to}`)
    // What lies behind the cut was not taken yet.
    next = lost.length > 0 ? cut + 1 : part.next
    near = lost.length > 0 ? undefined : part.near
  }
  return batch.finish(Math.min(next - 1, to))
}

/**
 * Changes whose records were in the journal and cannot be read from it any more. They take effect where
 * damage begins: a trail that was started must not stay stopped because one line rotted away.
 */
function lostChanges(
  pending: readonly PendingChange[],
  { synced, from }: BatchRequest,
  { read }: BatchSources,
): string[] {
  const missing = new Set(pending.flatMap((one) => (one.recorded ? [one.requestId] : [])))
  for (let next = from; next <= synced && missing.size > 0; ) {
    const part = read({ from: next, to: synced, bytesMax: readBytes })
    for (const { from: source, record } of part.records) {
      if (source === 'own') missing.delete(requestIdOf(parse(record)))
    }
    if (part.next <= next) break
    next = part.next
  }
  return [...missing]
}

class Gathering {
  readonly #request: BatchRequest
  readonly #sources: BatchSources
  readonly #accepts: ((record: Fields) => boolean) | undefined
  /** By request id. */
  readonly #changes: Map<string, PendingChange>
  readonly #files = new LogFiles()
  readonly #damage: Damage[] = []
  readonly #passed: string[] = []
  #effective: string | undefined
  #bytes = 0
  #events = 0
  #oldestArrival = 0
  #newestArrival = 0
  readonly #footprint: JournalRecord[] = []

  constructor(request: BatchRequest, sources: BatchSources) {
    this.#request = request
    this.#sources = sources
    const { trail, changes } = request
    this.#accepts = trail?.isLogging ? sources.compile(trail.selectors) : undefined
    this.#changes = new Map(changes.map((change) => [change.requestId, change]))
  }

  /** Changes that have not been passed. */
  get pending(): PendingChange[] {
    return [...this.#changes.values()]
  }

  note(damage: readonly Damage[]): void {
    this.#damage.push(...damage)
  }

  /** Where the batch ends: before this record when it is full, with it when it changes the trail. */
  take(record: JournalRecord): number | undefined {
    if (!this.#accepts && record.from !== 'own') return undefined
    const fields = parse(record.record)
    if (this.#isOwed(record, fields)) {
      if (this.#isFull(record)) return record.seq - 1
      this.#add(record, fields)
      if (record.from === 'delivery') this.#footprint.push(record)
    }
    const requestId = record.from === 'own' ? requestIdOf(fields) : ''
    return this.#changes.has(requestId) && this.pass([requestId]) ? record.seq : undefined
  }

  /** True when one of these changes makes another trail of it: the version that it has already is no news. */
  pass(requestIds: readonly string[]): boolean {
    let version = this.#request.trail?.version ?? Number.NEGATIVE_INFINITY
    for (const requestId of requestIds) {
      this.#passed.push(requestId)
      const changed = this.#changes.get(requestId)
      this.#changes.delete(requestId)
      if (!changed || changed.version <= version) continue
      version = changed.version
      this.#effective = requestId
    }
    return this.#effective !== undefined
  }

  finish(to: number): Batch {
    const { trail, trailId, from, attempt, held, heldSince } = this.#request
    const common = { to, passed: this.#passed, effective: this.#effective, damage: this.#damage }
    const waiting = [...held, ...this.#footprint.map(({ seq }) => seq)]
    if (!trail || !this.#isDue(waiting.length)) {
      const since = heldSince ?? this.#footprint[0]?.at
      const nothing = { files: [], events: 0, newestArrival: 0 }
      return { ...common, ...nothing, held: waiting, heldSince: since }
    }
    this.#addHeld(held)
    const { secret } = this.#sources
    const files = this.#files.finish(trail, { secret, trailId, from, to, attempt })
    const newestArrival = this.#newestArrival
    return { ...common, files, events: this.#events, newestArrival, held: [] }
  }

  /** Footprint alone makes no batch, or delivering would never end; it goes along with the next one. */
  #isDue(waiting: number): boolean {
    const { footprintAlone } = this.#request
    const onlyFootprint = this.#events === this.#footprint.length
    return !onlyFootprint || (waiting > 0 && (footprintAlone || this.#effective !== undefined))
  }

  #isOwed({ from, at }: JournalRecord, fields: Fields | undefined): fields is Fields {
    const { trail } = this.#request
    if (!trail || !fields || !this.#accepts) return false
    if (from === 'delivery' && !trail.recursiveLogging) return false
    return covers(trail, placementOf(fields, at, trail.homeRegion)) && this.#accepts(fields)
  }

  #isFull({ record, at }: JournalRecord): boolean {
    const { limits } = this.#sources
    if (this.#events === 0) return false
    return (
      this.#bytes + record.length > limits.deliveryBatchBytes ||
      this.#events >= limits.deliveryBatchRecords ||
      this.#files.count >= limits.deliveryBatchFiles ||
      at - this.#oldestArrival > limits.deliveryBatchSpan
    )
  }

  #add({ record, at }: JournalRecord, fields: Fields): void {
    this.#files.add(placementOf(fields, at, this.#request.trail!.homeRegion), record)
    this.#oldestArrival = this.#events === 0 ? at : Math.min(this.#oldestArrival, at)
    this.#newestArrival = Math.max(this.#newestArrival, at)
    this.#bytes += record.length
    this.#events++
  }

  #addHeld(held: readonly number[]): void {
    for (const seq of held) {
      const { records, damage } = this.#sources.read({ from: seq, to: seq, bytesMax: 1 })
      this.note(damage)
      for (const record of records) this.#add(record, parse(record.record) ?? {})
    }
  }
}

/** Undefined for what is no JSON object; the journal takes nothing else in. */
function parse(record: Buffer): Fields | undefined {
  try {
    const value = JSON.parse(record.toString())
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function requestIdOf(fields: Fields | undefined): string {
  const id = fields?.['requestID']
  return typeof id === 'string' ? id : ''
}
