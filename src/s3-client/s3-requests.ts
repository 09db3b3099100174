import { signRequest } from '../wire/sigv4/sign.ts'
import { SigningKeys } from '../wire/sigv4/signing-key.ts'
import { S3Error, WrongRegion } from './s3-error.ts'
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
  /** False: the bucket's name stands before the host; in the path otherwise. */
  pathStyle?: boolean
  credentials: AwsCredentials
  send: Send
  /** Milliseconds since the epoch. */
  now(): number
  pause(ms: number): Promise<void>
}>

export type S3Request = Readonly<{
  method?: 'GET' | 'HEAD' | 'PUT'
  /** '' for the bucket. */
  key: string
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  body?: Buffer
}>

const firstPauseMs = 100
/** Redirections to another Region in one call. */
const movesMax = 2
const nothing = Buffer.alloc(0)

/** Signed requests to one bucket, in the Region that it turns out to be in. */
export class S3Requests {
  readonly #bucket: string
  readonly #access: S3Access
  readonly #signingKeys = new SigningKeys(1)
  #region: string

  constructor(bucket: string, access: S3Access) {
    this.#bucket = bucket
    this.#access = access
    this.#region = access.region
  }

  /** Any answer; rejects where there is none. */
  async send({ method = 'GET', key, query, headers, body }: S3Request): Promise<Answer> {
    const { credentials, send, now } = this.#access
    const { sessionToken, accessKeyId, secret } = credentials
    const url = this.#url(key)
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
    const signed = signRequest(
      {
        method,
        url,
        headers: { ...headers, ...(sessionToken && { 'x-amz-security-token': sessionToken }) },
        body: body ?? nothing,
        service: 's3',
        region: this.#region,
        accessKeyId,
        secret,
        now: now(),
      },
      this.#signingKeys,
    )
    const length: Record<string, string> = body ? { 'content-length': String(body.length) } : {}
    return send({ method, url, headers: { ...signed, ...length }, ...(body && { body }) })
  }

  /** Up to `attempts` calls with growing pauses while they meet outages and refusals for load. */
  async retried<T>(attempts: number, call: () => Promise<T>): Promise<T> {
    let moves = 0
    for (let attempt = 1; ; attempt++) {
      try {
        return await call()
      } catch (error) {
        if (error instanceof WrongRegion && error.region !== this.#region && moves++ < movesMax) {
          this.#region = error.region
          continue
        }
        if (error instanceof WrongRegion) throw error.cause
        const isFinal = error instanceof S3Error && !error.mayPass
        if (isFinal || attempt >= attempts) throw error
        await this.#access.pause(firstPauseMs * 2 ** (attempt - 1))
      }
    }
  }

  #url(key: string): URL {
    const { endpoint = new URL(`https://s3.${this.#region}.amazonaws.com`), pathStyle = true } =
      this.#access
    const segments = [...(pathStyle ? [this.#bucket] : []), ...(key === '' ? [] : key.split('/'))]
    const base = endpoint.pathname.replace(/\/$/, '')
    const url = new URL(`${base}/${segments.map(encode).join('/')}`, endpoint)
    if (!pathStyle) url.hostname = `${this.#bucket}.${endpoint.hostname}`
    return url
  }
}

/** As SigV4 encodes: all but letters, digits and `-_.~`. */
function encode(segment: string): string {
  const escaped = (letter: string) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(segment).replace(/[!'()*]/g, escaped)
}
