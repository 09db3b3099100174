import { isoSeconds } from '../clock.ts'
import { type DigestReport, type Finding, finding } from './finding.ts'
import type { LoadedDigest } from './load.ts'
import { type Chain, type DigestName, parseDigestKey } from './names.ts'
import { type Proof, prove, timeFindings } from './proof.ts'

/** A time that no digest of the chain proves, and why. */
export type Hole = Readonly<{ from: number; until: number; why: 'broken' | 'gap' | 'before' }>

/** A digest with its verdict. */
export type Judged = Readonly<{
  digest: LoadedDigest
  trusted: boolean
  report: DigestReport
  findings: readonly Finding[]
}>

export type WalkOptions = Readonly<{
  /** Reads a digest that is not among those given to the walk; undefined when it is not there. */
  load(bucket: string, key: string): Promise<LoadedDigest | undefined>
  /** Where the digest called `key` lies. */
  keyIn(key: string): string
  /** Links to digests that end before this are not followed. */
  from: number | undefined
}>

type Seen = Readonly<{ key: string; endTime: number; sha256: string; own: LoadedDigest['own'] }>

/** How many digests back a link is looked up without reading again; links nearly always go one back. */
const rememberedDigests = 64

/**
 * Follows one chain from its oldest digest to its newest. Each digest is judged when the one after it
 * has come, which keeps its hash and a copy of its signature. Holds a few digests' summaries only.
 */
export class ChainWalk {
  readonly chain: Chain
  readonly holes: Hole[] = []
  /** Of the last digest that was judged; undefined before the first. */
  lastEnd: number | undefined
  lastSpan = 0
  readonly #options: WalkOptions
  readonly #seen = new Map<string, Seen>()
  readonly #passedOver = new Set<string>()
  readonly #linkedAhead = new Set<string>()
  #before: LoadedDigest | undefined
  #current: LoadedDigest | undefined

  constructor(chain: Chain, options: WalkOptions) {
    this.chain = chain
    this.#options = options
  }

  /** Takes the next digest by time; resolves with the one before it, judged. */
  async accept(next: LoadedDigest): Promise<Judged | undefined> {
    const judged = this.#current && (await this.#judge(this.#current, next))
    this.#before = this.#current ?? this.#before
    this.#current = next
    return judged
  }

  /** Judges the last digest, and tells of digests that nothing later was linked to. */
  async end(): Promise<{ judged: Judged | undefined; findings: Finding[] }> {
    const judged = this.#current && (await this.#judge(this.#current, undefined))
    this.#current = undefined
    const message = 'is signed, but the chain goes on as if it were not there'
    const findings = [...this.#passedOver].map((key) =>
      finding('digest-unlinked', message, { chain: this.chain, key }),
    )
    return { judged, findings }
  }

  /** Why no digest proves a file delivered between the two times; undefined where one should. */
  holeAt(from: number, until: number): Hole['why'] | 'after' | undefined {
    const hole = this.holes.find((one) => one.from <= until && one.until >= from)
    if (hole) return hole.why
    return this.lastEnd === undefined || until > this.lastEnd ? 'after' : undefined
  }

  async #judge(digest: LoadedDigest, next: LoadedDigest | undefined): Promise<Judged> {
    const proof = prove(digest, next)
    const findings = [...proof.findings]
    const link = await this.#link(digest, proof, findings)
    this.#remember(digest)
    if (!proof.trusted) this.#hole(digest.name.endTime, 'broken')
    this.lastEnd = Math.max(digest.name.endTime, this.lastEnd ?? 0)
    if (digest.startTime !== undefined && proof.trusted) {
      this.lastSpan = digest.name.endTime - digest.startTime
    }
    const failed = findings.some(
      ({ severity, key }) => severity === 'failure' && key === digest.key,
    )
    const report: DigestReport = {
      type: 'digest',
      chain: this.chain,
      key: digest.key,
      verdict: failed ? 'refuted' : proof.verdict,
      startTime: digest.startTime,
      endTime: digest.name.endTime,
      signature: proof.signature,
      link,
      files: digest.document?.logFiles.length ?? 0,
    }
    return { digest, trusted: proof.trusted, report, findings }
  }

  /** Follows the link of a digest whose content may be believed, or at least is not known to be false. */
  async #link(
    digest: LoadedDigest,
    proof: Proof,
    findings: Finding[],
  ): Promise<DigestReport['link']> {
    const { document, startTime } = digest
    if (!document || (digest.own === 'invalid' && !proof.trusted)) return 'not checked'
    if (findings.some(({ kind }) => kind === 'digest-moved')) return 'not checked'
    if (document.previousDigestS3Object === null) {
      this.#start(digest, startTime!, findings)
      return 'start'
    }
    const key = this.#options.keyIn(document.previousDigestS3Object)
    const name = parseDigestKey(key)
    const { from } = this.#options
    if (!this.#seen.has(key) && from !== undefined && (name?.endTime ?? from) < from) {
      return 'not checked'
    }
    const previous = await this.#previous(document.previousDigestS3Bucket!, key)
    if (!previous) {
      findings.push(this.#missing(digest, key, name))
      this.#hole(startTime!, 'broken')
      return 'broken'
    }
    this.#passOver(digest, previous)
    if (!this.chain.backfill) this.#times(digest, previous, findings)
    if (previous.sha256 === document.previousDigestHashValue) return 'intact'
    if (key !== this.#before?.key && previous.own === 'valid' && proof.trusted) {
      const message = 'is signed, but a later digest was linked to another version of it'
      findings.push(
        finding('digest-replaced', message, { chain: this.chain, key, related: digest.key }),
      )
    }
    return 'broken'
  }

  async #previous(bucket: string, key: string): Promise<Seen | undefined> {
    const seen = this.#seen.get(key)
    if (seen) return seen
    const loaded = await this.#options.load(bucket, key)
    return loaded && summary(loaded)
  }

  #start(digest: LoadedDigest, startTime: number, findings: Finding[]): void {
    if (this.#before === undefined) {
      this.#hole(startTime, 'before')
      return
    }
    const from = this.lastEnd!
    this.#hole(startTime, 'gap')
    if (this.chain.backfill) return
    const message =
      `a new chain begins at ${isoSeconds(startTime)}; the one before ended at ${isoSeconds(from)}: ` +
      'logging or validation was off, or was stopped and started'
    const about = { chain: this.chain, key: digest.key, related: this.#before.key }
    findings.push(finding('chain-restarted', message, { ...about, from, until: startTime }))
  }

  #missing(digest: LoadedDigest, key: string, name: DigestName | undefined): Finding {
    const message = `is not there, though ${isoSeconds(digest.name.endTime)}'s is linked to it`
    return finding('digest-missing', message, {
      chain: this.chain,
      key,
      related: digest.key,
      ...(name ? { until: name.endTime } : {}),
    })
  }

  /** A link that goes past the digest before leaves that one out, unless another digest holds it. */
  #passOver(digest: LoadedDigest, previous: Seen): void {
    const before = this.#before
    this.#passedOver.delete(previous.key)
    if (previous.endTime > digest.name.endTime) this.#linkedAhead.add(previous.key)
    if (!before?.document || before.key === previous.key) return
    const skipped = previous.endTime < before.name.endTime && !this.#linkedAhead.has(before.key)
    // One that is linked to a later digest has its own finding, and is the end of the chain perhaps.
    const own = before.document.previousDigestS3Object ?? ''
    const outOfOrder = this.#linkedAhead.has(this.#options.keyIn(own))
    if (skipped && !outOfOrder && before.own !== 'invalid') this.#passedOver.add(before.key)
  }

  #times(digest: LoadedDigest, previous: Seen, findings: Finding[]): void {
    const found = timeFindings(digest, previous)
    if (found.some(({ kind }) => kind === 'time-gap')) this.#hole(digest.startTime!, 'gap')
    findings.push(...found)
  }

  /** From the end of the last digest until `until`. */
  #hole(until: number, why: Hole['why']): void {
    const from = this.lastEnd ?? Number.NEGATIVE_INFINITY
    const before = this.holes.at(-1)
    if (before?.why === why && before.until === from && until > from) {
      this.holes[this.holes.length - 1] = { ...before, until }
    } else this.holes.push({ from, until, why })
  }

  #remember(digest: LoadedDigest): void {
    this.#seen.set(digest.key, summary(digest))
    if (this.#seen.size <= rememberedDigests) return
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest)
      return
    }
  }
}

function summary({ key, name, sha256, own }: LoadedDigest): Seen {
  return { key, endTime: name.endTime, sha256, own }
}
