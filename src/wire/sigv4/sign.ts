import { createHash } from 'node:crypto'
import { canonicalRequest, scopeText, stringToSign } from './canonical-request.ts'
import { isoBasic } from './claim.ts'
import { SigningKeys, signature } from './signing-key.ts'

/** A request whose body is at hand. */
export type Unsigned = Readonly<{
  method: string
  url: URL
  headers: Readonly<Record<string, string>>
  body: string | Buffer
  service: string
  region: string
  accessKeyId: string
  secret: string
  /** Milliseconds since the epoch. */
  now: number
}>

/**
 * The headers to send: those given, in lower case, with `host`, the date, the body's hash and the
 * Authorization header that proves them all. For our own command line's calls; who makes many keeps
 * the signing keys.
 */
export function signRequest(
  request: Unsigned,
  keys: SigningKeys = new SigningKeys(1),
): Record<string, string> {
  const { method, url, body, service, region, accessKeyId, secret, now } = request
  const timestamp = isoBasic(now)
  const date = timestamp.slice(0, 8)
  const scope = { timestamp, date, region, service, terminator: 'aws4_request' }
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const given = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])
  const headers: Record<string, string> = {
    ...Object.fromEntries(given),
    host: url.host,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': bodyHash,
  }
  const signedHeaders = Object.keys(headers).sort()
  const head = {
    method,
    target: url.pathname + url.search,
    rawHeaders: Object.entries(headers).flat(),
  }
  const text = stringToSign(scope, canonicalRequest(head, { service, signedHeaders }, bodyHash))
  const proof = signature(keys.derive(secret, scope), text)
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scopeText(scope)}, ` +
    `SignedHeaders=${signedHeaders.join(';')}, Signature=${proof}`
  return { ...headers, authorization }
}
