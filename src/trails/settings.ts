import { ApiError } from '../errors.ts'
import type { UpdateTrailRequest } from '../gen/cloudtrail-types.ts'
import type { Trail } from './contract.ts'
import { refuseNotBuilt } from './not-built.ts'

/** What CreateTrail and UpdateTrail set. */
export type Settings = Pick<
  Trail,
  | 'bucket'
  | 'prefix'
  | 'includeGlobalServiceEvents'
  | 'isMultiRegion'
  | 'logFileValidation'
  | 'recursiveLogging'
>

/** Of a new trail that asks for nothing else. AWS delivers a trail's own footprint unless told not to. */
export const defaultSettings: Settings = {
  bucket: '',
  prefix: '',
  includeGlobalServiceEvents: true,
  isMultiRegion: false,
  logFileValidation: false,
  recursiveLogging: false,
}

const prefixLengthMax = 200

/**
 * The settings after a call: members that are absent keep their value, and an empty text clears one. A trail
 * that is multi-Region no more keeps its global service events: one page of AWS's says otherwise, but not the
 * answer that it shows, nor Terraform's tests, which run against AWS.
 *
 * Throws InvalidS3BucketNameException, InvalidS3PrefixException, InvalidParameterCombinationException, and
 * what `refuseNotBuilt` throws.
 */
export function settle(before: Settings, wanted: Omit<UpdateTrailRequest, 'Name'>): Settings {
  refuseNotBuilt(wanted)
  const isMultiRegion = wanted.IsMultiRegionTrail ?? before.isMultiRegion
  const turnsMultiRegion = isMultiRegion && !before.isMultiRegion
  const includeGlobalServiceEvents =
    wanted.IncludeGlobalServiceEvents ?? (turnsMultiRegion || before.includeGlobalServiceEvents)
  if (isMultiRegion && !includeGlobalServiceEvents) {
    throw new ApiError(
      'InvalidParameterCombinationException',
      'Multi-Region trail must include global service events.',
    )
  }
  return {
    bucket: wanted.S3BucketName === undefined ? before.bucket : checkedBucket(wanted.S3BucketName),
    prefix: wanted.S3KeyPrefix === undefined ? before.prefix : checkedPrefix(wanted.S3KeyPrefix),
    includeGlobalServiceEvents,
    isMultiRegion,
    logFileValidation: wanted.EnableLogFileValidation ?? before.logFileValidation,
    recursiveLogging: wanted.RecursiveLogging ?? before.recursiveLogging,
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function checkedBucket(name: string): string {
  const isName =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !/\.\.|\.-|-\./.test(name) &&
    !/^\d{1,3}(\.\d{1,3}){3}$/.test(name)
  if (isName) return name
  throw new ApiError(
    'InvalidS3BucketNameException',
    `${name || "''"} is not a bucket's name: 3 to 63 lower-case letters, numbers, periods and hyphens.`,
  )
}

function checkedPrefix(prefix: string): string {
  const invalid = (reason: string) => new ApiError('InvalidS3PrefixException', reason)
  if (prefix.length > prefixLengthMax) {
    throw invalid(`The S3 key prefix has more than ${prefixLengthMax} characters.`)
  }
  if (prefix.includes('AWSLogs/')) throw invalid('The S3 key prefix cannot hold AWSLogs/.')
  if (/\p{Cc}|\p{Cs}/u.test(prefix)) throw invalid('The S3 key prefix holds control characters.')
  return prefix.replace(/\/+$/, '')
}
