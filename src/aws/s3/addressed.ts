import { ApiError } from '../../errors.ts'
import { getBucket } from '../../objects/buckets.ts'
import type { Bucket, ObjectVersion } from '../../objects/contract.ts'
import { currentVersion, findVersion } from '../../objects/object-rows.ts'
import { orderOfVersionId } from '../../objects/version-id.ts'
import type { Transaction } from '../../operation.ts'

/** Which version a call is about; the current one where it names none. */
export type VersionInput = Readonly<{
  Bucket: string
  Key: string
  VersionId?: string
  ExpectedBucketOwner?: string
}>

/** Throws ApiError NoSuchBucket, NoSuchKey, NoSuchVersion; MethodNotAllowed for the marker of a deletion. */
export async function addressed(
  tx: Transaction,
  input: VersionInput,
): Promise<{ bucket: Bucket; version: ObjectVersion }> {
  const { Key, VersionId } = input
  const bucket = getBucket(tx, input)
  if (VersionId === undefined) {
    const version = await currentVersion(tx, bucket, Key)
    if (!version || version.isDeleteMarker) throw noSuchKey(Key, version)
    return { bucket, version }
  }
  checkVersionId(VersionId)
  const version = await findVersion(tx, bucket, Key, VersionId)
  if (!version) {
    const details = { Key, VersionId }
    throw new ApiError('NoSuchVersion', 'The specified version does not exist.', { details })
  }
  if (version.isDeleteMarker) throw markerHasNone(version)
  return { bucket, version }
}

/** Throws ApiError InvalidArgument for what no version can have as its id. */
export function checkVersionId(versionId: string): void {
  if (versionId === 'null' || orderOfVersionId(versionId) !== undefined) return
  const details = { ArgumentName: 'versionId', ArgumentValue: versionId }
  throw new ApiError('InvalidArgument', 'Invalid version id specified', { details })
}

function noSuchKey(Key: string, marker: ObjectVersion | undefined): ApiError {
  const headers = marker ? markerHeaders(marker) : {}
  const text = 'The specified key does not exist.'
  return new ApiError('NoSuchKey', text, { details: { Key }, headers })
}

function markerHasNone(marker: ObjectVersion): ApiError {
  const text = 'The specified method is not allowed against this resource.'
  const modified = { 'last-modified': new Date(marker.lastModified).toUTCString() }
  const headers = { ...markerHeaders(marker), allow: 'DELETE', ...modified }
  return new ApiError('MethodNotAllowed', text, { headers })
}

function markerHeaders({ versionId }: ObjectVersion) {
  return { 'x-amz-delete-marker': 'true', 'x-amz-version-id': versionId }
}

/** A version's id as an answer's member; nothing in a bucket that never had versions. */
export function shownVersion(
  { versioning }: Bucket,
  { versionId }: Pick<ObjectVersion, 'versionId'>,
) {
  return versioning ? { VersionId: versionId } : {}
}
