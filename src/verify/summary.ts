import type { Finding, Report, Severity, Verdict } from '../digest/finding.ts'
import { type Chain, chainId } from '../digest/names.ts'

type Counts = Record<Verdict, number>

/** What was found of one chain. */
export type ChainSummary = Readonly<{ chain: Chain; digests: Counts; logs: Counts }> & {
  records: number
  severities: Record<Severity, number>
}

/** Counts what a verification reports; holds a line for each chain and nothing for each file. */
export class Summary {
  readonly chains = new Map<string, ChainSummary>()
  readonly severities: Record<Severity, number> = { failure: 0, gap: 0, note: 0 }
  readonly kinds = new Map<string, number>()

  add(report: Report): void {
    if (report.type === 'finding') {
      this.#addFinding(report)
    } else if (report.type === 'digest') {
      this.#of(report.chain).digests[report.verdict] += 1
    } else {
      const chain = this.#of(report.chain)
      chain.logs[report.verdict] += 1
      chain.records += report.records
    }
  }

  total(of: 'digests' | 'logs'): Counts & { all: number } {
    const sum = counts()
    for (const chain of this.chains.values()) {
      for (const verdict of verdicts) sum[verdict] += chain[of][verdict]
    }
    return { ...sum, all: sum.proven + sum.unproven + sum.refuted }
  }

  get records(): number {
    return [...this.chains.values()].reduce((sum, { records }) => sum + records, 0)
  }

  /** 0: all valid and complete. 1: something is wrong, or there was nothing to verify. 3: gaps only. */
  get exitCode(): 0 | 1 | 3 {
    if (this.severities.failure > 0 || this.total('digests').all === 0) return 1
    return this.severities.gap > 0 ? 3 : 0
  }

  #addFinding(finding: Finding): void {
    this.severities[finding.severity] += 1
    this.kinds.set(finding.kind, (this.kinds.get(finding.kind) ?? 0) + 1)
    if (!finding.chain) return
    const chain = this.#of(finding.chain)
    chain.severities[finding.severity] += 1
    // It is counted among those that should be there; no report of its own comes for it.
    if (finding.kind === 'digest-missing') chain.digests.refuted += 1
  }

  #of(chain: Chain): ChainSummary {
    const id = chainId(chain)
    const known = this.chains.get(id)
    if (known) return known
    const severities = { failure: 0, gap: 0, note: 0 }
    const made = { chain, digests: counts(), logs: counts(), records: 0, severities }
    this.chains.set(id, made)
    return made
  }
}

const verdicts = ['proven', 'unproven', 'refuted'] as const

function counts(): Counts {
  return { proven: 0, unproven: 0, refuted: 0 }
}
