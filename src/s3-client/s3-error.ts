import { parseError } from './listing.ts'
import type { Answer } from './transport.ts'

/** A refusal by S3, with its code (the HTTP status where it has none) and HTTP status. */
export class S3Error extends Error {
  override readonly name = 'S3Error'
  readonly code: string
  readonly status: number
  /** An outage or too much load: the same request may be taken later. */
  readonly mayPass: boolean

  constructor(code: string, status: number, message: string) {
    const mayPass = status === 429 || (status >= 500 && status !== 501)
    super(`${mayPass ? 'S3 is unavailable: ' : ''}${code}: ${message}`)
    this.code = code
    this.status = status
    this.mayPass = mayPass
  }
}

/** The bucket is in another Region, which the answer names. */
export class WrongRegion extends Error {
  readonly region: string
  override readonly cause: S3Error

  constructor(region: string, cause: S3Error) {
    super(cause.message)
    this.region = region
    this.cause = cause
  }
}

/** What an answer that is no success says. */
export async function refusal(answer: Answer): Promise<S3Error | WrongRegion> {
  const { code, message } = parseError((await collect(answer.body)).toString(), answer.status)
  const error = new S3Error(code, answer.status, message)
  const region = answer.headers['x-amz-bucket-region']
  const isElsewhere = region && [301, 307, 400].includes(answer.status)
  return isElsewhere ? new WrongRegion(region, error) : error
}

/** Far more than a page of a listing, or an object that is held, may have. */
const collectedBytesMax = 16 * 1024 * 1024

/** The whole body of an answer that is known to be small; throws where it is not. */
export async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > collectedBytesMax) throw new Error(`an S3 answer of more than ${bytes} bytes`)
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}
