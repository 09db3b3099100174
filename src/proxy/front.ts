import {
  type AddressInfo,
  connect as connectTcp,
  createServer,
  isIP,
  type Server,
  type Socket,
} from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import type { Limits } from '../limits.ts'
import { Connection, type ConnectionParts } from './connection.ts'
import { KeepingRoom } from './kept-bytes.ts'

export type FrontOptions = Omit<ConnectionParts, 'connect' | 'isStopping' | 'room'> &
  Readonly<{
    upstream: URL
    /** PEM; calls are taken over TLS. */
    tls?: Readonly<{ cert: string; key: string }>
    limits: Limits
  }>

export type Front = Readonly<{
  listen(host: string, port: number): Promise<AddressInfo>
  /** Takes no new calls and waits for those under way, at most `limits.shutdown`. */
  close(): Promise<void>
}>

/** What clients connect to instead of the upstream. */
export function createFront(options: FrontOptions): Front {
  const { upstream, tls, limits, clock } = options
  const connections = new Map<Connection, Promise<void>>()
  let isStopping = false
  const parts: ConnectionParts = {
    ...options,
    room: new KeepingRoom(limits.proxyKeptBytesAll),
    connect: () => connectTo(upstream, limits.proxyConnectTimeout),
    isStopping: () => isStopping,
  }
  const take = (socket: Socket) => {
    const connection = new Connection(socket, parts)
    connections.set(
      connection,
      connection.serve().finally(() => connections.delete(connection)),
    )
  }
  const settings = { allowHalfOpen: true, noDelay: true }
  const server: Server = tls
    ? createTlsServer({ ...settings, ...tls, handshakeTimeout: limits.proxyConnectTimeout }, take)
    : createServer(settings, take)
  server.maxConnections = limits.connectionsMax
  // A client that fails its handshake is no call.
  server.on('tlsClientError', () => undefined)
  return {
    listen: (host, port) => listen(server, host, port),
    async close() {
      isStopping = true
      const closed = new Promise<void>((done) => server.close(() => done()))
      for (const connection of connections.keys()) if (!connection.isBusy) connection.end()
      const giveUp = clock.after(limits.shutdown * 0.6, () => {
        for (const connection of connections.keys()) connection.cut()
      })
      await Promise.all(connections.values())
      await closed
      giveUp()
    },
  }
}

/** Resolves once it is open, over TLS where the URL says so. */
function connectTo(upstream: URL, timeoutMs: number): Promise<Socket> {
  const host = upstream.hostname.replace(/^\[|\]$/g, '')
  const isTls = upstream.protocol === 'https:'
  const port = Number(upstream.port || (isTls ? 443 : 80))
  const settings = { host, port, allowHalfOpen: true, noDelay: true }
  const socket: Socket = isTls
    ? connectTls({ ...settings, ...(isIP(host) === 0 && { servername: host }) })
    : connectTcp(settings)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' }))
    }, timeoutMs)
    socket.once('error', reject)
    socket.once('close', () => clearTimeout(timer))
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve(server.address() as AddressInfo)
    })
  })
}
