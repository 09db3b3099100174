import { createHash } from 'node:crypto'
import { type ListedObject, type ListingPage, parseListing } from './listing.ts'
import { collect, refusal, S3Error } from './s3-error.ts'
import { type S3Access, type S3Request, S3Requests } from './s3-requests.ts'
import type { Answer } from './transport.ts'

/** An object as it is stored. */
export type ReadObject = Readonly<{
  /** In one piece where it is small. */
  body: Buffer | AsyncIterable<Buffer>
  /** User metadata, names in lower case without `x-amz-meta-`. */
  metadata: Readonly<Record<string, string>>
}>

const readAttemptsMax = 6
/** Who writes has pauses of their own: only what passes at once is met here. */
const writeAttemptsMax = 2
/** Objects up to this size are held; larger ones are streamed. */
const heldBytesMax = 1024 * 1024

/** What servers say of keys that they could not even store. */
const refusedNames = new Set([
  'InvalidURI',
  'InvalidObjectName',
  'KeyTooLongError',
  'XMinioInvalidObjectName',
])

const codesByStatus = new Map([
  [403, 'AccessDenied'],
  [404, 'NoSuchBucket'],
])

/**
 * A bucket on any S3 endpoint, by signed requests. Outages and refusals for load are tried again; a stream
 * that breaks is taken up where it broke. Refusals are S3Error.
 */
export class S3Bucket {
  readonly bucket: string
  readonly #requests: S3Requests
  #version: 'v1' | 'v2' = 'v2'

  constructor(bucket: string, access: S3Access) {
    this.bucket = bucket
    this.#requests = new S3Requests(bucket, access)
  }

  /** Objects with the prefix, in byte order, after `after`; read no further than the caller asks. */
  async *list(prefix: string, after = ''): AsyncGenerator<ListedObject> {
    for (let last = after; ; ) {
      const { objects, truncated } = await this.#page(prefix, last)
      yield* objects
      if (!truncated || objects.length === 0) return
      last = objects.at(-1)!.key
    }
  }

  /** Undefined when there is no such object. */
  async get(key: string): Promise<ReadObject | undefined> {
    // A digest may name anything: such a name is none of CloudTrail's, and must not end a verification.
    if (!mayBeKey(key)) return undefined
    return this.#requests.retried(readAttemptsMax, async () => {
      const answer = await this.#requests.send({ key })
      if (answer.status === 404) {
        const error = await refusal(answer)
        if (error instanceof S3Error && ['NoSuchKey', '404'].includes(error.code)) return undefined
        throw error
      }
      if (answer.status !== 200) {
        const error = await refusal(answer)
        if (error instanceof S3Error && refusedNames.has(error.code)) return undefined
        throw error
      }
      const bytes = Number(answer.headers['content-length'] ?? Number.POSITIVE_INFINITY)
      const small = bytes <= heldBytesMax
      const body = small ? await collect(answer.body) : this.#resumed(key, answer)
      return { body, metadata: metadataOf(answer.headers) }
    })
  }

  /** Stores an object, proven whole by its MD5 on the way. */
  async put(key: string, body: Buffer, headers: Readonly<Record<string, string>>): Promise<void> {
    if (!mayBeKey(key)) throw new S3Error('InvalidURI', 400, `no object can have the key ${key}`)
    const md5 = createHash('md5').update(body).digest('base64')
    await this.#done({ method: 'PUT', key, headers: { ...headers, 'content-md5': md5 }, body })
  }

  /** Asks for the bucket's ACL, which those may read who are let in by its policy. */
  readAcl(): Promise<void> {
    return this.#done({ key: '', query: { acl: '' } })
  }

  /** Asks whether there is the bucket. */
  async head(): Promise<void> {
    try {
      await this.#done({ method: 'HEAD', key: '' })
    } catch (error) {
      // The answer has no body that could hold the code.
      const code = error instanceof S3Error && codesByStatus.get(error.status)
      throw code ? new S3Error(code, error.status, `the answer to HEAD ${this.bucket}`) : error
    }
  }

  async #done(request: S3Request): Promise<void> {
    await this.#requests.retried(writeAttemptsMax, async () => {
      const answer = await this.#requests.send(request)
      if (answer.status !== 200) throw await refusal(answer)
      await collect(answer.body)
    })
  }

  /** Pages by the last key rather than by a token: every S3 knows that, in both versions. */
  async #page(prefix: string, after: string): Promise<ListingPage> {
    const page = await this.#requests.retried(readAttemptsMax, async () => {
      const v2 = this.#version === 'v2'
      const paging = v2 ? { 'list-type': '2', 'start-after': after } : { marker: after }
      const asked = Object.entries({ 'encoding-type': 'url', ...paging, prefix })
      const query = Object.fromEntries(asked.filter(([, value]) => value !== ''))
      const answer = await this.#requests.send({ key: '', query })
      if (answer.status === 200) return parseListing((await collect(answer.body)).toString())
      const error = await refusal(answer)
      if (v2 && [400, 405, 501].includes(answer.status)) return undefined
      throw error
    })
    const first = page?.objects[0]?.key
    const ignored =
      first !== undefined && Buffer.compare(Buffer.from(first), Buffer.from(after)) <= 0
    if (page && !ignored) return page
    if (this.#version === 'v1')
      throw new Error(`${this.bucket} lists the same keys again and again`)
    this.#version = 'v1'
    return this.#page(prefix, after)
  }

  /** The rest of a large object by range requests, whenever its stream breaks. */
  async *#resumed(key: string, first: Answer): AsyncGenerator<Buffer> {
    const etag = first.headers['etag']
    let answer = first
    let offset = 0
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const chunk of answer.body) {
          offset += chunk.length
          yield chunk
        }
        return
      } catch (error) {
        if (attempt >= readAttemptsMax) throw error
      }
      answer = await this.#requests.retried(readAttemptsMax, async () => {
        const headers = { range: `bytes=${offset}-`, ...(etag ? { 'if-match': etag } : {}) }
        const rest = await this.#requests.send({ key, headers })
        if (rest.status !== 206) throw await refusal(rest)
        return rest
      })
    }
  }
}

/** What S3 takes for a key and a URL can hold: 1 to 1,024 bytes of UTF-8, no segments of dots. */
function mayBeKey(key: string): boolean {
  if (key === '' || !key.isWellFormed() || Buffer.byteLength(key) > 1024) return false
  return !key.split('/').some((segment) => segment === '.' || segment === '..')
}

function metadataOf(headers: Answer['headers']): Record<string, string> {
  const prefix = 'x-amz-meta-'
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length), value]] : [],
    ),
  )
}
