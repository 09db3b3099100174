import type { ObjectServices } from '../../objects/contract.ts'
import type { Operation } from '../../operation.ts'
import { CreateBucket } from './CreateBucket.ts'
import { DeleteBucket } from './DeleteBucket.ts'
import { GetBucketLocation } from './GetBucketLocation.ts'
import { HeadBucket } from './HeadBucket.ts'
import { ListBuckets } from './ListBuckets.ts'

export type S3Services = ObjectServices & Readonly<{ regions: readonly string[] }>

/** S3 as far as it is built. */
export const s3Operations: Readonly<Record<string, Operation>> = {
  CreateBucket,
  DeleteBucket,
  GetBucketLocation,
  HeadBucket,
  ListBuckets,
}
