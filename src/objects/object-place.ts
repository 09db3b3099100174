import type { Bucket } from './contract.ts'

type BucketId = Pick<Bucket, 'id'>

/** Orders are below it; what it leaves begins with a zero byte, less than what follows an escaped NUL. */
const orderMax = Number.MAX_SAFE_INTEGER
const orderBytes = 8

/**
 * Where a version lies among the rows of table `object`: bucket, key, and the newest version of a key first.
 * A NUL in a key becomes 00 ff, so that no key's rows lie among those of another, and keys come in the order
 * of their UTF-8 bytes, which is S3's.
 */
export function objectRow(bucket: BucketId, key: string, order: number): Buffer {
  const inverted = Buffer.alloc(1 + orderBytes)
  inverted.writeBigUInt64BE(BigInt(orderMax - order), 1)
  return Buffer.concat([startOfKeys(bucket, key), inverted])
}

/** Whose the row is, of an object or an upload. */
export function bucketIdOf(row: Buffer): string {
  return row.toString('utf8', 0, row.indexOf(0))
}

/** In which order the version in this row came among those of its key. */
export function orderOf(row: Buffer): number {
  return orderMax - Number(row.readBigUInt64BE(row.length - orderBytes))
}

/** The first place of all keys that begin with `prefix`. */
export function startOfKeys({ id }: BucketId, prefix: string): Buffer {
  const pieces = prefix.split('\0').map((piece) => Buffer.from(piece))
  const escaped = pieces.flatMap((piece, i) => (i === 0 ? [piece] : [Buffer.of(0, 0xff), piece]))
  return Buffer.concat([Buffer.from(`${id}\0`), ...escaped])
}

/** The first place behind all keys that begin with `prefix`: UTF-8 never has this byte. */
export function behindKeys(bucket: BucketId, prefix: string): Buffer {
  return Buffer.concat([startOfKeys(bucket, prefix), Buffer.of(0xff)])
}

/** The first place behind all versions of one key. */
export function behindKey(bucket: BucketId, key: string): Buffer {
  return Buffer.concat([startOfKeys(bucket, key), Buffer.of(0, 1)])
}

/** The first place behind one row. */
export function behindRow(row: Buffer): Buffer {
  return Buffer.concat([row, Buffer.of(0)])
}
