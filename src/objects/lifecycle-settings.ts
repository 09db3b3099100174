import { ApiError } from '../errors.ts'
import type { BucketLifecycleConfiguration, LifecycleRule } from '../gen/s3-types.ts'
import type { Ids } from '../ids.ts'
import { malformedXml } from './malformed-xml.ts'

/** Kept in state, where a date is a text. */
export type Lifecycle = Readonly<{
  Rules: readonly LifecycleRule[]
  minimumSize: 'all_storage_classes_128K' | 'varies_by_storage_class'
}>

const rulesMax = 1_000
const idMax = 255
const dayMs = 86_400_000

/**
 * Rules as they are kept: with ids and with what S3 demands of them. Throws ApiError MalformedXML,
 * InvalidArgument, InvalidRequest; NotImplemented for transitions, as there is one kind of storage.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
 */
export function checkedRules({ Rules }: BucketLifecycleConfiguration, ids: Ids): LifecycleRule[] {
  if (Rules.length === 0 || Rules.length > rulesMax) throw malformedXml()
  const rules = Rules.map((rule) => {
    checkFilter(rule)
    checkActions(rule)
    return { ...rule, ID: rule.ID || ids.uuid() }
  })
  if (rules.some(({ ID }) => ID.length > idMax)) {
    throw invalid('ID length should not exceed allowed limit of 255')
  }
  if (new Set(rules.map(({ ID }) => ID)).size < rules.length) {
    throw invalid('Rule ID must be unique. Found same ID for more than one rule')
  }
  return rules
}

/** A prefix of the old form or a filter of the new one; in a filter one condition, or several under And. */
function checkFilter({ Prefix, Filter }: LifecycleRule): void {
  if ((Prefix === undefined) === (Filter === undefined)) throw malformedXml()
  const { And, ...single } = Filter ?? {}
  const conditions = Object.values(single).filter((value) => value !== undefined).length
  if (conditions + (And ? 1 : 0) > 1) throw malformedXml()
  if (!And) return
  const { Tags = [], ...others } = And
  const several = Tags.length + Object.values(others).filter((value) => value !== undefined).length
  if (several < 2) throw malformedXml()
  if (new Set(Tags.map(({ Key }) => Key)).size < Tags.length) {
    throw new ApiError('InvalidRequest', 'Duplicate Tag Keys are not allowed.')
  }
}

function checkActions(rule: LifecycleRule): void {
  const { Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule
  if (rule.Transitions?.length || rule.NoncurrentVersionTransitions?.length) {
    throw new ApiError('NotImplemented', 'Transitions are not built: there is one kind of storage.')
  }
  if (!Expiration && !NoncurrentVersionExpiration && !AbortIncompleteMultipartUpload) {
    const text = 'At least one action needs to be specified in a rule.'
    throw new ApiError('InvalidRequest', text)
  }
  if (Expiration) checkExpiration(Expiration, rule)
  if (NoncurrentVersionExpiration) checkNoncurrent(NoncurrentVersionExpiration)
  if (!AbortIncompleteMultipartUpload) return
  positive(AbortIncompleteMultipartUpload.DaysAfterInitiation, 'DaysAfterInitiation')
  if (asksMore(rule)) {
    const text = 'AbortIncompleteMultipartUpload cannot be specified with Tags or sizes.'
    throw new ApiError('InvalidRequest', text)
  }
}

function checkExpiration(
  { Date: date, Days, ExpiredObjectDeleteMarker }: NonNullable<LifecycleRule['Expiration']>,
  rule: LifecycleRule,
): void {
  const given = [date, Days, ExpiredObjectDeleteMarker].filter((value) => value !== undefined)
  if (given.length !== 1) throw malformedXml()
  if (Days !== undefined) positive(Days, "'Days' for Expiration action")
  if (date !== undefined && date.getTime() % dayMs !== 0) {
    throw invalid("'Date' must be at midnight GMT")
  }
  if (ExpiredObjectDeleteMarker && asksMore(rule)) {
    const text = 'ExpiredObjectDeleteMarker cannot be specified with Tags or sizes.'
    throw new ApiError('InvalidRequest', text)
  }
}

function checkNoncurrent(
  expiration: NonNullable<LifecycleRule['NoncurrentVersionExpiration']>,
): void {
  const { NoncurrentDays, NewerNoncurrentVersions } = expiration
  if (NoncurrentDays === undefined) throw malformedXml()
  positive(NoncurrentDays, "'NoncurrentDays' for NoncurrentVersionExpiration action")
  if (NewerNoncurrentVersions === undefined) return
  positive(NewerNoncurrentVersions, "'NewerNoncurrentVersions'")
  if (NewerNoncurrentVersions > 100) {
    throw invalid("'NewerNoncurrentVersions' must be at most 100")
  }
}

/** The filter looks at more than the key. */
function asksMore({ Filter }: LifecycleRule): boolean {
  const all = Filter?.And ?? Filter ?? {}
  const { ObjectSizeGreaterThan, ObjectSizeLessThan } = all
  const asksSize = ObjectSizeGreaterThan !== undefined || ObjectSizeLessThan !== undefined
  return asksSize || Filter?.Tag !== undefined || (Filter?.And?.Tags ?? []).length > 0
}

function positive(value: number | undefined, what: string): void {
  if (value === undefined) throw malformedXml()
  if (value <= 0) throw invalid(`${what} must be a positive integer`)
}

function invalid(message: string): ApiError {
  return new ApiError('InvalidArgument', message)
}

/** As they are shown: dates are dates again. */
export function shownRules({ Rules }: Lifecycle): LifecycleRule[] {
  return Rules.map((rule) => {
    const { Expiration } = rule
    if (Expiration?.Date === undefined) return rule
    return { ...rule, Expiration: { ...Expiration, Date: new Date(Expiration.Date) } }
  })
}
