import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../operation.ts'
import type { Blobs, Bucket, ObjectVersion } from './contract.ts'
import { behindKey, behindRow, objectRow, orderOf, startOfKeys } from './object-place.ts'
import { orderOfVersionId, versionIdOf } from './version-id.ts'

/** A version where it lies. */
type Placed = Readonly<{ row: Buffer; version: ObjectVersion }>

/** Versions of one key read at once, in search of the one named `null`. */
const readMax = 100

export type NewVersion = Omit<ObjectVersion, 'versionId' | 'lastModified'>

/**
 * The newest version of a key, which may be the marker of its deletion. The commit fails when the key gets
 * another one meanwhile.
 */
export async function currentVersion(
  tx: Transaction,
  bucket: Bucket,
  key: string,
): Promise<ObjectVersion | undefined> {
  return (await newest(tx, bucket, key))?.version
}

/** The version of this id, `null` included; the commit fails when it changes meanwhile. */
export async function findVersion(
  tx: Transaction,
  bucket: Bucket,
  key: string,
  versionId: string,
): Promise<ObjectVersion | undefined> {
  return (await place(tx, bucket, key, versionId))?.version
}

/**
 * Adds the newest version of its key. In a bucket with versions all others stay; in any other it takes the
 * place of the version `null`, whose blobs are let go of. A key gets one version in a transaction at most.
 */
export async function addVersion(
  tx: Transaction,
  bucket: Bucket,
  added: NewVersion,
  { clock, ids, blobs }: Readonly<{ clock: Clock; ids: Ids; blobs: Pick<Blobs, 'release'> }>,
): Promise<ObjectVersion> {
  const now = clock.now()
  const before = await newest(tx, bucket, added.key)
  const order = Math.max(now, before ? orderOf(before.row) + 1 : 0)
  const isVersioned = bucket.versioning === 'Enabled'
  if (before && !isVersioned) {
    const replaced = await nullVersion(tx, bucket, added.key)
    if (replaced) remove(tx, replaced, blobs)
  }
  const versionId = isVersioned ? versionIdOf(order, ids.uuid()) : 'null'
  const version: ObjectVersion = { ...added, versionId, lastModified: now }
  tx.rows.put('object', objectRow(bucket, version.key, order), version)
  return version
}

/** Changes what is said of a version that was found in this transaction: tags, retention, legal hold. */
export async function replaceVersion(
  tx: Transaction,
  bucket: Bucket,
  version: ObjectVersion,
): Promise<void> {
  const placed = await place(tx, bucket, version.key, version.versionId)
  if (placed) tx.rows.put('object', placed.row, version)
}

/** Takes a version or a marker away for good and lets go of its blobs. */
export async function removeVersion(
  tx: Transaction,
  bucket: Bucket,
  { key, versionId }: Pick<ObjectVersion, 'key' | 'versionId'>,
  blobs: Pick<Blobs, 'release'>,
): Promise<void> {
  const placed = await place(tx, bucket, key, versionId)
  if (placed) remove(tx, placed, blobs)
}

function remove(tx: Transaction, { row, version }: Placed, blobs: Pick<Blobs, 'release'>): void {
  tx.rows.delete('object', row)
  if (version.blobs.length > 0) tx.whenCommitted(() => blobs.release(version.blobs))
}

async function newest(tx: Transaction, bucket: Bucket, key: string): Promise<Placed | undefined> {
  return (await read(tx, bucket, { key, limit: 1 }))[0]
}

async function place(
  tx: Transaction,
  bucket: Bucket,
  key: string,
  versionId: string,
): Promise<Placed | undefined> {
  if (versionId === 'null') return nullVersion(tx, bucket, key)
  const order = orderOfVersionId(versionId)
  if (order === undefined) return undefined
  const row = objectRow(bucket, key, order)
  const version = await tx.rows.get<ObjectVersion>('object', row)
  return version?.versionId === versionId ? { row, version } : undefined
}

/** It may lie anywhere: before and behind it are those from times when versions were on. */
async function nullVersion(tx: Transaction, bucket: Bucket, key: string) {
  let from: Buffer | undefined
  for (;;) {
    const found = await read(tx, bucket, { key, from, limit: readMax })
    const placed = found.find(({ version }) => version.versionId === 'null')
    if (placed) return stillThere(tx, placed)
    if (found.length < readMax) return undefined
    from = behindRow(found.at(-1)!.row)
  }
}

/** A range shows what this transaction took away already. */
async function stillThere(tx: Transaction, { row }: Placed): Promise<Placed | undefined> {
  const version = await tx.rows.get<ObjectVersion>('object', row)
  return version && { row, version }
}

async function read(
  tx: Transaction,
  bucket: Bucket,
  { key, from, limit }: Readonly<{ key: string; from?: Buffer | undefined; limit: number }>,
): Promise<Placed[]> {
  const start = from ?? Buffer.concat([startOfKeys(bucket, key), Buffer.of(0)])
  const range = { from: start, to: behindKey(bucket, key), limit, exact: true }
  const found = await tx.rows.range<ObjectVersion>('object', range)
  return found.map(([row, version]) => ({ row, version }))
}
