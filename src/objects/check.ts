import { createHash } from 'node:crypto'
import { type ReadableFiles, systemFiles } from '../files.ts'
import { blobPath } from './blobs.ts'
import type { BlobRef, ObjectVersion } from './contract.ts'
import type { Part } from './uploads.ts'

/** A content that is not as it was stored. */
export type ObjectDamage = Readonly<{
  /** The blob's file name. */
  file: string
  /** What it is of: an object's key, or an upload's part. */
  of: string
  reason: 'missing' | 'size' | 'checksum'
}>

export type ObjectCheck = Readonly<{ objects: number; damage: ObjectDamage[] }>

const readBytes = 1024 * 1024

/**
 * Verifies that every object and every uploaded part has its content: as long as it was, and with the MD5 it
 * had where that is known (of an object made of parts it is not).
 */
export function checkObjects(
  folder: string,
  rows: Readonly<{ objects: Iterable<ObjectVersion>; parts: Iterable<Part> }>,
  files: ReadableFiles = systemFiles,
): ObjectCheck {
  const damage: ObjectDamage[] = []
  const check = (blob: BlobRef, of: string, md5?: string) => {
    const reason = damageOf(folder, blob, md5, files)
    if (reason) damage.push({ file: blob.id, of, reason })
  }
  let objects = 0
  for (const { key, versionId, blobs, etag } of rows.objects) {
    objects++
    const isWhole = blobs.length === 1 && !etag.includes('-')
    for (const blob of blobs)
      check(blob, `${key} (version ${versionId})`, isWhole ? etag : undefined)
  }
  for (const { number, blob, etag } of rows.parts) check(blob, `part ${number} of an upload`, etag)
  return { objects, damage }
}

function damageOf(
  folder: string,
  { id, size }: BlobRef,
  md5: string | undefined,
  files: ReadableFiles,
): ObjectDamage['reason'] | undefined {
  const file = size > 0 ? files.open(blobPath(folder, id)) : undefined
  if (!file) return size > 0 ? 'missing' : undefined
  try {
    if (file.bytes !== size) return 'size'
    if (md5 === undefined) return undefined
    const hash = createHash('md5')
    const buffer = Buffer.allocUnsafe(readBytes)
    for (let at = 0; at < size; ) {
      const read = file.read(buffer, at)
      if (read === 0) return 'size'
      hash.update(buffer.subarray(0, read))
      at += read
    }
    return hash.digest('hex') === md5 ? undefined : 'checksum'
  } finally {
    file.close()
  }
}
