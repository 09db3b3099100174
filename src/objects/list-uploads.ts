import type { Rows } from '../operation.ts'
import type { Bucket } from './contract.ts'
import { type Upload, uploadKeyRow, uploadRow } from './uploads.ts'

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

/** Rows read at once. */
const readMax = 1_000

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
  let next: UploadPage['next']
  const to = behind(uploadKeyRow(bucket, query.prefix ?? ''))
  for (let from: Buffer | undefined = startOf(bucket, query); from; ) {
    const found: Array<readonly [Buffer, Upload]> = await rows.range('upload', {
      from,
      to,
      limit: readMax,
    })
    from = found.length < readMax ? undefined : after(found.at(-1)![0])
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
        from = behind(uploadKeyRow(bucket, prefix))
        break
      }
    }
  }
  return { uploads, commonPrefixes }
}

function startOf(bucket: Pick<Bucket, 'id'>, query: UploadQuery): Buffer {
  const { prefix = '', keyMarker: key, uploadIdMarker: id } = query
  const first = uploadKeyRow(bucket, prefix)
  if (!key) return first
  const marker = markerOf(key)
  return Buffer.compare(marker, first) > 0 ? marker : first

  function markerOf(key: string): Buffer {
    if (commonPrefix(key, query) === key) return behind(uploadKeyRow(bucket, key))
    if (id) return after(uploadRow(bucket, { key, id }))
    return behind(uploadRow(bucket, { key, id: '' }))
  }
}

/** The key up to and with the delimiter, where that comes behind the prefix. */
function commonPrefix(key: string, { prefix = '', delimiter }: UploadQuery): string | undefined {
  if (!delimiter || !key.startsWith(prefix)) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

/** The first place behind all rows that begin so; keys are UTF-8, which never has this byte. */
function behind(row: Buffer): Buffer {
  return Buffer.concat([row, Buffer.of(0xff)])
}

/** The first place behind one row. */
function after(row: Buffer): Buffer {
  return Buffer.concat([row, Buffer.of(0)])
}
