import type { S3Bucket } from '../s3-client/s3-bucket.ts'
import { type Found, type ImportSource, isLogFileName } from './files.ts'

/** All objects of a bucket under a prefix. */
export function bucketSource(bucket: S3Bucket, prefix: string): ImportSource {
  const place = `s3://${bucket.bucket}/`
  return {
    name: place + prefix,
    async *files(): AsyncGenerator<Found> {
      for await (const { key, size, etag } of bucket.listObjects(prefix)) {
        const name = place + key
        if (!isLogFileName(key)) {
          yield { type: 'other', name }
          continue
        }
        const open = async () => {
          const object = await bucket.get(key)
          if (!object) throw Object.assign(new Error('no such key'), { code: 'ENOENT' })
          return object.body
        }
        yield { type: 'file', name, size, mark: etag, open }
      }
    },
  }
}
