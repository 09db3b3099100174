import { ApiError } from '../errors.ts'
import type { ObjectLockConfiguration } from '../gen/s3-types.ts'
import type { Bucket, DefaultRetention } from './contract.ts'
import { malformedXml } from './malformed-xml.ts'

const daysMax = 36_500
const yearsMax = 100

/**
 * The bucket with Object Lock switched on; it can never be switched off. Throws ApiError InvalidBucketState
 * without versions, MalformedXML for what is not one mode with either days or years, and InvalidArgument for
 * a period out of bounds.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
 */
export function withObjectLock(bucket: Bucket, asked: ObjectLockConfiguration | undefined): Bucket {
  if (asked?.ObjectLockEnabled !== 'Enabled') throw malformedXml()
  if (bucket.versioning !== 'Enabled') {
    throw new ApiError(
      'InvalidBucketState',
      "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    )
  }
  if (asked.Rule === undefined) return { ...bucket, objectLock: {} }
  return { ...bucket, objectLock: { default: checkedDefault(asked.Rule.DefaultRetention) } }
}

type AskedDefault = NonNullable<ObjectLockConfiguration['Rule']>['DefaultRetention']

function checkedDefault({
  Mode: mode,
  Days: days,
  Years: years,
}: AskedDefault = {}): DefaultRetention {
  if (mode === undefined || (days === undefined) === (years === undefined)) throw malformedXml()
  if ((days ?? years)! <= 0) {
    const text = 'Default retention period must be a positive integer value.'
    throw new ApiError('InvalidArgument', text)
  }
  if ((days ?? 0) > daysMax || (years ?? 0) > yearsMax) {
    const text = `The default retention period is at most ${daysMax} days or ${yearsMax} years.`
    throw new ApiError('InvalidArgument', text)
  }
  return days === undefined ? { mode, years: years! } : { mode, days }
}
