import type { Transaction } from '../operation.ts'

/**
 * A bucket; document `bucket`, key its name. Settings that are absent are "not configured".
 *
 * Objects are rows (`Transaction.rows`): table `object`, one row a version, see `object-rows.ts`.
 */
export type Bucket = Readonly<{
  name: string
  /** Never used again, also when the bucket is made anew: object rows and blobs lie under it. */
  id: string
  accountId: string
  region: string
  /** Milliseconds since the epoch. */
  createdAt: number
  versioning?: 'Enabled' | 'Suspended'
  /** Settings by operation noun (`policy`, `encryption`, `lifecycle`, …), in the model's input shapes. */
  settings: Readonly<Record<string, unknown>>
  /** Object Lock was switched on; the default retention may be in it. */
  objectLock?: Readonly<{ default?: DefaultRetention }>
}>

export type DefaultRetention = Readonly<{
  mode: RetentionMode
  days?: number
  years?: number
}>

export type RetentionMode = 'GOVERNANCE' | 'COMPLIANCE'

/** One version of a key, or the marker of its deletion. */
export type ObjectVersion = Readonly<{
  key: string
  /** `null` for what was written while versioning was not on. */
  versionId: string
  /** Milliseconds since the epoch. */
  lastModified: number
  /** Made by a delete in a bucket with versions: has no content. */
  isDeleteMarker?: true
  /** The content, in order; none for an empty object. */
  blobs: readonly BlobRef[]
  size: number
  /** Without its quotation marks: MD5 in hex, or `<md5 of the parts' md5s>-<parts>`. */
  etag: string
  /**
   * Content-Type, Cache-Control, Content-Disposition, Content-Encoding, Content-Language, Expires as sent.
   */
  headers: Readonly<Record<string, string>>
  /** User metadata, names in lower case without `x-amz-meta-`. */
  metadata: Readonly<Record<string, string>>
  checksum?: Checksum
  /** Sizes and checksums of the parts of a multipart upload. */
  parts?: ReadonlyArray<Readonly<{ number: number; size: number; checksum?: string }>>
  storageClass?: string
  /** As `x-amz-server-side-encryption`; KMS is refused until there is a KMS. */
  encryption: 'AES256'
  tags?: Readonly<Record<string, string>>
  retention?: Readonly<{ mode: RetentionMode; until: number }>
  /** False once it was on: S3 shows OFF then, and nothing for a hold that never was. */
  legalHold?: boolean
  accountId: string
}>

export type Checksum = Readonly<{
  algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'
  /** Base64; with `-<parts>` where composite. */
  value: string
  type: 'FULL_OBJECT' | 'COMPOSITE'
}>

/** A file of bytes that never change. */
export type BlobRef = Readonly<{ id: string; size: number }>

export type WrittenBlob = BlobRef &
  Readonly<{
    md5: string
    /** Base64 by algorithm: those that were asked for. */
    checksums: Readonly<Partial<Record<Checksum['algorithm'], string>>>
  }>

/**
 * Contents of objects: files named by random ids under `<data>/objects/`, never by a key. A blob is durable
 * before `write` resolves and nobody sees it until a committed row names it. What no row names is removed by
 * a daily sweep, and some time after a commit let go of it, so that readers can finish.
 */
export interface Blobs {
  /** Rejects with what the body rejects with (nothing is kept then) or with StorageError. */
  write(
    body: Buffer | AsyncIterable<Buffer>,
    options: Readonly<{ bytesMax: number; checksums?: ReadonlyArray<Checksum['algorithm']> }>,
  ): Promise<WrittenBlob>
  /** Bytes `start` to `end` (not included) over all blobs in order. */
  read(blobs: readonly BlobRef[], start: number, end: number): AsyncIterable<Buffer>
  /** May be called as soon as the commit that let go of them is durable. */
  release(blobs: readonly BlobRef[]): void
}

/** What the S3 operations work with. */
export type ObjectServices = Readonly<{ blobs: Blobs }>

/** The bucket, if there is one of that name. */
export function findBucket(tx: Transaction, name: string): Bucket | undefined {
  return tx.get<Bucket>('bucket', name)
}
