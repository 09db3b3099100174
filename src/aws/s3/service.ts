import type { ObjectServices } from '../../objects/contract.ts'
import type { Operation } from '../../operation.ts'
import { AbortMultipartUpload } from './AbortMultipartUpload.ts'
import { CompleteMultipartUpload } from './CompleteMultipartUpload.ts'
import { CopyObject } from './CopyObject.ts'
import { CreateBucket } from './CreateBucket.ts'
import { CreateMultipartUpload } from './CreateMultipartUpload.ts'
import { DeleteBucket } from './DeleteBucket.ts'
import { DeleteObject } from './DeleteObject.ts'
import { DeleteObjects } from './DeleteObjects.ts'
import { DeleteObjectTagging } from './DeleteObjectTagging.ts'
import * as encryption from './encryption.ts'
import { GetBucketLocation } from './GetBucketLocation.ts'
import { GetObject } from './GetObject.ts'
import { GetObjectAcl } from './GetObjectAcl.ts'
import { GetObjectAttributes } from './GetObjectAttributes.ts'
import { GetObjectLegalHold } from './GetObjectLegalHold.ts'
import { GetObjectLockConfiguration } from './GetObjectLockConfiguration.ts'
import { GetObjectRetention } from './GetObjectRetention.ts'
import { GetObjectTagging } from './GetObjectTagging.ts'
import { HeadBucket } from './HeadBucket.ts'
import { HeadObject } from './HeadObject.ts'
import { ListBuckets } from './ListBuckets.ts'
import { ListMultipartUploads } from './ListMultipartUploads.ts'
import { ListObjects } from './ListObjects.ts'
import { ListObjectsV2 } from './ListObjectsV2.ts'
import { ListObjectVersions } from './ListObjectVersions.ts'
import { ListParts } from './ListParts.ts'
import * as lifecycle from './lifecycle.ts'
import * as ownership from './ownership.ts'
import { PutObject } from './PutObject.ts'
import { PutObjectAcl } from './PutObjectAcl.ts'
import { PutObjectLegalHold } from './PutObjectLegalHold.ts'
import { PutObjectLockConfiguration } from './PutObjectLockConfiguration.ts'
import { PutObjectRetention } from './PutObjectRetention.ts'
import { PutObjectTagging } from './PutObjectTagging.ts'
import * as policy from './policy.ts'
import * as publicAccessBlock from './public-access-block.ts'
import * as tagging from './tagging.ts'
import { UploadPart } from './UploadPart.ts'
import { UploadPartCopy } from './UploadPartCopy.ts'
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
  AbortMultipartUpload,
  CompleteMultipartUpload,
  CopyObject,
  CreateBucket,
  CreateMultipartUpload,
  DeleteBucket,
  DeleteObject,
  DeleteObjectTagging,
  DeleteObjects,
  GetBucketLocation,
  GetObject,
  GetObjectAcl,
  GetObjectAttributes,
  GetObjectLegalHold,
  GetObjectLockConfiguration,
  GetObjectRetention,
  GetObjectTagging,
  HeadBucket,
  HeadObject,
  ListBuckets,
  ListMultipartUploads,
  ListObjectVersions,
  ListObjects,
  ListObjectsV2,
  ListParts,
  PutObject,
  PutObjectAcl,
  PutObjectLegalHold,
  PutObjectLockConfiguration,
  PutObjectRetention,
  PutObjectTagging,
  UploadPart,
  UploadPartCopy,
}
