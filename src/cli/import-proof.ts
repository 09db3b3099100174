import { statSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { discoverPlaces } from '../digest/discover.ts'
import { finding, type Report } from '../digest/finding.ts'
import { verifyChains } from '../digest/verify.ts'
import type { ImportFile } from '../import/files.ts'
import { findRoot } from '../verify/folder.ts'
import { Summary } from '../verify/summary.ts'
import type { Environment } from './environment.ts'
import { printable } from './event-columns.ts'
import { write } from './output.ts'
import { type EvidenceOptions, openEvidence } from './verify-evidence.ts'

/** What the digests say of a place. */
export type Proof = Readonly<{
  /** 0: all valid and complete; 1: something is wrong; 3: gaps only. */
  exitCode: 0 | 1 | 3
  /** Why a file must not be imported: it is not what was delivered. */
  objection(file: ImportFile): string | undefined
}>

/**
 * Verifies all chains of digests of a folder or bucket, prints its findings, and keeps which files they speak
 * against.
 */
export async function prove(
  where: string,
  options: EvidenceOptions & Readonly<{ json?: boolean }>,
  environment: Environment,
  interrupted: AbortSignal,
): Promise<Proof> {
  const isBucket = where.startsWith('s3://')
  if (!isBucket && !statSync(where, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`--verify needs a folder or s3://bucket/prefix, not ${where}`)
  }
  const evidence = await openEvidence(where, options, environment, interrupted)
  const root = isBucket ? evidence.name : `${resolve((await findRoot(where)) ?? where)}${sep}`
  const summary = new Summary()
  const refuted = new Map<string, string>()
  const add = async (report: Report) => {
    interrupted.throwIfAborted()
    summary.add(report)
    if (report.type !== 'finding' || report.severity === 'note') return
    const { kind, severity, key = '', message } = report
    if (severity === 'failure' && key) refuted.set(root + key, `${kind}: ${message}`)
    const label = severity === 'failure' ? 'FAILED' : 'GAP'
    const text = `${label}  ${kind}  ${printable(evidence.name + key)}: ${printable(message)}\n`
    await write(environment.stdout, options.json ? `${JSON.stringify(report)}\n` : text)
  }
  for await (const place of discoverPlaces(evidence.source, evidence.prefix)) {
    const reports = verifyChains(evidence.source, place, evidence.findKey, {}, evidence.options)
    for await (const report of reports) await add(report)
  }
  if (summary.total('digests').all === 0) {
    await add(finding('chain-missing', `there is no digest in ${where}`))
  }
  const nameOf = ({ name }: ImportFile) => (name.startsWith('s3://') ? name : resolve(name))
  return { exitCode: summary.exitCode, objection: (file) => refuted.get(nameOf(file)) }
}
