import { ApiError } from '../../errors.ts'

/**
 * The Region that a new bucket is in: the constraint's, which only us-east-1 takes for any other. Throws
 * ApiError InvalidLocationConstraint and IllegalLocationConstraintException.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
 */
export function regionFor(
  constraint: string | undefined,
  callerRegion: string,
  regions: readonly string[],
): string {
  const wanted = constraint === 'EU' ? 'eu-west-1' : constraint || undefined
  if (wanted !== undefined && (wanted === 'us-east-1' || !regions.includes(wanted))) {
    throw new ApiError(
      'InvalidLocationConstraint',
      'The specified location-constraint is not valid',
      { details: { LocationConstraint: wanted } },
    )
  }
  if (callerRegion !== 'us-east-1' && wanted !== callerRegion) {
    const which = wanted ?? 'unspecified'
    throw new ApiError(
      'IllegalLocationConstraintException',
      `The ${which} location constraint is incompatible for the region specific endpoint this request ` +
        'was sent to.',
    )
  }
  return wanted ?? 'us-east-1'
}

/** How S3 names a bucket's Region in GetBucketLocation: us-east-1 is nothing. */
export function locationConstraint(region: string): string | undefined {
  return region === 'us-east-1' ? undefined : region
}
