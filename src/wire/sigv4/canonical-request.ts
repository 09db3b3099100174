import { createHash } from 'node:crypto'
import type { RequestHead } from './request-head.ts'
import { headersByName, percentDecode, percentEncode, queryPairs, rawPath } from './request-head.ts'

/** What of a claim decides how its request is written down for signing. */
export type Signing = Readonly<{ service: string; signedHeaders: readonly string[] }>

/** What a signature is valid for; its scope is `date/region/service/terminator`. */
export type Scope = Readonly<{
  timestamp: string
  date: string
  region: string
  service: string
  terminator: string
}>

/** SHA-256 of nothing. */
export const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/**
 * The request in the one form that both sides hash. A signed header that is absent gives an empty
 * value here; the verifier refuses such a request before.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalRequest(head: RequestHead, signing: Signing, payloadHash: string): string {
  const path = rawPath(head)
  const headers = headersByName(head)
  return [
    head.method,
    signing.service === 's3' ? objectPath(path) : normalizedPath(path),
    canonicalQuery(head),
    ...signing.signedHeaders.map((name) => `${name}:${canonicalValue(headers.get(name))}`),
    '',
    signing.signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}

/** The text that is signed with the signing key. */
export function stringToSign(scope: Scope, request: string): string {
  const hash = createHash('sha256').update(request, 'latin1').digest('hex')
  return ['AWS4-HMAC-SHA256', scope.timestamp, scopeText(scope), hash].join('\n')
}

/** `20261121/us-east-1/iam/aws4_request` */
export function scopeText({ date, region, service, terminator }: Scope): string {
  return `${date}/${region}/${service}/${terminator}`
}

/** S3 signs the path once encoded and as it is: `a//b` and `a/../b` are keys of their own. */
function objectPath(path: string): string {
  return path
    .split('/')
    .map((segment) => percentEncode(percentDecode(segment)))
    .join('/')
}

/** Every other service signs the path without dot segments and doubled slashes, encoded again. */
function normalizedPath(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(percentEncode(segment))
  }
  const end = segments.length > 0 && path.endsWith('/') ? '/' : ''
  return `/${segments.join('/')}${end}`
}

/** Sorted by encoded name, then encoded value. A presigned URL's own signature cannot be in it. */
function canonicalQuery(head: RequestHead): string {
  return queryPairs(head)
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort((a, b) => byBytes(a[0], b[0]) || byBytes(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Values of one name joined by commas, each trimmed, runs of blanks made one. */
function canonicalValue(values: readonly string[] = []): string {
  return values.map((value) => value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')).join(',')
}
