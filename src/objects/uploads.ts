import { ApiError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Principal, Rows, Transaction } from '../operation.ts'
import type { BlobRef, Blobs, Bucket, Checksum, ObjectVersion, WrittenBlob } from './contract.ts'
import { startOfKeys } from './object-place.ts'

/** What an upload was begun with and its object will have. */
export type UploadIntent = Readonly<{
  headers: ObjectVersion['headers']
  metadata: ObjectVersion['metadata']
  tags?: ObjectVersion['tags']
  storageClass?: string
  /** As asked for; a bucket's default begins when the object does. */
  retention?: ObjectVersion['retention']
  legalHold?: boolean
  checksum?: Pick<Checksum, 'algorithm' | 'type'>
}>

/** A multipart upload under way: a row of table `upload`, in the order in which S3 lists them. */
export type Upload = UploadIntent &
  Readonly<{
    /** Later ones are greater, so that those of one key come in the order in which they began. */
    id: string
    key: string
    /** Milliseconds since the epoch. */
    initiatedAt: number
    initiator: Readonly<{ arn: string; accountId: string; userName?: string }>
  }>

/** A part: a row of table `part`. It lies in one blob. */
export type Part = Readonly<{
  number: number
  blob: BlobRef
  /** MD5 in hex. */
  etag: string
  /** Milliseconds since the epoch. */
  lastModified: number
  /** Base64, of the algorithm that `checksumOf` the upload names. */
  checksum?: string
}>

export const partNumberMax = 10_000

/** Begins an upload; nothing of the object is seen before it is completed. */
export function beginUpload(
  tx: Transaction,
  { bucket, key, caller }: Readonly<{ bucket: Bucket; key: string; caller: Principal }>,
  intent: UploadIntent,
  { now, ids }: Readonly<{ now: number; ids: Ids }>,
): Upload {
  const id = now.toString(36).padStart(9, '0') + ids.uuid().replaceAll('-', '')
  const { arn, accountId, userName } = caller
  const initiator = { arn, accountId, ...(userName && { userName }) }
  const upload: Upload = { ...intent, id, key, initiatedAt: now, initiator }
  tx.rows.put('upload', uploadRow(bucket, upload), upload)
  return upload
}

/** Throws ApiError NoSuchUpload. The commit fails when the upload ends meanwhile. */
export async function findUpload(
  tx: Transaction,
  bucket: Pick<Bucket, 'id'>,
  { key, id }: Pick<Upload, 'key' | 'id'>,
): Promise<Upload> {
  const upload = await tx.rows.get<Upload>('upload', uploadRow(bucket, { key, id }))
  if (upload) return upload
  throw new ApiError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been ' +
      'aborted or completed.',
  )
}

/** How an upload's object is checked: as its sender asked, else as S3 does by itself. */
export function checksumOf({
  checksum,
}: Pick<Upload, 'checksum'>): NonNullable<Upload['checksum']> {
  return checksum ?? { algorithm: 'CRC64NVME', type: 'FULL_OBJECT' }
}

/** Throws ApiError InvalidArgument. */
export function checkPartNumber(number: number): void {
  if (Number.isInteger(number) && number >= 1 && number <= partNumberMax) return
  const text = `Part number must be an integer between 1 and ${partNumberMax}, inclusive`
  const details = { ArgumentName: 'partNumber', ArgumentValue: String(number) }
  throw new ApiError('InvalidArgument', text, { details })
}

/**
 * Keeps a part in place of the one that had its number, whose blob is let go of. Throws ApiError NoSuchUpload
 * when the upload has ended meanwhile.
 */
export async function keepPart(
  tx: Transaction,
  bucket: Bucket,
  { key, id, number, blob, now }: NewPart,
  blobs: Blobs,
): Promise<Part> {
  const upload = await findUpload(tx, bucket, { key, id })
  const row = partRow(upload, number)
  const replaced = await tx.rows.get<Part>('part', row)
  const checksum = blob.checksums[checksumOf(upload).algorithm]
  const part: Part = {
    number,
    blob: { id: blob.id, size: blob.size },
    etag: blob.md5,
    lastModified: now,
    ...(checksum && { checksum }),
  }
  tx.rows.put('part', row, part)
  if (replaced) tx.whenCommitted(() => blobs.release([replaced.blob]))
  return part
}

/** A part as it came in: of which upload, and what was written. */
export type NewPart = Pick<Upload, 'key' | 'id'> &
  Readonly<{ number: number; blob: WrittenBlob; now: number }>

/** Parts with numbers above `after`, in order. */
export async function listParts(
  rows: Rows,
  upload: Pick<Upload, 'id'>,
  { after = 0, limit, exact }: { after?: number; limit: number; exact?: boolean },
): Promise<Part[]> {
  if (after >= partNumberMax) return []
  const [from, to] = [partRow(upload, after + 1), partRow(upload, partNumberMax + 1)]
  const found = await rows.range<Part>('part', { from, to, limit, ...(exact && { exact }) })
  return found.map(([, part]) => part)
}

/** Takes an upload away that came to nothing. */
export async function endUpload(
  tx: Transaction,
  bucket: Pick<Bucket, 'id'>,
  { upload, blobs }: Readonly<{ upload: Upload; blobs: Blobs }>,
): Promise<void> {
  const parts = await listParts(tx.rows, upload, { limit: partNumberMax, exact: true })
  dropUpload(tx, bucket, { upload, parts, kept: [] }, blobs)
}

/** Takes an upload away with all its parts; lets go of the blobs that are not kept. */
export function dropUpload(
  tx: Transaction,
  bucket: Pick<Bucket, 'id'>,
  { upload, parts, kept }: Readonly<{ upload: Upload; parts: Part[]; kept: readonly BlobRef[] }>,
  blobs: Blobs,
): void {
  tx.rows.delete('upload', uploadRow(bucket, upload))
  for (const { number } of parts) tx.rows.delete('part', partRow(upload, number))
  const keptIds = new Set(kept.map(({ id }) => id))
  const gone = parts.map(({ blob }) => blob).filter(({ id }) => !keptIds.has(id))
  if (gone.length > 0) tx.whenCommitted(() => blobs.release(gone))
}

/** Bucket, key, upload: as objects lie, and those of one key in the order of their ids. */
export function uploadRow(
  bucket: Pick<Bucket, 'id'>,
  { key, id }: Pick<Upload, 'key' | 'id'>,
): Buffer {
  return Buffer.concat([startOfKeys(bucket, key), Buffer.from(`\0\0${id}`)])
}

function partRow({ id }: Pick<Upload, 'id'>, number: number): Buffer {
  const position = Buffer.alloc(2)
  position.writeUInt16BE(number)
  return Buffer.concat([Buffer.from(`${id}\0`), position])
}
