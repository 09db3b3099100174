import type { Run, Tally } from './ledger.ts'

/** Proxies that are shown by name. */
const namesMax = 1_000
const furtherOnes = '(other)'

type Counts = Readonly<{ run: string; records: number; tally: Tally }>

/** What the proxies that record here, within this server or beside it, have told of themselves. */
export class ProxyCounts {
  readonly #proxies = new Map<string, Counts>()

  /** `records` more are durable; `tally` is what the run has come to. */
  note({ proxy, id: run }: Run, records: number, tally: Tally): void {
    const isShown = this.#proxies.has(proxy) || this.#proxies.size < namesMax
    const name = isShown ? proxy : furtherOnes
    const known = this.#proxies.get(name)
    this.#proxies.set(name, {
      run,
      records: (known?.records ?? 0) + records,
      tally: known?.run === run ? later(known.tally, tally) : tally,
    })
  }

  /** Since this server started. */
  *records(): Iterable<{ labels: { proxy: string }; value: number }> {
    for (const [proxy, { records: value }] of this.#proxies) yield { labels: { proxy }, value }
  }

  /** Of the present run of each proxy. */
  *tallied(what: keyof Tally): Iterable<{ labels: { proxy: string }; value: number }> {
    for (const [proxy, { tally }] of this.#proxies) yield { labels: { proxy }, value: tally[what] }
  }
}

/** Appends of one run overtake each other, and what is counted never falls. */
function later(known: Tally, told: Tally): Tally {
  return {
    waiting: told.waiting,
    notRecorded: Math.max(known.notRecorded, told.notRecorded),
    refused: Math.max(known.refused, told.refused),
    upstreamFailures: Math.max(known.upstreamFailures, told.upstreamFailures),
  }
}
