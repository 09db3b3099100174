import type { Rows } from '../operation.ts'
import type { Bucket, ObjectVersion } from './contract.ts'
import {
  behindKey,
  behindKeys,
  behindRow,
  objectRow,
  orderOf,
  startOfKeys,
} from './object-place.ts'
import { orderOfVersionId, versionIdOf } from './version-id.ts'
import { VersionWalk } from './version-walk.ts'

export type ObjectQuery = Readonly<{
  prefix?: string | undefined
  /** Keys are rolled up to its first place behind the prefix. */
  delimiter?: string | undefined
  /** Where to go on: behind this key, and behind the folder it lies in where keys are rolled up. */
  after?: string | undefined
  /** Keys and common prefixes at most. */
  limit: number
}>

/** `next` is the last key or common prefix of the page, when more follow. */
export type ObjectPage = Readonly<{
  objects: readonly ObjectVersion[]
  commonPrefixes: readonly string[]
  next?: string
}>

export type VersionQuery = ObjectQuery & Readonly<{ afterVersion?: string | undefined }>

export type VersionPage = Readonly<{
  versions: ReadonlyArray<Readonly<{ version: ObjectVersion; isLatest: boolean }>>
  commonPrefixes: readonly string[]
  /** `afterVersion` is no more than a place: the version's id, or what stands for `null`. */
  next?: Readonly<{ after: string; afterVersion?: string }>
}>

/**
 * The newest version of each key, without those that are deleted, in the order of the keys' bytes.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export async function listObjects(
  rows: Rows,
  bucket: Bucket,
  query: ObjectQuery,
): Promise<ObjectPage> {
  const objects: ObjectVersion[] = []
  const commonPrefixes: string[] = []
  const walk = new VersionWalk(rows, { from: startOf(bucket, query), to: endOf(bucket, query) })
  let last: string | undefined
  for (let found = await walk.next(); found; found = await walk.next()) {
    const { version } = found
    walk.seek(behindKey(bucket, version.key))
    if (version.isDeleteMarker) continue
    if (objects.length + commonPrefixes.length === query.limit) {
      return { objects, commonPrefixes, ...(last !== undefined && { next: last }) }
    }
    const folder = commonPrefix(version.key, query)
    last = folder ?? version.key
    if (folder === undefined) objects.push(version)
    else {
      commonPrefixes.push(folder)
      walk.seek(behindKeys(bucket, folder))
    }
  }
  return { objects, commonPrefixes }
}

/**
 * All versions and markers, by key and then the newest first.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 */
export async function listVersions(
  rows: Rows,
  bucket: Bucket,
  query: VersionQuery,
): Promise<VersionPage> {
  const versions: Array<{ version: ObjectVersion; isLatest: boolean }> = []
  const commonPrefixes: string[] = []
  const order = await orderOfMarker(rows, bucket, query)
  const from = startOf(bucket, query, order)
  const walk = new VersionWalk(rows, { from, to: endOf(bucket, query) })
  let next: VersionPage['next']
  let newestOf = order === undefined ? undefined : query.after
  for (let found = await walk.next(); found; found = await walk.next()) {
    const { row, version } = found
    if (versions.length + commonPrefixes.length === query.limit) {
      return { versions, commonPrefixes, ...(next && { next }) }
    }
    const folder = commonPrefix(version.key, query)
    if (folder === undefined) {
      versions.push({ version, isLatest: version.key !== newestOf })
      newestOf = version.key
      next = { after: version.key, afterVersion: markerFor(version, row) }
    } else {
      commonPrefixes.push(folder)
      next = { after: folder }
      walk.seek(behindKeys(bucket, folder))
    }
  }
  return { versions, commonPrefixes }
}

/** The key up to and with the delimiter, where that comes behind the prefix. */
export function commonPrefix(
  key: string,
  { prefix = '', delimiter }: Pick<ObjectQuery, 'prefix' | 'delimiter'>,
): string | undefined {
  if (!delimiter || !key.startsWith(prefix)) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

function startOf(bucket: Bucket, query: ObjectQuery, order?: number): Buffer {
  const { prefix = '', after } = query
  const first = startOfKeys(bucket, prefix)
  if (!after) return first
  const place = behindMarker(after)
  return Buffer.compare(place, first) > 0 ? place : first

  function behindMarker(after: string): Buffer {
    const folder = commonPrefix(after, query)
    if (folder !== undefined) return behindKeys(bucket, folder)
    if (order === undefined) return behindKey(bucket, after)
    return behindRow(objectRow(bucket, after, order))
  }
}

function endOf(bucket: Bucket, { prefix = '' }: ObjectQuery): Buffer {
  return behindKeys(bucket, prefix)
}

/** The version `null` may be gone when its page's successor is asked for: its place is not. */
function markerFor({ versionId }: ObjectVersion, row: Buffer): string {
  return versionId === 'null' ? versionIdOf(orderOf(row), '') : versionId
}

async function orderOfMarker(rows: Rows, bucket: Bucket, { after, afterVersion }: VersionQuery) {
  if (!after || !afterVersion) return undefined
  if (afterVersion !== 'null') return orderOfVersionId(afterVersion)
  const key = { from: startOfKeys(bucket, after), to: behindKey(bucket, after) }
  const walk = new VersionWalk(rows, key)
  for (let found = await walk.next(); found; found = await walk.next()) {
    if (found.version.versionId === 'null') return orderOf(found.row)
  }
  return undefined
}
