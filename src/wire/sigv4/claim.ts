import { createHash } from 'node:crypto'
import { ApiError } from '../../errors.ts'
import type { Scope } from './canonical-request.ts'
import type { RequestHead } from './request-head.ts'
import { header, headerValues, queryPairs } from './request-head.ts'

/** Who a request says it is from, and on what ground. Nothing of it is proven. */
export type Claim = Scope &
  Readonly<{
    kind: 'AuthHeader' | 'QueryString'
    /** S3's first signature, which has no scope: those members are empty but for the service. */
    version?: 'SigV2'
    accessKeyId: string
    /** Lower-case names in the order they were signed. */
    signedHeaders: readonly string[]
    signature: string
    sessionToken?: string
    /** Presigned: how long it is valid, as sent. S3 demands it, other services do not. */
    expires?: string
  }>

const algorithm = 'AWS4-HMAC-SHA256'
const parameters = ['Credential', 'Signature', 'SignedHeaders'] as const
type Parameters = Record<(typeof parameters)[number], string>

/**
 * The claim in the Authorization header or in a presigned URL; undefined when the request makes none.
 * Throws ApiError IncompleteSignature, in AWS's words, for one that cannot be read. The words hold a
 * hash of the header in place of the header, as AWS's do: it may be another system's password.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
 */
export function readClaim(head: RequestHead): Claim | undefined {
  const authorization = headerValues(head, 'authorization')
  const query = queryPairs(head).filter(([name]) => name.startsWith('X-Amz-'))
  const presigned = query.some(([name]) => /^X-Amz-(Algorithm|Credential|Signature)$/.test(name))
  if (authorization.length + (presigned ? 1 : 0) > 1) {
    throw incomplete(
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the ' +
        'Authorization header should be specified',
    )
  }
  if (presigned) return fromQuery(query)
  return authorization[0] === undefined ? undefined : fromHeader(head, authorization[0])
}

function fromHeader(head: RequestHead, authorization: string): Claim {
  const [, scheme = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(authorization)!
  if (/^AWS4-/.test(scheme) && scheme !== algorithm) {
    throw incomplete(`Unsupported AWS 'algorithm': '${clipped(scheme)}'.`)
  }
  const given = scheme === algorithm ? keyValues(rest, authorization) : new Map<string, string>()
  const missing = parameters.filter((name) => !given.get(name)).map(headerRequires)
  const timestamp = requestTime(head)
  if (timestamp === undefined) missing.push(headerRequiresDate)
  if (missing.length > 0) {
    const hash = 'Authorization (hashed with SHA-256 and encoded with Base64)'
    throw incomplete(`${missing.join(' ')} ${hash}: '${hashed(authorization)}'.`)
  }
  const sessionToken = header(head, 'x-amz-security-token')
  const read = Object.fromEntries(given) as Parameters
  return { kind: 'AuthHeader', ...claimed(read, timestamp!), sessionToken }
}

const headerRequires = (name: string) => `Authorization header requires '${name}' parameter.`
const headerRequiresDate =
  "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."

function keyValues(text: string, authorization: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const pair of text.split(',').map((part) => part.trim())) {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals)
    if (equals < 1 || found.has(name)) {
      throw incomplete(
        `Invalid key=value pair (missing equal-sign) in Authorization header ` +
          `(hashed with SHA-256 and encoded with Base64): '${hashed(authorization)}'.`,
      )
    }
    found.set(name, pair.slice(equals + 1))
  }
  return found
}

function fromQuery(query: ReadonlyArray<readonly [string, string]>): Claim {
  const given = new Map(query)
  if (given.size !== query.length) {
    throw incomplete('AWS query-string parameters must not be repeated.')
  }
  const needed = [...parameters, 'Algorithm', 'Date'].map((name) => `X-Amz-${name}`)
  const missing = needed.filter((name) => !given.get(name))
  if (missing.length > 0) {
    const listed = missing.map((name) => `AWS query-string parameters must include '${name}'.`)
    throw incomplete(`${listed.join(' ')} Re-examine the query-string parameters.`)
  }
  if (given.get('X-Amz-Algorithm') !== algorithm) {
    throw incomplete(`Unsupported AWS 'algorithm': '${clipped(given.get('X-Amz-Algorithm')!)}'.`)
  }
  const read = Object.fromEntries(
    parameters.map((name) => [name, given.get(`X-Amz-${name}`)]),
  ) as Parameters
  return {
    kind: 'QueryString',
    ...claimed(read, basicTime(given.get('X-Amz-Date')!)),
    sessionToken: given.get('X-Amz-Security-Token'),
    expires: given.get('X-Amz-Expires'),
  }
}

function claimed({ Credential, SignedHeaders, Signature }: Parameters, timestamp: string) {
  const parts = Credential.split('/')
  if (parts.length !== 5 || parts.includes('')) {
    throw incomplete(
      'Credential must have exactly 5 slash-delimited elements, ' +
        `e.g. keyid/date/region/service/term, got '${clipped(Credential)}'`,
    )
  }
  const [accessKeyId, date, region, service, terminator] = parts as [
    accessKeyId: string,
    date: string,
    region: string,
    service: string,
    terminator: string,
  ]
  const signedHeaders = SignedHeaders.split(';')
  const scope = { date, region, service, terminator }
  return { accessKeyId, ...scope, timestamp, signedHeaders, signature: Signature }
}

/** The time the request carries as `20261121T044423Z`; undefined when it carries none. */
function requestTime(head: RequestHead): string | undefined {
  const amzDate = header(head, 'x-amz-date')
  if (amzDate !== undefined) return basicTime(amzDate)
  const date = header(head, 'date')
  if (date === undefined) return undefined
  const ms = / (GMT|[+-]0000)$/.test(date) ? Date.parse(date) : Number.NaN
  return Number.isNaN(ms) ? basicTime(date) : isoBasic(ms)
}

function basicTime(text: string): string {
  if (!Number.isNaN(parseBasic(text))) return text
  throw incomplete(
    `Date must be in ISO-8601 'basic format'. Got '${clipped(text)}'. ` +
      'See http://en.wikipedia.org/wiki/ISO_8601',
  )
}

/** `20261121T044423Z` in milliseconds since the epoch; NaN for any other text or no such time. */
export function parseBasic(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!match) return Number.NaN
  const [, year, month, day, hour, minute, second] = match
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return isoBasic(ms) === text ? ms : Number.NaN
}

/** `20261121T044423Z`; fractions are cut off. The empty text for no time. */
export function isoBasic(ms: number): string {
  if (Number.isNaN(ms)) return ''
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** As much of a caller's text as an error repeats: errors are answered, logged and recorded. */
export function clipped(text: string): string {
  return text.length > 128 ? `${text.slice(0, 128)}…` : text
}

function incomplete(message: string): ApiError {
  return new ApiError('IncompleteSignature', message)
}

function hashed(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('base64')
}
