import type { Chain } from './names.ts'

/**
 * How bad a finding is: a `failure` is evidence that was changed, removed or added; a `gap` is a time
 * or a file that nothing proves, with nothing found wrong; a `note` is worth knowing and proves fine.
 */
export type Severity = 'failure' | 'gap' | 'note'

/** Every kind of finding. Scripts may rely on these names. */
export const findingKinds = {
  /** The next digest names it, and it is not there. */
  'digest-missing': 'failure',
  /** Not gzip, cut short, not JSON, or without a field its proof needs. */
  'digest-unreadable': 'failure',
  /** It says itself that it belongs to another bucket or key: moved, copied or swapped. */
  'digest-moved': 'failure',
  /** Its name and its content disagree on account, Region or time. */
  'digest-misnamed': 'failure',
  /** Its signature does not verify: changed, or signed with another key in the name of this one. */
  'digest-changed': 'failure',
  /** The object's metadata lacks the signature, its algorithm, or when a backfill was made. */
  'metadata-missing': 'failure',
  /** Signed with a key that is not among the public keys. */
  'key-unknown': 'failure',
  /** Signed with a key that was not valid at that time. */
  'key-outside-validity': 'failure',
  /** Properly signed, and not the one that the next digest was linked to: an older version put back. */
  'digest-replaced': 'failure',
  /** Properly signed, and the chain goes on as if it were not there. */
  'digest-unlinked': 'failure',
  /** Linked to a digest of a later time: the clock was set back. */
  'digest-out-of-order': 'failure',
  /** Covers time that the digest before it covers already: the clock was set back. */
  'digest-overlap': 'failure',
  /** Its times are in the wrong order, or lie in the future. */
  'digest-times': 'failure',
  /** No digest at all for files that lie here, or for the trail that was asked for. */
  'chain-missing': 'failure',
  /** A new chain begins while an older one is here: validation or logging was off between them. */
  'chain-restarted': 'gap',
  /** Nothing follows the last digest, and too long ago for one to be on its way. */
  'chain-ended': 'gap',
  /** A digest begins later than the one it is linked to ends. */
  'time-gap': 'gap',
  /** A copy without metadata: no signature to check it with. */
  'digest-unproven': 'gap',
  /** An object in the digests' folder that is no digest by its name. */
  'not-a-digest': 'note',
  'log-missing': 'failure',
  /** Not gzip, cut short or larger than any log file. */
  'log-unreadable': 'failure',
  'log-changed': 'failure',
  /** In more than one digest. */
  'log-listed-twice': 'failure',
  /** In no digest, though digests cover its time: put there by somebody else. */
  'log-unlisted': 'failure',
  /** The digest that would prove it is missing or not to be trusted. */
  'log-unproven': 'failure',
  /** In no digest, from a time that none covers. */
  'log-in-gap': 'gap',
  /** Files of a kind (Insights, network activity) that no digest here lists any of. */
  'kind-undigested': 'gap',
  /** Delivered after the last digest; the next one will list it. */
  'log-pending': 'note',
  /** Named for a time far from its digest's: delivered late, or the clock was set back. */
  'log-late': 'note',
  /** Records, the same to the byte, that another file of the trail has too. */
  'records-repeated': 'note',
} as const satisfies Record<string, Severity>
export type FindingKind = keyof typeof findingKinds

export type Finding = Readonly<{
  type: 'finding'
  kind: FindingKind
  severity: Severity
  /** Absent where it is about no chain in particular. */
  chain?: Chain
  key?: string
  /** One sentence without the key. */
  message: string
  /** The time it is about, in milliseconds. */
  from?: number
  until?: number
  /** Another object that has to do with it. */
  related?: string
}>

/**
 * `proven` by a signature; `refuted` by what was found; `unproven` where nothing here can tell.
 * Only what is proven is ever called valid.
 */
export type Verdict = 'proven' | 'unproven' | 'refuted'

/** What became of one digest: which proofs it has, one by one. */
export type DigestReport = Readonly<{
  type: 'digest'
  chain: Chain
  key: string
  verdict: Verdict
  startTime?: number
  endTime: number
  /** Where the signature came from that verified. */
  signature: 'own' | 'kept by the next digest' | 'none'
  /** Whether the digest it is linked to is there, as it was when it was linked. */
  link: 'intact' | 'start' | 'broken' | 'not checked'
  files: number
}>

export type LogReport = Readonly<{
  type: 'log'
  chain: Chain
  key: string
  digest: string
  verdict: Verdict
  bytes: number
  records: number
}>

export type Report = Finding | DigestReport | LogReport

/** A finding; its severity is that of its kind. */
export function finding(
  kind: FindingKind,
  message: string,
  about: Omit<Finding, 'type' | 'kind' | 'severity' | 'message'> = {},
): Finding {
  return { type: 'finding', kind, severity: findingKinds[kind], message, ...about }
}
