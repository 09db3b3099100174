import type { Source, StoredObject } from '../digest/source.ts'
import { signRequest } from '../wire/sigv4/sign.ts'
import { SigningKeys } from '../wire/sigv4/signing-key.ts'
import { type ListingPage, parseError, parseListing } from './listing.ts'
import type { Answer, Send } from './transport.ts'

export type AwsCredentials = Readonly<{
  accessKeyId: string
  secret: string
  sessionToken?: string
}>

export type S3Access = Readonly<{
  /** Absent for AWS itself. */
  endpoint?: URL
  region: string
  credentials: AwsCredentials
  send: Send
  /** Milliseconds since the epoch. */
  now(): number
  pause(ms: number): Promise<void>
}>

/** A refusal by S3, with its code. */
export class S3Error extends Error {
  override readonly name = 'S3Error'
  readonly code: string

  constructor(code: string, message: string) {
    super(`${code}: ${message}`)
    this.code = code
  }
}

const attemptsMax = 6
const firstPauseMs = 100
/** Objects up to this size are held; larger ones are streamed. */
const heldBytesMax = 1024 * 1024

/**
 * A bucket on any S3 endpoint, read with signed requests in path style. Outages and refusals for load
 * are tried again with growing pauses; a stream that breaks is taken up where it broke.
 */
export class S3Bucket implements Source {
  readonly bucket: string
  readonly #access: S3Access
  readonly #signingKeys = new SigningKeys(1)
  #region: string
  #version: 'v1' | 'v2' = 'v2'

  constructor(bucket: string, access: S3Access) {
    this.bucket = bucket
    this.#access = access
    this.#region = access.region
  }

  async *list(prefix: string, after = ''): AsyncGenerator<string> {
    for (let last = after; ; ) {
      const { keys, truncated } = await this.#page(prefix, last)
      yield* keys
      if (!truncated || keys.length === 0) return
      last = keys.at(-1)!
    }
  }

  async get(key: string): Promise<StoredObject | undefined> {
    // No URL can hold them; a digest that names such a key names none of CloudTrail's.
    if (key.split('/').some((segment) => segment === '.' || segment === '..')) return undefined
    return this.#retried(async () => {
      const answer = await this.#send(this.#url(key))
      if (answer.status === 404) {
        const error = await refusal(answer)
        if (error.code === 'NoSuchKey' || error.code === '404') return undefined
        throw error
      }
      if (answer.status !== 200) throw await refusal(answer)
      const bytes = Number(answer.headers['content-length'] ?? Number.POSITIVE_INFINITY)
      const small = bytes <= heldBytesMax
      const body = small ? await collect(answer.body) : this.#resumed(key, answer)
      return { body, metadata: metadataOf(answer.headers) }
    })
  }

  /** Pages by the last key rather than by a token: every S3 knows that, in both versions. */
  async #page(prefix: string, after: string): Promise<ListingPage> {
    const page = await this.#retried(async () => {
      const url = this.#url('')
      const v2 = this.#version === 'v2'
      const paging = v2 ? { 'list-type': '2', 'start-after': after } : { marker: after }
      for (const [name, value] of Object.entries({ 'encoding-type': 'url', ...paging, prefix })) {
        if (value !== '') url.searchParams.set(name, value)
      }
      const answer = await this.#send(url)
      if (answer.status === 200) return parseListing((await collect(answer.body)).toString())
      const error = await refusal(answer)
      if (v2 && [400, 405, 501].includes(answer.status)) return undefined
      throw error
    })
    const first = page?.keys[0]
    const ignored =
      first !== undefined && Buffer.compare(Buffer.from(first), Buffer.from(after)) <= 0
    if (page && !ignored) return page
    if (this.#version === 'v1')
      throw new Error(`${this.bucket} lists the same keys again and again`)
    this.#version = 'v1'
    return this.#page(prefix, after)
  }

  async #send(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const { credentials, send, now } = this.#access
    const { sessionToken } = credentials
    const request = {
      method: 'GET',
      url,
      headers: sessionToken ? { ...headers, 'x-amz-security-token': sessionToken } : headers,
      body: '',
      service: 's3',
      region: this.#region,
      accessKeyId: credentials.accessKeyId,
      secret: credentials.secret,
      now: now(),
    }
    return send(url, signRequest(request, this.#signingKeys))
  }

  #url(key: string): URL {
    const endpoint = this.#access.endpoint ?? new URL(`https://s3.${this.#region}.amazonaws.com`)
    const path = [this.bucket, ...(key === '' ? [] : key.split('/'))].map(encode).join('/')
    return new URL(`${endpoint.pathname.replace(/\/$/, '')}/${path}`, endpoint)
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
        if (attempt >= attemptsMax) throw error
      }
      answer = await this.#retried(async () => {
        const range = { range: `bytes=${offset}-`, ...(etag ? { 'if-match': etag } : {}) }
        const rest = await this.#send(this.#url(key), range)
        if (rest.status !== 206) throw await refusal(rest)
        return rest
      })
    }
  }

  async #retried<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call()
      } catch (error) {
        if (error instanceof WrongRegion && error.region !== this.#region) {
          this.#region = error.region
        } else if (error instanceof S3Error || attempt >= attemptsMax) {
          throw error instanceof WrongRegion ? error.cause : error
        } else {
          await this.#access.pause(firstPauseMs * 2 ** (attempt - 1))
        }
      }
    }
  }
}

/** The bucket is in another Region, which the answer names. */
class WrongRegion extends Error {
  readonly region: string

  constructor(region: string, cause: Error) {
    super(cause.message, { cause })
    this.region = region
  }
}

/** An S3Error for what will not change; another error for what may be tried again. */
async function refusal(answer: Answer): Promise<Error & { code?: string }> {
  const { code, message } = parseError((await collect(answer.body)).toString(), answer.status)
  const error = new S3Error(code, message)
  const region = answer.headers['x-amz-bucket-region']
  if (region && [301, 307, 400].includes(answer.status)) return new WrongRegion(region, error)
  const passing = answer.status >= 500 && answer.status !== 501
  if (passing || answer.status === 429) return new Error(`S3 is unavailable: ${error.message}`)
  return error
}

async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

function metadataOf(headers: Answer['headers']): Record<string, string> {
  const prefix = 'x-amz-meta-'
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length), value]] : [],
    ),
  )
}

/** As SigV4 encodes: all but letters, digits and `-_.~`. */
function encode(segment: string): string {
  const escaped = (letter: string) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(segment).replace(/[!'()*]/g, escaped)
}
