import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../clock.ts'
import { ApiError, ConflictError, StorageError } from '../errors.ts'
import { serviceMay } from '../identity/service-access.ts'
import type { Ids } from '../ids.ts'
import { bucketArn, getBucket } from '../objects/buckets.ts'
import type { BlobRef, Blobs, Bucket, ObjectVersion, WrittenBlob } from '../objects/contract.ts'
import { addVersion, currentVersion, type NewVersion } from '../objects/object-rows.ts'
import { retentionFor } from '../objects/retention.ts'
import type { Transaction } from '../operation.ts'
import type { State } from '../state/contract.ts'
import { commitRecorded, type RecordedCommitOptions } from '../state/recorded-commit.ts'
import { type Destination, type Sink, SinkError, type SinkObject } from '../trails/contract.ts'
import { deliverer, footprint } from './footprint.ts'
import { folderMarkers, usualHeaders } from './sink-objects.ts'

export type EmbeddedSinkOptions = RecordedCommitOptions &
  Readonly<{ state: Pick<State, 'begin'>; blobs: Blobs; clock: Clock; ids: Ids }>

/** Headers that S3 keeps with an object and shows with it. */
const keptHeaders = new Set(['content-type', 'content-encoding'])
/** Others write to the same bucket: a transaction that met one of them is tried again. */
const attemptsMax = 10

/**
 * This server's own S3, in process. The bucket's policy is asked as if CloudTrail called; each call is
 * recorded, an object together with its record.
 */
export function embeddedSink(options: EmbeddedSinkOptions): Sink {
  const sink = new EmbeddedSink(options)
  return {
    check: (destination) => refusing(() => sink.check(destination)),
    put: (destination, object) => refusing(() => sink.put(destination, object)),
  }
}

type Attempt = Readonly<{ tx: Transaction; bucket: Bucket; object: SinkObject }>

class EmbeddedSink {
  readonly #options: EmbeddedSinkOptions

  constructor(options: EmbeddedSinkOptions) {
    this.#options = options
  }

  async check(destination: Destination): Promise<void> {
    for (const marker of folderMarkers(destination)) await this.put(destination, marker)
  }

  async put(destination: Destination, given: SinkObject): Promise<void> {
    const object = { ...given, headers: { ...usualHeaders, ...given.headers } }
    let blob: WrittenBlob | undefined
    for (let attempt = 1; ; attempt++) {
      const tx = this.#options.state.begin()
      const bucket = getBucket(tx, { Bucket: destination.bucket })
      await this.#authorize(destination, bucket, object)
      const current = await currentVersion(tx, bucket, object.key)
      if (current && (await this.#isThere(current, object))) return
      if (!blob) {
        // What is written and then refused lies there until a sweep: a full disk would get fuller.
        await this.#options.journal.ready()
        blob = await this.#options.blobs.write(object.body, {
          bytesMax: object.body.length,
          checksums: ['CRC64NVME'],
        })
      }
      try {
        return await this.#store({ tx, bucket, object }, blob, destination)
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error
        if (attempt < attemptsMax) continue
        this.#options.blobs.release(namedBlobs(blob))
        throw error
      }
    }
  }

  /** Asks the bucket's policy; what it denies is recorded too. */
  async #authorize(destination: Destination, bucket: Bucket, object: SinkObject): Promise<void> {
    const { trailArn, accountId } = destination
    const policy = bucket.settings['policy'] as string | undefined
    const source = { 'aws:SourceArn': trailArn, 'aws:SourceAccount': accountId }
    const mayRead = serviceMay(policy, {
      service: deliverer,
      action: 's3:GetBucketAcl',
      resource: bucketArn(bucket.name),
      keys: source,
    })
    const { 'x-amz-acl': acl, 'x-amz-server-side-encryption': encryption } = object.headers
    const mayPut = serviceMay(policy, {
      service: deliverer,
      action: 's3:PutObject',
      resource: bucketArn(bucket.name, object.key),
      keys: { ...source, 's3:x-amz-acl': acl!, 's3:x-amz-server-side-encryption': encryption! },
    })
    if (mayRead && mayPut) return
    const call = { destination, bucket, denied: true } as const
    const record = mayRead
      ? footprint({ ...call, eventName: 'PutObject', object }, this.#options)
      : footprint({ ...call, eventName: 'GetBucketAcl' }, this.#options)
    await this.#options.journal.append([record])
    throw new ApiError('AccessDenied', 'Access Denied')
  }

  /** Whether an earlier put of the same object came through although nobody heard of it. */
  async #isThere(current: ObjectVersion, { body, headers }: SinkObject): Promise<boolean> {
    if (current.isDeleteMarker || current.size !== body.length) return false
    const { headers: kept, metadata } = current
    if (!isDeepStrictEqual({ headers: kept, metadata }, shownHeaders(headers))) return false
    const pieces: Buffer[] = []
    const content = this.#options.blobs.read(current.blobs, 0, current.size)
    for await (const piece of content) pieces.push(piece)
    return Buffer.concat(pieces).equals(body)
  }

  async #store(
    { tx, bucket, object }: Attempt,
    blob: WrittenBlob,
    destination: Destination,
  ): Promise<void> {
    const { clock } = this.#options
    const { size, md5, checksums } = blob
    const added: NewVersion = {
      key: object.key,
      blobs: namedBlobs(blob),
      size,
      etag: md5,
      ...shownHeaders(object.headers),
      checksum: { algorithm: 'CRC64NVME', type: 'FULL_OBJECT', value: checksums.CRC64NVME! },
      encryption: 'AES256',
      ...retentionFor(bucket, {}, clock.now()),
      accountId: bucket.accountId,
    }
    await addVersion(tx, bucket, added, this.#options)
    const call = { destination, bucket }
    const put = footprint({ ...call, eventName: 'PutObject', object }, this.#options)
    const acl = footprint({ ...call, eventName: 'GetBucketAcl' }, this.#options)
    await commitRecorded(this.#options, tx, put, { before: [acl] })
  }
}

/** An empty object has none. */
function namedBlobs({ id, size }: WrittenBlob): BlobRef[] {
  return size > 0 ? [{ id, size }] : []
}

/** What S3 keeps of the headers. */
function shownHeaders(headers: SinkObject['headers']) {
  const entries = Object.entries(headers)
  const meta = 'x-amz-meta-'
  return {
    headers: Object.fromEntries(entries.filter(([name]) => keptHeaders.has(name))),
    metadata: Object.fromEntries(
      entries.flatMap(([name, value]) =>
        name.startsWith(meta) ? [[name.slice(meta.length), value]] : [],
      ),
    ),
  }
}

/** Refusals in S3's codes; where nothing can be stored it is unavailable. Other errors are our own. */
async function refusing(task: () => Promise<void>): Promise<void> {
  try {
    await task()
  } catch (cause) {
    if (cause instanceof ApiError) throw new SinkError(cause.code, cause.message, { cause })
    if (cause instanceof StorageError || cause instanceof ConflictError) {
      throw new SinkError('ServiceUnavailable', cause.message, { cause })
    }
    throw cause
  }
}
