import { isoSeconds } from '../clock.ts'
import { ChainWalk, type Judged } from './chain-walk.ts'
import { Coverage, deliveredAfter, deliveredBefore, type Unlisted } from './coverage.ts'
import { type DigestKey, digestKeys } from './digest-keys.ts'
import type { LogFileEntry } from './document.ts'
import { type Finding, type FindingKind, finding, type LogReport, type Report } from './finding.ts'
import { Listed } from './listed.ts'
import { type LoadedDigest, loadDigest } from './load.ts'
import { type LogContent, readLogFile } from './log-file.ts'
import {
  type Chain,
  chainId,
  chainOf,
  type LogKind,
  type Place,
  parseDigestKey,
  parseLogFileKey,
} from './names.ts'
import { ordered } from './ordered.ts'
import type { FindKey } from './public-key.ts'
import { Repeats } from './repeats.ts'
import { keyIn, refusalsAsMissing, type Source } from './source.ts'

/** Milliseconds since the epoch; digests that cover any of it are verified. Open where absent. */
export type Range = Readonly<{ from?: number; until?: number }>

export type VerifyOptions = Readonly<{
  /**
   * When this is. Absent for a copy of unknown age: then the newest file in it stands for the time at
   * which a next digest was still to be expected.
   */
  now?: number
  /** The chains to report on; others are read only for the files they list. All where absent. */
  wanted?: (chain: Chain) => boolean
  /** Another bucket that a digest names; undefined where it cannot be read. */
  otherBucket?: (bucket: string) => Source | undefined
  /** Objects read at once. */
  concurrency?: number
  /** Of a log file, and of a digest, whose content is held. */
  inflatedBytesMax?: number
  digestBytesMax?: number
  /** More in one day, or more chains, are refused: they are not CloudTrail's. */
  digestsOfDayMax?: number
  chainsMax?: number
  /** Records remembered to find repeats; see Repeats. */
  repeatWindow?: number
  /** Files held while no digest lists them. */
  unlistedHeldMax?: number
}>

const defaults = {
  concurrency: 64,
  /** Log files are at most 50 MB before compression. */
  inflatedBytesMax: 256 * 1024 * 1024,
  digestBytesMax: 16 * 1024 * 1024,
  digestsOfDayMax: 500_000,
  chainsMax: 10_000,
  repeatWindow: 512 * 1024,
  unlistedHeldMax: 100_000,
}
/** The next digest must have come after so many times the span of the last (AWS: 3.4 hours late). */
const spansToNext = 5
const minute = 60_000
const lateAfter = 60 * minute
const listedRemembered = 50_000
/** Each may take the memory that a digest may have. */
const digestsAtOnceMax = 16

type LogTask = Readonly<{ type: 'log task'; judged: Judged; entry: LogFileEntry }>
type LogResult = LogTask & Readonly<{ content: LogContent | undefined }>

/**
 * Verifies all chains of digests of one account in one Region and every log file they list, and finds
 * the log files that none lists. Chains of several trails are walked together, because nothing in the
 * name of a log file says which trail it belongs to. Results come in the order of time; memory does not
 * grow with the length of the chains. A source that fails rejects the iteration.
 */
export function verifyChains(
  source: Source,
  place: Place,
  findKey: FindKey,
  range: Range = {},
  options: VerifyOptions = {},
): AsyncGenerator<Report> {
  return new Verification(source, place, findKey, range, options).reports()
}

class Verification {
  readonly #source: Source
  readonly #place: Place
  readonly #findKey: FindKey
  readonly #range: Range
  readonly #options: VerifyOptions & typeof defaults
  readonly #coverage: Coverage
  readonly #walks = new Map<string, ChainWalk>()
  readonly #listed = new Listed(listedRemembered)
  readonly #repeats = new Map<string, Repeats>()
  /** Files that no digest could be expected to list, by kind of file. */
  readonly #undigested = new Map<LogKind, { count: number; first: string }>()

  constructor(
    source: Source,
    place: Place,
    findKey: FindKey,
    range: Range,
    options: VerifyOptions,
  ) {
    this.#source = source
    this.#place = place
    this.#findKey = findKey
    this.#range = range
    this.#options = { ...options, ...withDefaults(options) }
    const heldMax = this.#options.unlistedHeldMax
    this.#coverage = new Coverage(source, place, { from: range.from, heldMax })
  }

  async *reports(): AsyncGenerator<Report> {
    const { concurrency } = this.#options
    const results = ordered<Report | LogTask, Report | LogResult>(
      this.#steps(),
      concurrency,
      (step) => (step.type === 'log task' ? this.#read(step) : step),
    )
    for await (const result of results) {
      if (result.type === 'log task') yield* this.#logReports(result)
      else yield result
    }
  }

  /** Everything in order; log files as tasks, so that they are read in parallel. */
  async *#steps(): AsyncGenerator<Report | LogTask> {
    const { concurrency, digestsOfDayMax: ofDayMax } = this.#options
    const range = { ...this.#range, ofDayMax }
    const keys = digestKeys(this.#source, this.#place, range, () => this.#waitsForDigests())
    const loaded = ordered(keys, Math.min(concurrency, digestsAtOnceMax), async (item) =>
      item.type === 'finding' ? item : this.#loadListed(item),
    )
    for await (const item of loaded) {
      if ('type' in item) {
        yield item
        continue
      }
      const judged = await this.#walkOf(chainOf(item.name)).accept(item)
      if (judged) yield* this.#emit(judged)
    }
    for (const walk of this.#walks.values()) {
      const { judged, findings } = await walk.end()
      if (judged) yield* this.#emit(judged)
      if (this.#isWanted(walk.chain)) yield* findings
    }
    yield* await this.#coverage.readTo(Number.POSITIVE_INFINITY).then((all) => this.#explained(all))
    yield* this.#explained(this.#coverage.unlisted(this.#range.until ?? Number.POSITIVE_INFINITY))
    yield* this.#endings()
  }

  /** Files of the range that no digest has listed may still be listed by a digest after it. */
  #waitsForDigests(): boolean {
    return !this.#coverage.unlisted(this.#range.until ?? 0).next().done
  }

  async #loadListed(item: DigestKey): Promise<LoadedDigest | Finding> {
    const loaded = await this.#load(this.#source, item.key, item.name)
    const about = { chain: chainOf(item.name), key: item.key }
    return loaded ?? finding('digest-missing', 'was listed and then not there', about)
  }

  #load(source: Source, key: string, name: NonNullable<ReturnType<typeof parseDigestKey>>) {
    const { digestBytesMax: inflatedBytesMax, now } = this.#options
    return loadDigest(key, name, { source, findKey: this.#findKey, now, inflatedBytesMax })
  }

  #walkOf(chain: Chain): ChainWalk {
    const id = chainId(chain)
    let walk = this.#walks.get(id)
    if (!walk) {
      if (this.#walks.size >= this.#options.chainsMax) {
        const { accountId, region } = this.#place
        throw new Error(`more than ${this.#walks.size} chains of digests in ${accountId} ${region}`)
      }
      walk = new ChainWalk(chain, {
        from: this.#range.from,
        keyIn: (key) => keyIn(this.#source, key),
        load: async (bucket, key) => {
          const source = this.#sourceOf(bucket)
          const name = parseDigestKey(key)
          return source && name && this.#load(source, key, name)
        },
      })
      this.#walks.set(id, walk)
    }
    return walk
  }

  #sourceOf(bucket: string): Source | undefined {
    const own = this.#source.bucket
    if (own === undefined || own === bucket) return this.#source
    const other = this.#options.otherBucket?.(bucket)
    return other && refusalsAsMissing(other)
  }

  #isWanted(chain: Chain): boolean {
    return this.#options.wanted?.(chain) ?? true
  }

  async *#emit(judged: Judged): AsyncGenerator<Report | LogTask> {
    const { digest, report, findings } = judged
    const { startTime, endTime, chain } = report
    const { from = 0, until = Number.POSITIVE_INFINITY } = this.#range
    const inRange = endTime >= from && (startTime ?? endTime) <= until && this.#isWanted(chain)
    if (inRange) {
      yield report
      yield* findings
    }
    yield* this.#explained(await this.#coverage.readTo(endTime + deliveredBefore))
    const moved = findings.some(({ kind }) => kind === 'digest-moved')
    for (const entry of moved ? [] : (digest.document?.logFiles ?? [])) {
      this.#coverage.list(keyIn(this.#source, entry.s3Object))
      if (!inRange) continue
      yield* this.#entryFindings(judged, entry)
      yield { type: 'log task', judged, entry }
    }
  }

  *#entryFindings({ report, trusted }: Judged, entry: LogFileEntry): Generator<Finding> {
    const about = { chain: report.chain, key: entry.s3Object }
    const other = trusted ? this.#listed.add(entry, report.key) : undefined
    if (other !== undefined) {
      yield finding('log-listed-twice', 'is in two digests', { ...about, related: other })
    }
    const time = parseLogFileKey(entry.s3Object)?.time
    const { startTime, endTime } = report
    if (time === undefined || startTime === undefined) return
    if (time < startTime - lateAfter || time > endTime + deliveredAfter) {
      const named = `is named for ${isoSeconds(time)} and in the digest of ${isoSeconds(startTime)} to `
      const why = `${isoSeconds(endTime)}: delivered late, or the clock was set back`
      yield finding('log-late', named + why, { ...about, related: report.key })
    }
  }

  async #read(task: LogTask): Promise<LogResult> {
    const source = this.#sourceOf(task.entry.s3Bucket)
    const { s3Object } = task.entry
    const content = source && (await readLogFile(source, s3Object, this.#options.inflatedBytesMax))
    return { ...task, content }
  }

  *#logReports({ judged, entry, content }: LogResult): Generator<Report> {
    const chain = judged.report.chain
    const key = entry.s3Object
    const about = { chain, key, related: judged.report.key }
    const problem = this.#logProblem(entry, content)
    const verdict = problem ? 'refuted' : judged.trusted ? 'proven' : 'unproven'
    const { bytes, records } = content?.state === 'read' ? content : { bytes: 0, records: 0 }
    const report: LogReport = {
      type: 'log',
      chain,
      key,
      digest: judged.report.key,
      verdict,
      bytes,
      records,
    }
    yield report
    if (problem) {
      const doubt = judged.trusted ? '' : ' (and its digest is not proven)'
      const { kind, message, related = judged.report.key } = problem
      yield finding(kind, message + doubt, { ...about, related })
    }
    if (content?.state !== 'read') return
    for (const [other, count] of this.#repeatsOf(chain).add(key, content.fingerprints)) {
      const message = `${count} of its ${records} records are in another place too`
      yield finding('records-repeated', message, { ...about, related: other })
    }
  }

  #logProblem(
    entry: LogFileEntry,
    content: LogContent | undefined,
  ): { kind: FindingKind; message: string; related?: string } | undefined {
    if (!content) {
      return { kind: 'log-missing', message: `lies in another bucket: ${entry.s3Bucket}` }
    }
    if (content.state === 'missing') {
      const other = entry.s3Bucket !== (this.#source.bucket ?? entry.s3Bucket)
      const message = `is not there${other ? `, or cannot be read in ${entry.s3Bucket}` : ''}`
      return { kind: 'log-missing', message }
    }
    if (content.state === 'unreadable') return { kind: 'log-unreadable', message: content.reason }
    if (content.sha256 === entry.hashValue) return undefined
    const owner = this.#listed.ownerOf(content.sha256)
    if (owner === undefined) {
      return { kind: 'log-changed', message: 'its content is not what its digest was made from' }
    }
    return { kind: 'log-changed', message: 'holds the content of another file', related: owner }
  }

  /** One for a trail's chain and its backfill together: a record belongs in one file of the trail. */
  #repeatsOf(chain: Chain): Repeats {
    const id = chainId({ ...chain, backfill: false })
    let repeats = this.#repeats.get(id)
    if (!repeats) {
      repeats = new Repeats(this.#options.repeatWindow)
      this.#repeats.set(id, repeats)
    }
    return repeats
  }

  /** Why each of these files is in no digest. */
  *#explained(files: Iterable<Unlisted>): Generator<Finding> {
    for (const file of files) {
      if (file.time < (this.#range.from ?? 0) + deliveredBefore) continue
      if (this.#walks.size === 0 || !this.#coverage.isListed(file.kind)) {
        const { count, first } = this.#undigested.get(file.kind) ?? { count: 0, first: file.key }
        this.#undigested.set(file.kind, { count: count + 1, first })
      } else {
        const [kind, message] = this.#explanation(file)
        yield finding(kind, message, { key: file.key })
      }
    }
  }

  #explanation({ time, modified }: Unlisted): [FindingKind, string] {
    if (modified !== undefined && this.#isAwaited(modified)) {
      return this.#isAwaited(time + deliveredAfter) ? pending : late
    }
    const whys = [...this.#walks.values()].map((walk) =>
      walk.holeAt(time - deliveredBefore, time + deliveredAfter),
    )
    if (whys.includes('broken')) {
      return ['log-unproven', 'the digest that would prove it is missing or not to be trusted']
    }
    if (whys.includes('gap')) return ['log-in-gap', 'was delivered while no digests were made']
    if (whys.includes(undefined)) {
      return ['log-unlisted', 'is in no digest, though digests cover its time']
    }
    if (!whys.includes('after')) return ['log-in-gap', 'is older than the first digest']
    return time + deliveredAfter + this.#patience() >= this.#now()
      ? pending
      : ['log-in-gap', 'was delivered after the last digest, and no other one came']
  }

  /** Whether what was stored then is for the next digests of chains that still go on. */
  #isAwaited(time: number): boolean {
    return [...this.#walks.values()].every(
      ({ lastEnd = Number.POSITIVE_INFINITY }) =>
        time >= lastEnd && lastEnd + this.#patience() >= this.#now(),
    )
  }

  /** Of the chain that makes its digests most seldom. */
  #patience(): number {
    return Math.max(...[...this.#walks.values()].map(patienceOf))
  }

  #now(): number {
    const ends = [...this.#walks.values()].map(({ lastEnd }) => lastEnd ?? 0)
    return this.#options.now ?? Math.max(this.#coverage.newest, ...ends)
  }

  *#endings(): Generator<Finding> {
    for (const [kind, { count, first: key }] of this.#undigested) {
      const message = `no digest at all for ${count} ${kind} files of this account and Region`
      yield finding(this.#walks.size === 0 ? 'chain-missing' : 'kind-undigested', message, { key })
    }
    const expected = Math.min(this.#range.until ?? Number.POSITIVE_INFINITY, this.#now())
    for (const walk of this.#walks.values()) {
      const { chain, lastEnd = 0 } = walk
      if (chain.backfill || !this.#isWanted(chain)) continue
      if (lastEnd + patienceOf(walk) >= expected) continue
      const message = `no digest after ${isoSeconds(lastEnd)}: logging was stopped, or digests were removed`
      yield finding('chain-ended', message, { chain, from: lastEnd })
    }
  }
}

const pending: [FindingKind, string] = [
  'log-pending',
  'was delivered after the last digest; the next one will list it',
]

/** After an outage or an import a trail's own files are so, too: nothing tells them from others yet. */
const late: [FindingKind, string] = [
  'log-in-gap',
  "was stored after the last digest, for a time before it; the next one lists it if it is the trail's",
]

function patienceOf({ lastSpan }: ChainWalk): number {
  return spansToNext * Math.max(minute, lastSpan)
}

function withDefaults(options: VerifyOptions): typeof defaults {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(given) }
}
