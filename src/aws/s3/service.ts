import type { ObjectServices } from '../../objects/contract.ts'
import type { Operation } from '../../operation.ts'
import { CreateBucket } from './CreateBucket.ts'
import { DeleteBucket } from './DeleteBucket.ts'
import * as encryption from './encryption.ts'
import { GetBucketLocation } from './GetBucketLocation.ts'
import { HeadBucket } from './HeadBucket.ts'
import { ListBuckets } from './ListBuckets.ts'
import * as lifecycle from './lifecycle.ts'
import * as ownership from './ownership.ts'
import * as policy from './policy.ts'
import * as publicAccessBlock from './public-access-block.ts'
import * as tagging from './tagging.ts'
import * as unbuiltSettings from './unbuilt-settings.ts'
import * as versioning from './versioning.ts'

export type S3Services = ObjectServices & Readonly<{ regions: readonly string[] }>

/** S3 as far as it is built. The settings of a bucket are a file each, with all operations of one. */
export const s3Operations: Readonly<Record<string, Operation>> = {
  ...encryption,
  ...lifecycle,
  ...ownership,
  ...policy,
  ...publicAccessBlock,
  ...tagging,
  ...unbuiltSettings,
  ...versioning,
  CreateBucket,
  DeleteBucket,
  GetBucketLocation,
  HeadBucket,
  ListBuckets,
}
