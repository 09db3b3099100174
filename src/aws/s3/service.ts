import type { ObjectServices } from '../../objects/contract.ts'
import type { Operation } from '../../operation.ts'
import { CopyObject } from './CopyObject.ts'
import { CreateBucket } from './CreateBucket.ts'
import { DeleteBucket } from './DeleteBucket.ts'
import { DeleteObject } from './DeleteObject.ts'
import { DeleteObjects } from './DeleteObjects.ts'
import * as encryption from './encryption.ts'
import { GetBucketLocation } from './GetBucketLocation.ts'
import { GetObject } from './GetObject.ts'
import { HeadBucket } from './HeadBucket.ts'
import { HeadObject } from './HeadObject.ts'
import { ListBuckets } from './ListBuckets.ts'
import { ListObjects } from './ListObjects.ts'
import { ListObjectsV2 } from './ListObjectsV2.ts'
import { ListObjectVersions } from './ListObjectVersions.ts'
import * as lifecycle from './lifecycle.ts'
import * as ownership from './ownership.ts'
import { PutObject } from './PutObject.ts'
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
  CopyObject,
  CreateBucket,
  DeleteBucket,
  DeleteObject,
  DeleteObjects,
  GetBucketLocation,
  GetObject,
  HeadBucket,
  HeadObject,
  ListBuckets,
  ListObjectVersions,
  ListObjects,
  ListObjectsV2,
  PutObject,
}
