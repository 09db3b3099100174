// What log files and digests have in common on their way to a trail's bucket.
import { type Destination, SinkError, type Trail } from '../trails/contract.ts'

/** Headers of both (`core.md` 3.2). */
export const gzippedJson = {
  'content-type': 'application/json',
  'content-encoding': 'gzip',
  'x-amz-acl': 'bucket-owner-full-control',
  'x-amz-server-side-encryption': 'AES256',
}

const lostBucket = new Set<string | undefined>(['NoSuchBucket', 'AccessDenied'])

/** After such an answer nothing was stored, and waiting may not help. */
export function isBucketLost(error: unknown): boolean {
  return error instanceof SinkError && lostBucket.has(error.code)
}

/** S3's code of a refusal; undefined when nobody answered, and for errors of our own. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof SinkError ? error.code : undefined
}

/** Where an object of the trail goes that is of this Region. */
export function destinationOf(
  { bucket, prefix, arn: trailArn, accountId }: Trail,
  region: string,
): Destination {
  return { bucket, prefix, trailArn, accountId, region }
}
