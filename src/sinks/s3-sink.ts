import { S3Bucket } from '../s3-client/s3-bucket.ts'
import { S3Error } from '../s3-client/s3-error.ts'
import type { S3Access } from '../s3-client/s3-requests.ts'
import { type Destination, type Sink, SinkError, type SinkObject } from '../trails/contract.ts'
import { folderMarkers, usualHeaders } from './sink-objects.ts'

export type S3SinkOptions = Readonly<{
  access: S3Access
  /** Asks for `x-amz-server-side-encryption`; without it the header is left out: not every S3 knows it. */
  encrypts: boolean
}>

/** Each has learnt the Region that its bucket is in, which costs a request to learn. */
const bucketsKept = 100

/** Codes of an S3 that has no ACLs to read. */
const noAcls = new Set(['NotImplemented', 'MethodNotAllowed', '405', '501'])

/** Any S3 endpoint, by the operator's own key: the `aws` adapter. */
export function s3Sink({ access, encrypts }: S3SinkOptions): Sink {
  const put = (bucket: S3Bucket, { key, body, headers }: SinkObject) => {
    const { 'x-amz-server-side-encryption': encryption, ...others } = {
      ...usualHeaders,
      ...headers,
    }
    const asked: Record<string, string> =
      encryption && encrypts ? { 'x-amz-server-side-encryption': encryption } : {}
    return bucket.put(key, body, { ...others, ...asked })
  }
  const buckets = new Map<string, S3Bucket>()
  const named = (name: string) => {
    const bucket = buckets.get(name) ?? new S3Bucket(name, access)
    if (buckets.size >= bucketsKept) buckets.clear()
    buckets.set(name, bucket)
    return bucket
  }
  return {
    check: (destination) =>
      refusing(async () => {
        const bucket = named(destination.bucket)
        await bucket.readAcl().catch((error) => {
          if (error instanceof S3Error && noAcls.has(error.code)) return bucket.head()
          throw error
        })
        for (const marker of folderMarkers(destination)) await put(bucket, marker)
      }),
    put: ({ bucket }: Destination, object) => refusing(() => put(named(bucket), object)),
  }
}

/** S3's refusals keep their codes; everything else is an endpoint that did not answer. */
async function refusing(task: () => Promise<void>): Promise<void> {
  try {
    await task()
  } catch (cause) {
    const code = cause instanceof S3Error ? cause.code : undefined
    throw new SinkError(code, (cause as Error).message, { cause })
  }
}
