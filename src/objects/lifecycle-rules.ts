import type { LifecycleRule } from '../gen/s3-types.ts'
import type { Bucket, ObjectVersion } from './contract.ts'

/** Where a version stands among those of its key. */
export type Standing = Readonly<{
  isCurrent: boolean
  /** The key has no other version. */
  isOnly: boolean
  /** When the next newer version came, milliseconds since the epoch; undefined for the current one. */
  noncurrentSince: number | undefined
  /** Versions that are newer than this one and not current. */
  newerNoncurrent: number
}>

/**
 * What the rules want: `expire` is a deletion as a caller would ask for it (a marker where there are
 * versions), `remove` takes this version away.
 */
export type Verdict = 'keep' | 'expire' | 'remove'

const dayMs = 86_400_000

/** The rules in force of a bucket. */
export function enabledRules({ settings }: Pick<Bucket, 'settings'>): LifecycleRule[] {
  const { Rules = [] } = (settings['lifecycle'] ?? {}) as { Rules?: LifecycleRule[] }
  return Rules.filter(({ Status }) => Status === 'Enabled')
}

/**
 * What becomes of a version, as far as rules go: Object Lock is not asked here. Transitions move nothing:
 * there is one kind of storage.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export function verdictOn(
  version: ObjectVersion,
  standing: Standing,
  rules: readonly LifecycleRule[],
  now: number,
): Verdict {
  const matching = rules.filter((rule) => covers(rule, version))
  if (!standing.isCurrent) {
    return matching.some((rule) => isOutdated(rule, standing, now)) ? 'remove' : 'keep'
  }
  if (!version.isDeleteMarker) {
    return matching.some((rule) => isExpired(rule, version, now)) ? 'expire' : 'keep'
  }
  if (!standing.isOnly) return 'keep'
  const isSpent = ({ Expiration }: LifecycleRule) => Expiration?.ExpiredObjectDeleteMarker === true
  const goes = matching.some((rule) => isSpent(rule) || isExpired(rule, version, now))
  return goes ? 'remove' : 'keep'
}

function isExpired(rule: LifecycleRule, version: ObjectVersion, now: number): boolean {
  const at = expiresAt(rule, version)
  return at !== undefined && now >= at
}

function expiresAt(
  { Expiration: when }: LifecycleRule,
  { lastModified }: Pick<ObjectVersion, 'lastModified'>,
): number | undefined {
  if (when?.Date !== undefined) return new Date(when.Date).getTime()
  return when?.Days === undefined ? undefined : dueAt(lastModified, when.Days)
}

function isOutdated(rule: LifecycleRule, standing: Standing, now: number): boolean {
  const { NoncurrentDays, NewerNoncurrentVersions: kept = 0 } =
    rule.NoncurrentVersionExpiration ?? {}
  if (NoncurrentDays === undefined || standing.newerNoncurrent < kept) return false
  return now >= dueAt(standing.noncurrentSince!, NoncurrentDays)
}

/** When a rule becomes due, and its id. */
export type Due = Readonly<{ at: number; ruleId: string | undefined }>

/** What rules look at in a version. */
type Ruled = Pick<ObjectVersion, 'key' | 'size' | 'tags' | 'isDeleteMarker'>

/** When the current version of a key will expire, and by which rule; the earliest if several. */
export function expirationOf(
  version: Ruled & Pick<ObjectVersion, 'lastModified'>,
  rules: readonly LifecycleRule[],
): Due | undefined {
  const matching = rules.filter((rule) => covers(rule, version))
  return earliest(matching, (rule) => expiresAt(rule, version))
}

/** When an upload that nobody completes will be aborted, and by which rule; the earliest if several. */
export function abortOf(
  { key, initiatedAt }: Readonly<{ key: string; initiatedAt: number }>,
  rules: readonly LifecycleRule[],
): Due | undefined {
  const matching = rules.filter((rule) => key.startsWith(filterOf(rule).prefix))
  return earliest(matching, ({ AbortIncompleteMultipartUpload: abort }) => {
    const days = abort?.DaysAfterInitiation
    return days === undefined ? undefined : dueAt(initiatedAt, days)
  })
}

function earliest(
  rules: readonly LifecycleRule[],
  dueOf: (rule: LifecycleRule) => number | undefined,
): Due | undefined {
  const all = rules.flatMap((rule) => {
    const at = dueOf(rule)
    return at === undefined ? [] : [{ at, ruleId: rule.ID }]
  })
  return all.sort((a, b) => a.at - b.at)[0]
}

/** S3 counts days to the midnight (UTC) that follows. */
function dueAt(from: number, days: number): number {
  return Math.ceil((from + days * dayMs) / dayMs) * dayMs
}

/** Whether the rule is about this version. Markers have no tags and no size that a filter could ask for. */
function covers(rule: LifecycleRule, { key, isDeleteMarker, tags = {}, size }: Ruled): boolean {
  const filter = filterOf(rule)
  if (!key.startsWith(filter.prefix)) return false
  const asksSize = filter.above !== undefined || filter.below !== undefined
  if (isDeleteMarker) return !asksSize && filter.tags.length === 0
  if (filter.above !== undefined && size <= filter.above) return false
  if (filter.below !== undefined && size >= filter.below) return false
  return filter.tags.every(({ Key, Value }) => Object.hasOwn(tags, Key) && tags[Key] === Value)
}

/** One form for all that S3 takes: an old-style prefix, a single condition, or several under And. */
function filterOf({ Prefix, Filter }: LifecycleRule) {
  const all = Filter?.And ?? Filter
  const single = Filter?.Tag ? [Filter.Tag] : []
  return {
    prefix: all?.Prefix ?? Prefix ?? '',
    tags: Filter?.And?.Tags ?? single,
    above: all?.ObjectSizeGreaterThan,
    below: all?.ObjectSizeLessThan,
  }
}
