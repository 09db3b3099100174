import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../operation.ts'
import type { Blobs, Bucket, ObjectVersion } from './contract.ts'
import { assemble, type ClaimedWhole } from './multipart.ts'
import { addVersion, currentVersion } from './object-rows.ts'
import { withDefault } from './retention.ts'
import {
  dropUpload,
  findUpload,
  listParts,
  partNumberMax,
  type Upload,
  uploadRow,
} from './uploads.ts'
import { assertWritable, type WriteConditions } from './write-conditions.ts'

/** What the answer shows of a completed upload: a row of table `completed-upload`, with the upload's key. */
export type Completed = Pick<ObjectVersion, 'versionId' | 'etag' | 'checksum' | 'size' | 'tags'> &
  Readonly<{ at: number }>

/**
 * Makes the object of an upload, which ends. A caller who did not hear the answer and asks again within a day
 * gets the same one. The object is as old as its completion: where S3 shows the time of the upload's
 * beginning, versions would seem to have come in another order than they did. Throws ApiError NoSuchUpload,
 * what `assemble` finds wrong with the parts and `assertWritable` with the conditions.
 */
export async function completeUpload(
  tx: Transaction,
  bucket: Bucket,
  asked: Pick<Upload, 'key' | 'id'> &
    Readonly<{ whole: ClaimedWhole; conditions: WriteConditions }>,
  services: Readonly<{ clock: Clock; ids: Ids; blobs: Blobs }>,
): Promise<Completed> {
  const completed = await tx.rows.get<Completed>('completed-upload', uploadRow(bucket, asked))
  if (completed) return completed

  const upload = await findUpload(tx, bucket, asked)
  const parts = await listParts(tx.rows, upload, { limit: partNumberMax, exact: true })
  const made = assemble(upload, parts, asked.whole)
  assertWritable(await currentVersion(tx, bucket, asked.key), asked.key, asked.conditions)

  const at = services.clock.now()
  const { id, initiatedAt, initiator, checksum, retention, ...intent } = upload
  const lock = withDefault(bucket, { ...(retention && { retention }) }, at)
  const { accountId } = bucket
  const added = { ...intent, ...lock, ...made, encryption: 'AES256', accountId } as const
  const version = await addVersion(tx, bucket, added, services)
  dropUpload(tx, bucket, { upload, parts, kept: made.blobs }, services.blobs)
  const { versionId, etag, size, tags } = version
  const shown = { versionId, etag, checksum: made.checksum, size, ...(tags && { tags }), at }
  tx.rows.put('completed-upload', uploadRow(bucket, upload), shown)
  return shown
}
