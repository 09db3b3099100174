import { ApiError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import { limits } from '../limits.ts'
import type { Transaction } from '../operation.ts'
import { checkBucketName } from './bucket-name.ts'
import { type Bucket, findBucket } from './contract.ts'
import { behindKeys, startOfKeys } from './object-place.ts'

/** `arn:aws:s3:::bucket`, or of an object in it. */
export function bucketArn(name: string, key?: string): string {
  return `arn:aws:s3:::${name}${key === undefined ? '' : `/${key}`}`
}

/** Which bucket a call is about, in the members that every operation has. */
export type BucketInput = Readonly<{ Bucket: string; ExpectedBucketOwner?: string }>

/** Throws ApiError NoSuchBucket; AccessDenied when it is not of the account the caller expects. */
export function getBucket(
  tx: Transaction,
  { Bucket: name, ExpectedBucketOwner }: BucketInput,
): Bucket {
  const bucket = findBucket(tx, name)
  if (!bucket) {
    const details = { BucketName: name }
    throw new ApiError('NoSuchBucket', 'The specified bucket does not exist', { details })
  }
  if (ExpectedBucketOwner !== undefined && ExpectedBucketOwner !== bucket.accountId) {
    throw new ApiError('AccessDenied', 'Access Denied')
  }
  return bucket
}

/** Keeps a changed bucket. */
export function saveBucket(tx: Transaction, bucket: Bucket): void {
  tx.put('bucket', bucket.name, bucket)
}

/** By name. */
export function listBuckets(tx: Transaction, accountId: string): Bucket[] {
  const buckets = tx.list<Bucket>('bucket').map(([, bucket]) => bucket)
  return buckets.filter((bucket) => bucket.accountId === accountId)
}

export type NewBucket = Pick<Bucket, 'name' | 'accountId' | 'region' | 'settings'> &
  Readonly<{ objectLock: boolean }>

/** All that S3 blocks in a new bucket. */
const blockedAccess = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
}

/**
 * Makes a bucket; one that the account has already in us-east-1 stays as it is, as S3 answers there.
 * Throws ApiError InvalidBucketName, BucketAlreadyExists, BucketAlreadyOwnedByYou, TooManyBuckets.
 */
export function createBucket(
  tx: Transaction,
  { objectLock, ...wanted }: NewBucket,
  { now, ids }: Readonly<{ now: number; ids: Ids }>,
): void {
  checkBucketName(wanted.name)
  const existing = findBucket(tx, wanted.name)
  if (existing) {
    assertSameBucket(existing, wanted)
    return
  }
  if (listBuckets(tx, wanted.accountId).length >= limits.bucketsMax) {
    throw new ApiError('TooManyBuckets', 'You have attempted to create more buckets than allowed')
  }
  const settings = { publicAccessBlock: blockedAccess, ...wanted.settings }
  const locked = objectLock ? ({ versioning: 'Enabled', objectLock: {} } as const) : {}
  saveBucket(tx, { ...wanted, settings, id: ids.uuid(), createdAt: now, ...locked })
}

function assertSameBucket(existing: Bucket, { accountId, region }: Omit<NewBucket, 'objectLock'>) {
  const details = { BucketName: existing.name }
  if (existing.accountId !== accountId) {
    throw new ApiError(
      'BucketAlreadyExists',
      'The requested bucket name is not available. The bucket namespace is shared by all users of the ' +
        'system. Please select a different name and try again.',
      { details },
    )
  }
  if (existing.region === 'us-east-1' && region === 'us-east-1') return
  throw new ApiError(
    'BucketAlreadyOwnedByYou',
    'Your previous request to create the named bucket succeeded and you already own it.',
    { details },
  )
}

/**
 * Takes the bucket away; uploads that were never completed go with the next upkeep. Throws ApiError
 * BucketNotEmpty while there is a version or a marker in it; the commit fails when one comes meanwhile.
 */
export async function deleteBucket(tx: Transaction, bucket: Bucket): Promise<void> {
  const inside = { from: startOfKeys(bucket, ''), to: behindKeys(bucket, '') }
  const [object] = await tx.rows.range('object', { ...inside, limit: 1, exact: true })
  if (object) {
    throw new ApiError('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
      details: { BucketName: bucket.name },
    })
  }
  tx.delete('bucket', bucket.name)
}
