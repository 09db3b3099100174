import type { ListedObject } from '../s3-client/listing.ts'
import type { S3Bucket } from '../s3-client/s3-bucket.ts'
import { type Found, type ImportSource, isLogFileName } from './files.ts'

/** All objects of a bucket under a prefix. */
export function bucketSource(bucket: S3Bucket, prefix: string): ImportSource {
  return {
    name: `s3://${bucket.bucket}/${prefix}`,
    async *files(): AsyncGenerator<Found> {
      for await (const object of bucket.list(prefix)) yield foundObject(bucket, object)
    },
  }
}

/** An object as something to import, by what a listing says of it. */
export function foundObject(bucket: S3Bucket, { key, size, etag }: ListedObject): Found {
  const name = `s3://${bucket.bucket}/${key}`
  if (!isLogFileName(key)) return { type: 'other', name }
  const open = async () => {
    const object = await bucket.get(key)
    if (!object) throw Object.assign(new Error('no such key'), { code: 'ENOENT' })
    return object.body
  }
  return { type: 'file', name, size, mark: etag, open }
}
