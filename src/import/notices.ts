/** An object that a message tells of. */
export type NoticedObject = Readonly<{ bucket: string; key: string }>

/**
 * The new objects that a queue's message tells of, in any of the forms that S3 and CloudTrail send them:
 * event notifications of S3, EventBridge's `Object Created`, and CloudTrail's own notices of log files, each
 * also wrapped by SNS. None for what tells of something else about a bucket; undefined for a message of
 * another kind.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function noticedObjects(message: string): readonly NoticedObject[] | undefined {
  const notice = parsed(message)
  return notice?.['Type'] === 'Notification' ? read(parsed(notice['Message'])) : read(notice)
}

function read(notice: Members | undefined): readonly NoticedObject[] | undefined {
  if (!notice) return undefined
  if (Array.isArray(notice['Records'])) return notice['Records'].flatMap(created)
  if (notice['source'] === 'aws.s3') {
    const { bucket, object } = membersOf(notice['detail'])
    const isNew = notice['detail-type'] === 'Object Created'
    return isNew ? named(membersOf(bucket)['name'], membersOf(object)['key']) : []
  }
  // What S3 sends when a queue is set up.
  if (notice['Event'] === 's3:TestEvent') return []
  const { s3Bucket, s3ObjectKey } = notice
  if (!Array.isArray(s3ObjectKey)) return undefined
  return s3ObjectKey.flatMap((key) => named(s3Bucket, key))
}

function created(record: unknown): readonly NoticedObject[] {
  const { eventName, s3 } = membersOf(record)
  if (typeof eventName !== 'string' || !eventName.startsWith('ObjectCreated:')) return []
  const { bucket, object } = membersOf(s3)
  const key = membersOf(object)['key']
  return named(membersOf(bucket)['name'], typeof key === 'string' ? decoded(key) : undefined)
}

function named(bucket: unknown, key: unknown): readonly NoticedObject[] {
  return typeof bucket === 'string' && typeof key === 'string' ? [{ bucket, key }] : []
}

/** Keys come as in a form: `a+b%2Bc`. */
function decoded(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

type Members = Readonly<Record<string, unknown>>

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {}
}

function parsed(text: unknown): Members | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return membersOf(JSON.parse(text))
  } catch {
    return undefined
  }
}
