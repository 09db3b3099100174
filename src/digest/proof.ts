import { isoSeconds } from '../clock.ts'
import { digestTime } from './document.ts'
import {
  type DigestReport,
  type Finding,
  type FindingKind,
  finding,
  type Verdict,
} from './finding.ts'
import type { LoadedDigest } from './load.ts'
import { chainOf } from './names.ts'
import { stringToSign, verifyText } from './signature.ts'

/** A digest's proof, from itself and from the one that comes after it. */
export type Proof = Readonly<{
  verdict: Verdict
  signature: DigestReport['signature']
  /** Whether its list of files may be believed. */
  trusted: boolean
  findings: readonly Finding[]
}>

/** Findings that leave a verified signature without worth for the list of files. */
const untrusted: readonly FindingKind[] = [
  'digest-moved',
  'digest-replaced',
  'key-outside-validity',
]

/**
 * Judges a digest. `next` may hold its hash and a copy of its signature: the copy proves a digest whose
 * own signature was lost, and the hash tells it from an older version that is properly signed as well.
 */
export function prove(digest: LoadedDigest, next: LoadedDigest | undefined): Proof {
  const findings = [...digest.findings]
  const add = (kind: FindingKind, message: string) =>
    findings.push(
      finding(kind, message, {
        chain: chainOf(digest.name),
        key: digest.key,
        ...related(digest, next),
      }),
    )
  const witness = next && isWitness(next, digest) ? next.document : undefined
  const copy = witness?.previousDigestSignature ?? undefined
  const signature = signatureOf(digest, copy)
  if (digest.own === 'invalid') {
    const kept = signature === 'none' ? '' : '; the next digest keeps the right one'
    add('digest-changed', `its signature does not verify${kept}`)
  } else if (signature === 'none' && copy !== undefined && digest.publicKey) {
    add('digest-changed', 'the signature that the next digest keeps of it does not verify')
  } else if (signature === 'none' && digest.document && !digest.hasMetadata && digest.publicKey) {
    add('digest-unproven', 'this copy has no signature of it, and no later digest keeps one')
  }
  if (signature !== 'none' && witness && witness.previousDigestHashValue !== digest.sha256) {
    add('digest-replaced', 'is signed, but the next digest was linked to another version of it')
  }
  const kinds = findings.map(({ kind }) => kind)
  const trusted = signature !== 'none' && !kinds.some((kind) => untrusted.includes(kind))
  const failed = findings.some(({ severity }) => severity === 'failure')
  return {
    verdict: failed ? 'refuted' : trusted ? 'proven' : 'unproven',
    signature,
    trusted,
    findings,
  }
}

/** Whether `next` is linked to the digest and is not itself known to be altered. */
function isWitness(next: LoadedDigest, digest: LoadedDigest): boolean {
  const { document } = digest
  return (
    next.own !== 'invalid' &&
    document !== undefined &&
    next.document?.previousDigestS3Object === document.digestS3Object &&
    next.document.previousDigestS3Bucket === document.digestS3Bucket
  )
}

function signatureOf(digest: LoadedDigest, copy: string | undefined): DigestReport['signature'] {
  const { document, publicKey } = digest
  if (digest.own === 'valid') return 'own'
  if (!document || !publicKey || copy === undefined) return 'none'
  const proves = verifyText(stringToSign(document, digest.sha256), copy, publicKey.key)
  return proves ? 'kept by the next digest' : 'none'
}

function related(digest: LoadedDigest, next: LoadedDigest | undefined): { related?: string } {
  return next && next.document?.previousDigestS3Object === digest.document?.digestS3Object
    ? { related: next.key }
    : {}
}

/** What is found of the times of two linked digests: the earlier one's end, the later one's start. */
export function timeFindings(
  digest: LoadedDigest,
  previous: Readonly<{ key: string; endTime: number }>,
): Finding[] {
  const startTime = digest.startTime
  const endTime = digest.document && digestTime(digest.document.digestEndTime)
  if (startTime === undefined || endTime === undefined || startTime === previous.endTime) return []
  const about = { chain: chainOf(digest.name), key: digest.key, related: previous.key }
  const ends = isoSeconds(previous.endTime)
  const starts = isoSeconds(startTime)
  if (previous.endTime >= endTime) {
    const message = `is linked to a digest that ends later, at ${ends}: the clock was set back`
    return [finding('digest-out-of-order', message, about)]
  }
  if (startTime < previous.endTime) {
    const message = `begins at ${starts}, before the digest it is linked to ends (${ends})`
    return [finding('digest-overlap', message, about)]
  }
  const message = `no digest covers ${ends} to ${starts}`
  return [finding('time-gap', message, { ...about, from: previous.endTime, until: startTime })]
}
