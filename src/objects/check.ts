import { createHash } from 'node:crypto'
import { checksumFor, type Checksum as Running } from '../checksums.ts'
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

/** What names the contents. */
export type NamingRows = Readonly<{ objects: Iterable<ObjectVersion>; parts: Iterable<Part> }>

const readBytes = 1024 * 1024

/**
 * Verifies that every object and every uploaded part has its content: as long as it was, and with the MD5 it
 * had or, in an object made of parts, their checksums. `read` gives the rows as they are now: a server may be
 * at work, and what it lets go of meanwhile is no damage.
 */
export function checkObjects(
  folder: string,
  read: () => NamingRows,
  files: ReadableFiles = systemFiles,
): ObjectCheck {
  const damage: ObjectDamage[] = []
  const check = (blob: BlobRef, of: string, expected: Expected | undefined) => {
    const reason = damageOf(folder, blob, expected, files)
    if (reason) damage.push({ file: blob.id, of, reason })
  }
  let objects = 0
  const rows = read()
  for (const version of rows.objects) {
    objects++
    const { key, versionId, blobs } = version
    const expected = expectedOf(version)
    blobs.forEach((blob, i) => {
      check(blob, `${key} (version ${versionId})`, expected[i])
    })
  }
  for (const { number, blob, etag } of rows.parts) {
    check(blob, `part ${number} of an upload`, md5Of(etag))
  }
  return { objects, damage: stillNamed(damage, read) }
}

/** A checksum to be, in base64, and one that is computed. */
type Expected = Readonly<{ value: string; running: Running }>

function md5Of(etag: string): Expected {
  const hash = createHash('md5')
  const running = {
    update: (bytes: Uint8Array) => hash.update(bytes),
    base64: () => hash.digest('base64'),
  }
  return { value: Buffer.from(etag, 'hex').toString('base64'), running }
}

/** Of each blob of an object, where it is known. Empty parts have no blob. */
function expectedOf({ etag, checksum, parts, blobs }: ObjectVersion): Array<Expected | undefined> {
  if (!parts) return blobs.map(() => md5Of(etag))
  return parts.flatMap(({ size, checksum: value }) => {
    if (size === 0) return []
    if (!checksum || !value) return [undefined]
    const name = `x-amz-checksum-${checksum.algorithm.toLowerCase()}`
    return [{ value, running: checksumFor(name)! }]
  })
}

/** Parts first: what goes from there to an object is named in one of the two. */
function stillNamed(damage: ObjectDamage[], read: () => NamingRows): ObjectDamage[] {
  if (damage.length === 0) return damage
  const found = new Set(damage.map(({ file }) => file))
  const named = new Set<string>()
  const note = ({ id }: BlobRef) => {
    if (found.has(id)) named.add(id)
  }
  const { parts, objects } = read()
  for (const { blob } of parts) note(blob)
  for (const { blobs } of objects) blobs.forEach(note)
  return damage.filter(({ file }) => named.has(file))
}

function damageOf(
  folder: string,
  { id, size }: BlobRef,
  expected: Expected | undefined,
  files: ReadableFiles,
): ObjectDamage['reason'] | undefined {
  const file = size > 0 ? files.open(blobPath(folder, id)) : undefined
  if (!file) return size > 0 ? 'missing' : undefined
  try {
    if (file.bytes !== size) return 'size'
    if (!expected) return undefined
    const { value, running } = expected
    const buffer = Buffer.allocUnsafe(readBytes)
    for (let at = 0; at < size; ) {
      const read = file.read(buffer, at)
      if (read === 0) return 'size'
      running.update(buffer.subarray(0, read))
      at += read
    }
    return running.base64() === value ? undefined : 'checksum'
  } finally {
    file.close()
  }
}
