// A proxy's front between a client and an upstream that both speak bare TCP, so that each byte can be compared.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { systemClock } from '../src/clock.ts'
import { systemIds } from '../src/ids.ts'
import { limits } from '../src/limits.ts'
import type { Log } from '../src/log.ts'
import type { Exchange, Recording } from '../src/proxy/exchange.ts'
import { createFront, type Front } from '../src/proxy/front.ts'

/** One call as it was recorded, with the bodies as they were then. */
export type Seen = Readonly<{ exchange: Exchange; request: Buffer; answer: Buffer }>

export type ProxyWorld = Readonly<{
  port: number
  /** In the order of their ends. */
  seen: Seen[]
  /** What the upstream got, by connection. */
  received: Array<() => Buffer>
  /** Opens a connection to the proxy. */
  client(): RawClient
  front: Front
  /** From now on nobody listens there. */
  closeUpstream(): Promise<unknown>
  close(): Promise<void>
}>

export const quietLog: Log = { info: () => {}, warn: () => {}, error: () => {} }

/** `talk` gets each connection that the upstream takes. */
export async function openProxyWorld(
  talk: (socket: Socket, received: () => Buffer) => void,
  recording: Partial<Recording> = {},
  overrides: Partial<Record<keyof typeof limits, number>> = {},
): Promise<ProxyWorld> {
  const received: Array<() => Buffer> = []
  const sockets = new Set<Socket>()
  const upstream = createServer({ allowHalfOpen: true }, (socket) => {
    const pieces: Buffer[] = []
    const all = () => Buffer.concat(pieces)
    received.push(all)
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (piece: Buffer) => pieces.push(piece))
    talk(socket, all)
  })
  await new Promise<void>((done) => upstream.listen(0, '127.0.0.1', done))
  const seen: Seen[] = []
  const front = createFront({
    upstream: new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`),
    recording: {
      holdsRequests: false,
      begin: async () => undefined,
      refused: () => undefined,
      ...recording,
      finish: async (exchange) => {
        const { requestBody, answerBody } = exchange
        seen.push({ exchange, request: requestBody.bytes, answer: answerBody.bytes })
        await recording.finish?.(exchange)
      },
    },
    clock: systemClock,
    ids: systemIds,
    limits: { ...limits, ...overrides },
    log: quietLog,
  })
  const { port } = await front.listen('127.0.0.1', 0)
  const clients: RawClient[] = []
  return {
    port,
    seen,
    received,
    front,
    closeUpstream: () => new Promise((done) => upstream.close(done)),
    client() {
      const client = new RawClient(port)
      clients.push(client)
      return client
    },
    async close() {
      for (const { socket } of clients) socket.destroy()
      for (const socket of sockets) socket.destroy()
      upstream.close()
      await front.close()
    },
  }
}

/** Sends what it is told and keeps what it gets. */
export class RawClient {
  readonly socket: Socket
  /** When the other side has ended the connection, however. */
  readonly ended: Promise<void>
  #pieces: Buffer[] = []
  #wake = () => {}

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.socket.on('error', () => undefined)
    this.socket.on('data', (piece: Buffer) => {
      this.#pieces.push(piece)
      this.#wake()
    })
    this.ended = new Promise((done) => {
      this.socket.on('end', done)
      this.socket.on('close', done)
    })
    void this.ended.then(() => this.#wake())
  }

  get got(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** Resolves with all that came once it is this long, or this text is in it, or the connection ended. */
  async until(enough: number | string): Promise<Buffer> {
    let isEnded = false
    void this.ended.then(() => (isEnded = true))
    for (;;) {
      const { got } = this
      const isEnough = typeof enough === 'number' ? got.length >= enough : got.includes(enough)
      if (isEnough || isEnded) return got
      await new Promise<void>((resume) => {
        this.#wake = resume
        if (isEnded) resume()
      })
    }
  }
}
