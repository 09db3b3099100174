import type { S3Bucket } from '../s3-client/s3-bucket.ts'
import { foundObject } from './bucket-files.ts'
import type { Found, ImportSource } from './files.ts'
import { noticedObjects } from './notices.ts'
import type { Queue, QueueMessage } from './queue.ts'

/** What some messages of a queue tell of. */
export interface NoticedFiles extends ImportSource {
  /** Once the files are through: removes the messages none of whose files is among those that failed. */
  settle(failed: ReadonlySet<string>): Promise<void>
}

/**
 * The objects of a bucket, under a prefix, that the next messages tell of, as they are there now. A message
 * that tells of none, of another bucket, or of an object that is gone is something that cannot be read, by
 * name.
 */
export async function receiveFiles(
  queue: Queue,
  bucket: S3Bucket,
  prefix: string,
): Promise<NoticedFiles> {
  const place = `s3://${bucket.bucket}/${prefix}`
  const messages = await queue.receive()
  const namesOf = new Map<QueueMessage, readonly string[]>()
  return {
    name: place,
    async *files() {
      const seen = new Set<string>()
      for (const message of messages) {
        const names: string[] = []
        for await (const one of filesOf(message, bucket, place)) {
          names.push(one.name)
          if (!seen.has(one.name)) yield one
          seen.add(one.name)
        }
        namesOf.set(message, names)
      }
    },
    settle: (failed) => {
      const settled = [...namesOf].filter(([, names]) => !names.some((name) => failed.has(name)))
      return queue.remove(settled.map(([message]) => message))
    },
  }
}

async function* filesOf(
  { id, body }: QueueMessage,
  bucket: S3Bucket,
  place: string,
): AsyncGenerator<Found> {
  const objects = noticedObjects(body)
  if (!objects) {
    const name = `message ${id} of the queue`
    yield { type: 'unreadable', name, reason: 'tells of no object in a bucket' }
  }
  for (const { bucket: other, key } of objects ?? []) {
    const name = `s3://${other}/${key}`
    if (name.startsWith(place)) yield await look(bucket, key, name)
    else yield { type: 'unreadable', name, reason: `is not in ${place}` }
  }
}

async function look(bucket: S3Bucket, key: string, name: string): Promise<Found> {
  // Of the keys that begin with it, it is the first.
  for await (const object of bucket.list(key)) {
    if (object.key === key) return foundObject(bucket, object)
    break
  }
  return { type: 'unreadable', name, reason: 'is not there any more' }
}
