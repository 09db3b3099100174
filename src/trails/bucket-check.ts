import { ApiError } from '../errors.ts'
import { SinkError, type Trail } from './contract.ts'
import type { TrailServices } from './trails.ts'

/**
 * Asks the bucket whether it would take the trail's files. Throws S3BucketDoesNotExistException and
 * InsufficientS3BucketPolicyException, and InvalidParameterException where it cannot be said.
 */
export async function checkBucket(
  { sink }: Pick<TrailServices, 'sink'>,
  trail: Pick<Trail, 'bucket' | 'prefix' | 'arn' | 'accountId' | 'homeRegion'>,
): Promise<void> {
  const { bucket, prefix, arn, accountId, homeRegion } = trail
  try {
    await sink.check({ bucket, prefix, trailArn: arn, accountId, region: homeRegion })
  } catch (error) {
    throw error instanceof SinkError ? refusal(bucket, error) : error
  }
}

function refusal(bucket: string, cause: SinkError): ApiError {
  switch (cause.code) {
    case 'NoSuchBucket':
      return new ApiError('S3BucketDoesNotExistException', `S3 bucket ${bucket} does not exist!`, {
        cause,
      })
    case 'AccessDenied':
      return new ApiError(
        'InsufficientS3BucketPolicyException',
        `Incorrect S3 bucket policy is detected for bucket: ${bucket}`,
        { cause },
      )
    case undefined:
      return new ApiError(
        'InvalidParameterException',
        `S3 bucket ${bucket} could not be asked: its endpoint did not answer. Try again later.`,
        { cause },
      )
    default:
      return new ApiError(
        'InvalidParameterException',
        `S3 bucket ${bucket} cannot take log files: its endpoint answered ${cause.code}.`,
        { cause },
      )
  }
}
