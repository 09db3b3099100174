import { ApiError } from '../errors.ts'
import type { Bucket, ObjectVersion, RetentionMode } from './contract.ts'
import { malformedXml } from './malformed-xml.ts'

export type Retention = NonNullable<ObjectVersion['retention']>

/** What Object Lock says of one version: members of ObjectVersion. */
export type Lock = Pick<ObjectVersion, 'retention' | 'legalHold'>

/** The lock a request asks for, in the members that every operation has which makes an object. */
export type AskedLock = Readonly<{
  ObjectLockMode?: RetentionMode
  ObjectLockRetainUntilDate?: Date
  ObjectLockLegalHoldStatus?: 'ON' | 'OFF'
}>

/** The lock of a new object: what the request asks for, else the bucket's default retention. */
export function retentionFor(bucket: Bucket, asked: AskedLock, now: number): Lock {
  return withDefault(bucket, askedLock(bucket, asked, now), now)
}

/**
 * The lock that a request asks for. Throws ApiError InvalidRequest when the bucket has no Object Lock and
 * InvalidArgument for half a retention or a date that is not to come.
 */
export function askedLock(bucket: Bucket, asked: AskedLock, now: number): Lock {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = asked
  const { ObjectLockLegalHoldStatus: hold } = asked
  if (mode ?? until ?? hold) assertLockable(bucket)
  if ((mode === undefined) !== (until === undefined)) {
    throw new ApiError(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    )
  }
  const retention = mode && until && checkedRetention(mode, until, now)
  return { ...(retention && { retention }), ...(hold && { legalHold: hold === 'ON' }) }
}

/** A lock with the bucket's default retention, from now on, where it has none of its own. */
export function withDefault(bucket: Bucket, lock: Lock, now: number): Lock {
  const retention = lock.retention ?? defaultRetention(bucket, now)
  return { ...lock, ...(retention && { retention }) }
}

/** Throws ApiError InvalidRequest for a bucket without Object Lock. */
export function assertLockable(bucket: Bucket): void {
  if (bucket.objectLock) return
  throw new ApiError('InvalidRequest', 'Bucket is missing Object Lock Configuration')
}

/**
 * The retention that PutObjectRetention names; undefined takes it away. Throws ApiError MalformedXML for half
 * of one and InvalidArgument for a date that is not to come.
 */
export function askedRetention(
  { Mode, RetainUntilDate }: Readonly<{ Mode?: RetentionMode; RetainUntilDate?: Date }> = {},
  now: number,
): Retention | undefined {
  if (!Mode && !RetainUntilDate) return undefined
  if (!Mode || !RetainUntilDate) throw malformedXml()
  return checkedRetention(Mode, RetainUntilDate, now)
}

/** S3's answer for a version with no retention, or no legal hold, to show. */
export function noLockOfObject({ key }: ObjectVersion): ApiError {
  const text = 'The specified object does not have a ObjectLock configuration'
  return new ApiError('NoSuchObjectLockConfiguration', text, { details: { Key: key } })
}

/** Throws ApiError InvalidArgument for a date that is not to come. */
function checkedRetention(mode: RetentionMode, until: Date, now: number): Retention {
  if (until.getTime() > now) return { mode, until: until.getTime() }
  throw new ApiError('InvalidArgument', 'The retain until date must be in the future!')
}

function defaultRetention({ objectLock }: Bucket, now: number): Retention | undefined {
  if (!objectLock?.default) return undefined
  const { mode, days = 0, years = 0 } = objectLock.default
  const until = new Date(now)
  until.setUTCFullYear(
    until.getUTCFullYear() + years,
    until.getUTCMonth(),
    until.getUTCDate() + days,
  )
  return { mode, until: until.getTime() }
}

/**
 * Throws ApiError AccessDenied when Object Lock forbids that the version goes. Markers of a deletion may
 * always go. `bypassGovernance`: the caller asked for it and may (`s3:BypassGovernanceRetention`).
 */
export function assertDeletable(
  version: ObjectVersion,
  { bypassGovernance }: { bypassGovernance: boolean },
  now: number,
): void {
  if (!isProtected(version, { bypassGovernance }, now)) return
  throw new ApiError('AccessDenied', 'Access Denied because object protected by object lock.')
}

/** Whether Object Lock keeps the version from going. */
export function isProtected(
  { isDeleteMarker, retention, legalHold }: ObjectVersion,
  { bypassGovernance }: { bypassGovernance: boolean },
  now: number,
): boolean {
  if (isDeleteMarker) return false
  if (legalHold) return true
  if (!retention || retention.until <= now) return false
  return retention.mode === 'COMPLIANCE' || !bypassGovernance
}

/**
 * Throws ApiError AccessDenied when a version's retention may not become `next` (undefined: none at all).
 * It may always become longer; less of it, or the other mode, needs a bypass under governance and is out of
 * the question under compliance. What has run out binds nobody.
 */
export function assertRetentionChange(
  { retention }: ObjectVersion,
  next: Retention | undefined,
  { bypassGovernance, now }: { bypassGovernance: boolean; now: number },
): void {
  if (!retention || retention.until <= now) return
  if (next?.mode === retention.mode && next.until >= retention.until) return
  if (retention.mode === 'GOVERNANCE' && bypassGovernance) return
  throw new ApiError('AccessDenied', 'Access Denied because object protected by object lock.')
}
