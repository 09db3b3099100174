import type { LogKind } from '../digest/names.ts'
import { isRegionName } from '../record/region.ts'
import type { Trail } from '../trails/contract.ts'

/** Where an event belongs among log files. */
export type Placement = Readonly<{
  accountId: string
  region: string
  kind: LogKind
  /** When it happened, in milliseconds. */
  time: number
  /** Of a service that has no Region (`core.md` 2.4). */
  isGlobal: boolean
}>

type Fields = Readonly<Record<string, unknown>>

const kinds: Readonly<Record<string, LogKind>> = {
  Insight: 'CloudTrail-Insight',
  NetworkActivity: 'CloudTrail-NetworkActivity',
  Aggregated: 'CloudTrail-Aggregated',
}
/** Years that a key can hold: four digits. */
const latestTime = Date.UTC(9999, 11, 31)

/**
 * Reads it from a parsed record. What an object's name could not hold is replaced, as nothing that is owed
 * may be left out: a Region that is none by `homeRegion`, a time that is none by `at`, when the record came
 * in.
 */
export function placementOf(record: Fields, at: number, homeRegion: string): Placement {
  const region = text(record['awsRegion'])
  return {
    accountId: accountOf(record),
    region: isRegionName(region) ? region : homeRegion,
    kind: kindOf(record),
    time: timeOf(record, at),
    isGlobal: isGlobal(record),
  }
}

/** Whether the trail is of the event's account and covers its Region. */
export function covers(trail: Trail, { accountId, region, isGlobal }: Placement): boolean {
  if (accountId !== trail.accountId) return false
  if (isGlobal && !trail.includeGlobalServiceEvents) return false
  return trail.isMultiRegion || region === trail.homeRegion
}

function accountOf(record: Fields): string {
  return text(record['recipientAccountId']) || text(object(record['userIdentity'])['accountId'])
}

function kindOf(record: Fields): LogKind {
  const category = text(record['eventCategory'])
  if (!category && record['eventType'] === 'AwsCloudTrailInsight') return 'CloudTrail-Insight'
  return (Object.hasOwn(kinds, category) && kinds[category]) || 'CloudTrail'
}

/** Aggregated events have a window instead of a time. */
function timeOf(record: Fields, at: number): number {
  const stated = text(record['eventTime']) || text(object(record['timeWindow'])['windowStart'])
  const time = Date.parse(stated)
  return time >= 0 && time < latestTime ? time : at
}

/**
 * IAM, CloudFront, and STS where its endpoint without a Region was called; all three are recorded in
 * us-east-1.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
 */
function isGlobal(record: Fields): boolean {
  if (record['awsRegion'] !== 'us-east-1') return false
  const source = record['eventSource']
  if (source === 'iam.amazonaws.com' || source === 'cloudfront.amazonaws.com') return true
  const host = object(record['tlsDetails'])['clientProvidedHostHeader']
  return source === 'sts.amazonaws.com' && host === 'sts.amazonaws.com'
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function object(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
