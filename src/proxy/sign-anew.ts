import type { Clock } from '../clock.ts'
import { canonicalRequest, scopeText, stringToSign } from '../wire/sigv4/canonical-request.ts'
import { isoBasic } from '../wire/sigv4/claim.ts'
import { SigningKeys, signature } from '../wire/sigv4/signing-key.ts'
import { readClaim } from '../wire/sigv4/verify.ts'
import { type Exchange, RefusedError } from './exchange.ts'

export type SigningCredentials = Readonly<{
  accessKeyId: string
  secret: string
  sessionToken?: string
  /** Of the Host header; the upstream's own where absent. */
  host?: string
}>

/** What the caller's own signature said, and ours says anew. */
const replaced = new Set(['host', 'authorization', 'x-amz-date', 'date', 'x-amz-security-token'])
const signingKeysMax = 16

/**
 * Signs requests for an upstream that checks the Host it is called by. What the caller signed of the body
 * stays true and is signed again: its hash, or that it is not signed. A body signed piece by piece would
 * have to be signed anew piece by piece, and a presigned URL has no caller to answer for: both are refused.
 */
export function signerFor(
  upstream: URL,
  { accessKeyId, secret, sessionToken, host = upstream.host }: SigningCredentials,
  clock: Clock,
): (exchange: Exchange) => Buffer {
  const keys = new SigningKeys(signingKeysMax)
  return (exchange) => {
    const { request } = exchange
    const { method, target, rawHeaders } = request
    const { service, region } = checkedClaim(exchange)
    const bodyHash = bodyHashOf(exchange)
    const timestamp = isoBasic(clock.now())
    const kept: string[] = []
    for (let i = 0; i < rawHeaders.length; i += 2) {
      if (replaced.has(rawHeaders[i]!.toLowerCase())) continue
      kept.push(rawHeaders[i]!, rawHeaders[i + 1]!)
    }
    const headers = ['Host', host, ...kept, 'X-Amz-Date', timestamp]
    if (sessionToken !== undefined) headers.push('X-Amz-Security-Token', sessionToken)
    const scope = {
      timestamp,
      date: timestamp.slice(0, 8),
      region,
      service,
      terminator: 'aws4_request',
    }
    const names = headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
    const isSigned = (name: string) => /^(host|content-type|content-md5|x-amz-.*)$/.test(name)
    const signedHeaders = [...new Set(names.filter(isSigned))].sort()
    const head = { method, target, rawHeaders: headers }
    const canonical = canonicalRequest(head, { service, signedHeaders }, bodyHash)
    const proof = signature(keys.derive(secret, scope), stringToSign(scope, canonical))
    headers.push(
      'Authorization',
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scopeText(scope)}, ` +
        `SignedHeaders=${signedHeaders.join(';')}, Signature=${proof}`,
    )
    const lines = [`${method} ${target} HTTP/1.${request.minor}`]
    for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  }
}

function checkedClaim({ request }: Exchange) {
  const claim = readClaim(request)
  if (claim?.kind === 'AuthHeader') return claim
  throw new RefusedError(403, 'The proxy signs anew, and takes signatures in the header only.')
}

/** What stands for the body in the signature. */
function bodyHashOf({ request, requestBody, requestEnded }: Exchange): string {
  const { rawHeaders } = request
  const at = rawHeaders.findIndex((name, i) => {
    return i % 2 === 0 && name.toLowerCase() === 'x-amz-content-sha256'
  })
  const stated = at < 0 ? undefined : rawHeaders[at + 1]!
  if (stated?.startsWith('STREAMING-AWS4-')) {
    throw new RefusedError(501, `The proxy signs anew and does not sign pieces anew: ${stated}.`)
  }
  if (stated !== undefined) return stated
  const hash = requestEnded ? requestBody.digest() : undefined
  if (hash !== undefined) return hash
  throw new RefusedError(
    501,
    'The proxy signs anew, and needs x-amz-content-sha256 for a long body.',
  )
}
