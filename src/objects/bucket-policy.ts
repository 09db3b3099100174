import type { Transaction } from '../operation.ts'
import { findBucket } from './contract.ts'

/** What a bucket's root may always do: S3 locks nobody out of a policy for good. */
const neverDenied = ['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']

/**
 * Whose the bucket of an ARN is, and its policy: what is asked besides the caller's own policies. Undefined
 * for what is no bucket's.
 */
export function bucketOwner(
  tx: Transaction,
  arn: string,
): Readonly<{ accountId: string; policy?: string; neverDenied: readonly string[] }> | undefined {
  const name = /^arn:aws:s3:::([^/]+)/.exec(arn)?.[1]
  const bucket = name === undefined ? undefined : findBucket(tx, name)
  if (!bucket) return undefined
  const policy = bucket.settings['policy'] as string | undefined
  return { accountId: bucket.accountId, neverDenied, ...(policy !== undefined && { policy }) }
}
