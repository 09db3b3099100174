import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { BlockList } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { bucketOfHost } from './bucket-host.ts'
import { queryPairs, type RequestHead } from './sigv4/request-head.ts'
import { sourceIp } from './source-ip.ts'

/** What is known of a request the moment its head is here. */
export type Arrival = Readonly<{
  requestId: string
  /** Milliseconds since the epoch. */
  startedAt: number
  head: RequestHead
  /** The target's path and query, raw, without the question mark. */
  path: string
  query: string
  /** The bucket that stands in the host's place; the path does not have it then. */
  hostBucket?: string
  /** By lower-case name, one byte a character. */
  headers: Readonly<Record<string, string | undefined>>
  sourceIp: string
  userAgent?: string
  host?: string
  tls?: Readonly<{ version: string; cipher: string }>
}>

/** Reads it; X-Forwarded-For counts only when the peer is a proxy we trust. */
export function readArrival(
  request: IncomingMessage,
  settings: Readonly<{
    clock: Clock
    ids: Ids
    trustedProxies?: BlockList
    bucketSuffixes: readonly string[]
  }>,
): Arrival {
  const { clock, ids, trustedProxies, bucketSuffixes } = settings
  const { socket, rawHeaders } = request
  const target = request.url!
  const mark = target.indexOf('?')
  const head = { method: request.method!, target, rawHeaders }
  const headers = { ...signedIntoQuery(head), ...joined(request.headers) }
  return {
    requestId: ids.uuid(),
    startedAt: clock.now(),
    head,
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    hostBucket: bucketOfHost(headers['host'], bucketSuffixes),
    headers,
    sourceIp: sourceIp(socket.remoteAddress ?? '', headers['x-forwarded-for'], trustedProxies),
    userAgent: headers['user-agent'],
    host: headers['host'],
    tls: tlsOf(socket as TLSSocket),
  }
}

function joined(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      return [name, Array.isArray(value) ? value.join(',') : value]
    }),
  )
}

/**
 * Those of S3's headers that its clients write into the query of a URL, where they are signed with it. Names
 * must be a header's: they will be one when the object is read.
 */
const hoisted = new RegExp(
  '^x-amz-(acl|bypass-governance-retention|copy-source[a-z-]*|expected-bucket-owner|grant-[a-z-]+|' +
    "meta-[\\w!#$%&'*+.^`|~-]+|metadata-directive|object-lock-[a-z-]+|request-payer|storage-class|" +
    'tagging|tagging-directive|website-redirect-location)$',
)

/**
 * A presigned URL's headers, as S3 takes them: who uses it cannot leave them out. It does not take those of
 * encryption, and checksums are left to who sends the body.
 */
function signedIntoQuery(head: RequestHead): Record<string, string> {
  const query = queryPairs(head)
  if (!query.some(([name]) => name === 'X-Amz-Signature')) return {}
  const named = query.map(([name, value]) => [name.toLowerCase(), value] as const)
  return Object.fromEntries(named.filter(([name]) => hoisted.test(name)))
}

/** The cipher under OpenSSL's name, which is how CloudTrail records it. */
function tlsOf(socket: TLSSocket): Arrival['tls'] {
  if (!socket.encrypted) return undefined
  return { version: socket.getProtocol() ?? '', cipher: socket.getCipher()?.name ?? '' }
}
