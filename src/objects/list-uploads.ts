import type { Rows } from '../operation.ts'
import type { Bucket } from './contract.ts'
import { commonPrefix } from './list-objects.ts'
import { behindKey, behindKeys, behindRow, startOfKeys } from './object-place.ts'
import { type Upload, uploadRow } from './uploads.ts'

export type UploadQuery = Readonly<{
  prefix?: string
  /** Keys are rolled up to its first place behind the prefix. */
  delimiter?: string
  /** Where to go on: behind this upload, or, without an id, behind all uploads of the key. */
  keyMarker?: string
  uploadIdMarker?: string
  limit: number
}>

export type UploadPage = Readonly<{
  uploads: readonly Upload[]
  commonPrefixes: readonly string[]
  /** The last upload or common prefix of the page, when more follow. */
  next?: Readonly<{ keyMarker: string; uploadIdMarker?: string }>
}>

/** Rows read at once: few where most of them may lie in one folder. */
const readMax = 1_000
const readInFolders = 32

/**
 * Uploads under way by key and then by their beginning; a common prefix counts as one of `limit`.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 */
export async function listUploads(
  rows: Rows,
  bucket: Pick<Bucket, 'id'>,
  query: UploadQuery,
): Promise<UploadPage> {
  const uploads: Upload[] = []
  const commonPrefixes: string[] = []
  const readLimit = query.delimiter ? readInFolders : readMax
  let next: UploadPage['next']
  const to = behindKeys(bucket, query.prefix ?? '')
  for (let from: Buffer | undefined = startOf(bucket, query); from; ) {
    const found: Array<readonly [Buffer, Upload]> = await rows.range('upload', {
      from,
      to,
      limit: readLimit,
    })
    from = found.length < readLimit ? undefined : behindRow(found.at(-1)![0])
    for (const [, upload] of found) {
      const prefix = commonPrefix(upload.key, query)
      if (uploads.length + commonPrefixes.length === query.limit) {
        return { uploads, commonPrefixes, ...(next && { next }) }
      }
      if (prefix === undefined) {
        uploads.push(upload)
        next = { keyMarker: upload.key, uploadIdMarker: upload.id }
      } else {
        commonPrefixes.push(prefix)
        next = { keyMarker: prefix }
        // One step over all that lies below it.
        from = behindKeys(bucket, prefix)
        break
      }
    }
  }
  return { uploads, commonPrefixes }
}

function startOf(bucket: Pick<Bucket, 'id'>, query: UploadQuery): Buffer {
  const { prefix = '', keyMarker: key, uploadIdMarker: id } = query
  const first = startOfKeys(bucket, prefix)
  if (!key) return first
  const marker = markerOf(key)
  return Buffer.compare(marker, first) > 0 ? marker : first

  function markerOf(key: string): Buffer {
    if (commonPrefix(key, query) === key) return behindKeys(bucket, key)
    if (id) return behindRow(uploadRow(bucket, { key, id }))
    return behindKey(bucket, key)
  }
}
