// One trail with log files in memory, for tests of digests: delivery is played by the test, buckets fail as told.
import { generateKeyPairSync } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { noteTurn } from '../src/delivery/digest-turns.ts'
import { type DigestOptions, type Digests, openDigests } from '../src/delivery/digests.ts'
import type { Progress } from '../src/delivery/documents.ts'
import { endTrail, noteDelivery } from '../src/delivery/records.ts'
import { openSigningKeys, type SigningKey } from '../src/delivery/signing-keys.ts'
import { sha256Hex } from '../src/digest/content.ts'
import type { Finding, LogReport, Report } from '../src/digest/finding.ts'
import { logFileKey } from '../src/digest/names.ts'
import { keyRing, publicKeyFromDer } from '../src/digest/public-key.ts'
import { memorySource, type StoredObject } from '../src/digest/source.ts'
import { verifyChains } from '../src/digest/verify.ts'
import { type Destination, SinkError, type SinkObject, type Trail } from '../src/trails/contract.ts'
import { accountId, newTrail } from './delivery-world.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryState } from './memory-state.ts'
import { Mortal } from './mortal.ts'

export const startedAt = Date.parse('2026-11-21T04:44:23.250Z')
export const hour = 3600_000
export const regions = ['us-east-1', 'eu-west-1']
const bucket = 'trail-1-bucket'
const pairs = Array.from({ length: 6 }, () => generateKeyPairSync('rsa', { modulusLength: 1024 }))

export class DigestWorld extends Mortal {
  readonly clock = new ManualClock(startedAt)
  readonly state = new MemoryState()
  /** By bucket and key. */
  readonly objects = new Map<string, Map<string, StoredObject & { object: SinkObject }>>()
  readonly puts: Array<Readonly<{ destination: Destination; object: SinkObject }>> = []
  /** What buckets refuse everything with, by name. */
  readonly refusals = new Map<string, string | undefined>()
  readonly warnings: Array<readonly [string, unknown]> = []
  /** Digests that are stored although their put seems to fail. */
  answersLost = 0
  kills = 0
  /** Keys of the files that must be in one digest each. */
  readonly owed: string[] = []
  trail: Trail | undefined
  #trailId = 'trail-1'
  readonly interval: number
  #digests: Digests | undefined
  #made = 0
  #keysMade = 0

  constructor(interval = hour) {
    super()
    this.interval = interval
  }

  /** Starts; what an earlier life still does has no effect from now on. */
  open(options: Partial<DigestOptions> = {}): Digests {
    const effect = this.live()
    const state = {
      begin: () => this.state.begin(),
      commit: (tx: ReturnType<MemoryState['begin']>) => effect(() => this.state.commit(tx)),
    }
    const makePair = async () => pairs[this.#keysMade++ % pairs.length]!
    this.#digests = openDigests({
      state,
      sink: { put: (destination, object) => effect(() => this.#put(destination, object)) },
      clock: { now: () => this.clock.now(), after: () => () => undefined },
      log: { warn: (event, fields) => void this.warnings.push([event, fields]) },
      limits: { deliveryHold: 30 * 24 * hour, digestFilesMax: 4, digestCatchUp: 60 },
      keys: openSigningKeys({ state, makePair }),
      regions,
      interval: this.interval,
      secret: 'secret',
      random: () => 1,
      ...options,
    })
    return this.#digests
  }

  /** Makes what is due, in this life or, after a kill, in a new one. */
  async flush(): Promise<void> {
    const digests = this.#digests ?? this.open()
    await this.until(digests.flush())
    if (!this.isKilled) return
    this.kills++
    this.restart()
  }

  restart(): void {
    this.killAt(Number.POSITIVE_INFINITY)
    this.open()
  }

  async #put(destination: Destination, object: SinkObject): Promise<void> {
    this.puts.push({ destination, object })
    const { bucket } = destination
    if (this.refusals.has(bucket)) throw new SinkError(this.refusals.get(bucket), 'refused')
    this.#store(bucket, object)
    if (this.answersLost-- > 0) throw new SinkError(undefined, 'its answer was lost')
  }

  #store(bucket: string, object: SinkObject): void {
    const objects = this.objects.get(bucket) ?? new Map()
    this.objects.set(bucket, objects)
    const there = objects.get(object.key)
    if (there && !there.body.equals(object.body)) throw new Error(`other bytes: ${object.key}`)
    const metadata = Object.fromEntries(
      Object.entries(object.headers)
        .filter(([name]) => name.startsWith('x-amz-meta-'))
        .map(([name, value]) => [name.slice(11), value]),
    )
    objects.set(object.key, { body: object.body, metadata, object })
  }

  /** Delivery has passed a change of the trail, with log files of these Regions. */
  async change(settings: Partial<Trail> | 'delete', files: readonly string[] = []): Promise<void> {
    const before = this.trail
    const base = before ?? { ...newTrail(this.#trailId), name: 'trail-1', bucket }
    const version = base.version + 1
    const at = this.clock.now()
    const after = settings === 'delete' ? undefined : { ...base, ...settings, version }
    const tx = this.state.begin()
    if (before) this.#note(tx, before, files)
    noteTurn(tx, this.#trailId, { before, after, version, at })
    if (after) tx.put('delivery', this.#trailId, { cursor: 0, trail: after } satisfies Progress)
    else endTrail(tx, this.#trailId, before, at)
    await this.state.commit(tx)
    this.trail = after
  }

  /**
   * Another trail of the same name logs, while this one, deleted, has not got all it is owed; the returned
   * function delivers that.
   */
  async anewBeside(id: string): Promise<(files: readonly string[]) => Promise<void>> {
    const [before, beforeId] = [this.trail, this.#trailId]
    this.trail = undefined
    await this.anew(id)
    return async (files) => {
      const [after, afterId] = [this.trail, this.#trailId]
      ;[this.trail, this.#trailId] = [before, beforeId]
      await this.change('delete', files)
      ;[this.trail, this.#trailId] = [after, afterId]
    }
  }

  /** Another trail of the same name, which logs. */
  async anew(id: string): Promise<void> {
    this.#trailId = id
    await this.change({})
    await this.change({ isLogging: true })
  }

  /** Delivers a log file of each of these Regions. */
  async deliver(...inRegions: string[]): Promise<void> {
    if (!this.trail?.isLogging) return
    const tx = this.state.begin()
    this.#note(tx, this.trail, inRegions)
    await this.state.commit(tx)
  }

  #note(tx: ReturnType<MemoryState['begin']>, trail: Trail, inRegions: readonly string[]): void {
    const now = this.clock.now()
    const files = inRegions.map((region) => {
      const unique = `file${++this.#made}`.padEnd(16, 'x')
      const time = Math.ceil(now / 300_000) * 300_000
      const { prefix } = trail
      const key = logFileKey({ prefix, accountId, region, kind: 'CloudTrail', time, unique })
      const content = Buffer.from(JSON.stringify({ Records: [{ eventID: unique }] }))
      const body = gzipSync(content)
      this.#store(trail.bucket, { key, body, headers: {} })
      if (trail.logFileValidation) this.owed.push(key)
      const times = { newestEventTime: now, oldestEventTime: now - 60_000 }
      return { key, region, body, sha256: sha256Hex(content), ...times }
    })
    noteDelivery(tx, trail, files, now)
  }

  /** What the verifier says of a Region's digests. */
  async verify(region = 'us-east-1', inBucket = bucket, prefix = ''): Promise<Report[]> {
    const keys = this.documents<SigningKey>('signing-key').map(([, { publicKey }]) =>
      publicKeyFromDer(Buffer.from(publicKey, 'base64')),
    )
    const source = (name: string) => memorySource(name, this.objects.get(name) ?? new Map())
    const reports: Report[] = []
    const place = { prefix, accountId, region }
    const options = { now: this.clock.now(), otherBucket: source }
    for await (const report of verifyChains(source(inBucket), place, keyRing(keys), {}, options)) {
      reports.push(report)
    }
    return reports
  }

  documents<T>(kind: string): Array<readonly [string, T]> {
    return this.state.begin().list<T>(kind)
  }

  /** Keys of digests in a bucket, in order of their end. */
  digests(region = 'us-east-1', inBucket = bucket): string[] {
    const keys = [...(this.objects.get(inBucket)?.keys() ?? [])]
    return keys
      .filter((key) => key.includes(`/CloudTrail-Digest/${region}/`))
      .sort((a, b) => (endOf(a) < endOf(b) ? -1 : 1))
  }
}

/** `20261121T050923Z`, with `_backfill` where it is one. */
export function endOf(digest: string): string {
  return /_(\d{8}T\d{6}Z(?:_backfill)?)\.json\.gz$/.exec(digest)![1]!
}

/** Findings that must not be, as short texts: failures, and times between linked digests that none covers. */
export function failuresOf(reports: readonly Report[]): string[] {
  const findings = reports.filter((report): report is Finding => report.type === 'finding')
  return findings
    .filter(({ severity, kind }) => severity === 'failure' || kind === 'time-gap')
    .map(({ kind, key, message }) => `${kind} ${key} ${message}`)
}

/** Keys of the log files that digests prove. */
export function provenLogs(reports: readonly Report[]): string[] {
  const logs = reports.filter((report): report is LogReport => report.type === 'log')
  return logs.filter(({ verdict }) => verdict === 'proven').map(({ key }) => key)
}
