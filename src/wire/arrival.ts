import type { IncomingMessage } from 'node:http'
import type { BlockList } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { RequestHead } from './sigv4/verify.ts'

/** What is known of a request the moment its head is here. */
export type Arrival = Readonly<{
  requestId: string
  startedAt: number
  head: RequestHead
  /** X-Amz-Target */
  target?: string
  sourceIp: string
  userAgent?: string
  host?: string
  tls?: Readonly<{ version: string; cipher: string }>
}>

/** Reads it; X-Forwarded-For counts only when the peer is a proxy we trust. */
export function readArrival(
  request: IncomingMessage,
  { clock, ids, trustedProxies }: { clock: Clock; ids: Ids; trustedProxies?: BlockList },
): Arrival {
  const { headers, socket } = request
  const target = headers['x-amz-target']
  return {
    requestId: ids.uuid(),
    startedAt: clock.now(),
    head: { method: request.method!, target: request.url!, rawHeaders: request.rawHeaders },
    target: Array.isArray(target) ? target[0] : target,
    sourceIp: callerAddress(socket.remoteAddress ?? '', headers['x-forwarded-for'], trustedProxies),
    userAgent: headers['user-agent'],
    host: headers.host,
    tls: tlsOf(socket as TLSSocket),
  }
}

/**
 * The nearest address that is not one of our proxies, read from the right: what stands further left
 * may be anybody's invention.
 */
function callerAddress(
  peer: string,
  forwarded: string | string[] | undefined,
  trusted: BlockList | undefined,
): string {
  const chain = [
    ...String(forwarded ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
    peer,
  ]
  for (let i = chain.length - 1; i > 0; i--) {
    if (!trusted || !isIn(chain[i]!, trusted)) return plainAddress(chain[i]!)
  }
  return plainAddress(chain[0]!)
}

function isIn(address: string, list: BlockList): boolean {
  const plain = plainAddress(address)
  return list.check(plain, plain.includes(':') ? 'ipv6' : 'ipv4')
}

/** An IPv4 address that came in over an IPv6 socket, without its prefix. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function tlsOf(socket: TLSSocket): Arrival['tls'] {
  if (!socket.encrypted) return undefined
  return { version: socket.getProtocol() ?? '', cipher: socket.getCipher().standardName }
}
