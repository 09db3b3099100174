import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../operation.ts'
import type { Blobs, Bucket } from './contract.ts'
import {
  addVersion,
  currentVersion,
  findVersion,
  type NewVersion,
  removeVersion,
} from './object-rows.ts'
import { assertDeletable } from './retention.ts'
import { assertWritable } from './write-conditions.ts'

export type Deletion = Readonly<{
  key: string
  /** This version goes for good; without it the key is deleted, and its versions stay. */
  versionId?: string | undefined
  /** Only when the current version has this entity tag. */
  ifMatch?: string | undefined
  /** The caller asked for it and may. */
  bypassGovernance: boolean
}>

/** What became of it: the marker that was made, or the version that went, which may have been a marker. */
export type Deleted = Readonly<{ versionId?: string; isMarker?: true; isNew?: true }>

/**
 * Deletes an object as its bucket does: with versions by a marker that becomes the newest version, else by
 * taking it away. What is not there is deleted already. Throws ApiError AccessDenied for a version under
 * Object Lock, and PreconditionFailed.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
 */
export async function deleteObject(
  tx: Transaction,
  bucket: Bucket,
  { key, versionId, ifMatch, bypassGovernance }: Deletion,
  services: Readonly<{ clock: Clock; ids: Ids; blobs: Blobs }>,
): Promise<Deleted> {
  if (ifMatch !== undefined) {
    const found = await (versionId === undefined
      ? currentVersion(tx, bucket, key)
      : findVersion(tx, bucket, key, versionId))
    assertWritable(found, key, { IfMatch: ifMatch })
  }
  if (versionId === undefined && bucket.versioning) {
    const marker = await addVersion(tx, bucket, deleteMarker(key, bucket), services)
    return { versionId: marker.versionId, isMarker: true, isNew: true }
  }
  const version = await findVersion(tx, bucket, key, versionId ?? 'null')
  if (version) {
    assertDeletable(version, { bypassGovernance }, services.clock.now())
    await removeVersion(tx, bucket, version, services.blobs)
  }
  return {
    ...(versionId && { versionId }),
    ...(version?.isDeleteMarker && { isMarker: true }),
  }
}

/** What stands for the deletion of a key where there are versions. */
export function deleteMarker(key: string, { accountId }: Bucket): NewVersion {
  const empty = { blobs: [], size: 0, etag: '', headers: {}, metadata: {} }
  return { ...empty, key, isDeleteMarker: true, encryption: 'AES256', accountId }
}
