// Chains to verify, and what a verification of them says, in few words.
import type { Finding, Report } from '../src/digest/finding.ts'
import { keyRing } from '../src/digest/public-key.ts'
import { memorySource } from '../src/digest/source.ts'
import { type Range, type VerifyOptions, verifyChains } from '../src/digest/verify.ts'
import {
  type ChainShape,
  makeChain,
  makeSigner,
  type TestChain,
  testChain,
} from './digest-chain.ts'

export const signer = makeSigner()
export const stranger = makeSigner()

export function bucket(shape: Partial<ChainShape> = {}): TestChain {
  return makeChain({ signer, digests: 4, ...shape })
}

export type Ask = Partial<VerifyOptions> & Readonly<{ range?: Range; copy?: boolean }>

export async function verify(made: TestChain, ask: Ask = {}): Promise<Report[]> {
  const { range, copy, ...options } = ask
  const objects = copy
    ? new Map([...made.objects].map(([key, { body }]) => [key, { body }]))
    : made.objects
  const source = memorySource(copy ? undefined : made.bucket, objects)
  const now = copy ? undefined : made.end + 20 * 60_000
  const reports: Report[] = []
  const keys = keyRing([signer.publicKey])
  for await (const report of verifyChains(source, testChain, keys, range, { now, ...options })) {
    reports.push(report)
  }
  return reports
}

export function found(reports: readonly Report[]): string[] {
  const findings = reports.filter((report): report is Finding => report.type === 'finding')
  return findings.map(({ kind, key }) => `${kind} ${key === undefined ? '' : short(key)}`.trim())
}

/** The part of a key that differs. */
export function short(key: string): string {
  return key.split('_').at(-1)!.replace('.json.gz', '')
}

export function verdicts(reports: readonly Report[], type: 'digest' | 'log'): string {
  const of = reports.filter((report) => report.type === type)
  const counts = ['proven', 'unproven', 'refuted'].map(
    (verdict) => of.filter((report) => 'verdict' in report && report.verdict === verdict).length,
  )
  return counts.join(' ')
}

/** The n-th digest, its object and its short name. */
export function digest(made: TestChain, n: number) {
  const built = made.digests[n]!
  return { ...built, object: made.objects.get(built.key)!, name: short(built.key) }
}
