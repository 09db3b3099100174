import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import { BodyReader } from './body-reader.ts'
import { ByteSocket, CutOffError } from './byte-socket.ts'
import { type Exchange, type Failure, type Recording, RefusedError } from './exchange.ts'
import { type KeepingRoom, KeptBytes } from './kept-bytes.ts'
import {
  type Framing,
  NonsenseError,
  type RequestHead,
  readRequestHead,
  requestFraming,
} from './message-head.ts'
import { type Ending, relay } from './relay.ts'

export type ConnectionParts = Readonly<{
  /** A new connection to the upstream; rejects with why there is none. */
  connect(): Promise<Socket>
  recording: Recording
  room: KeepingRoom
  clock: Clock
  ids: Pick<Ids, 'uuid'>
  limits: Limits
  log: Log
  /** True once no new call should begin. */
  isStopping(): boolean
}>

/** One client's connection: one call after the other over one connection to the upstream. */
export class Connection {
  readonly #client: ByteSocket
  readonly #parts: ConnectionParts
  #upstream: ByteSocket | undefined
  /** A call is under way. */
  isBusy = false
  /** Its head is here. */
  #isInCall = false
  /** The upstream has something to do. */
  #isForwarding = false

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#client = new ByteSocket(socket, 'client')
    this.#parts = parts
    socket.setTimeout(parts.limits.keepAliveTimeout, () => {
      if (!this.#isInCall) socket.destroy()
    })
  }

  /** Until either side ends it. Never rejects. */
  async serve(): Promise<void> {
    try {
      while (await this.#nextCall());
    } catch (error) {
      if (!(error instanceof CutOffError)) this.#parts.log.warn('proxied call ended', reason(error))
    } finally {
      this.end()
    }
  }

  /** Lets what is written leave, and closes both sides. */
  end(): void {
    this.#client.socket.destroySoon()
    this.#upstream?.socket.destroySoon()
  }

  /** At once, in the middle of a call. */
  cut(): void {
    this.#client.socket.destroy()
    this.#upstream?.socket.destroy()
  }

  /** False when there is none or it was the last one. */
  async #nextCall(): Promise<boolean> {
    const { limits, isStopping } = this.#parts
    try {
      const bytes = await this.#client.head(limits.headerBytesMax, () => {
        this.isBusy = true
      })
      if (!bytes) return false
      this.#isInCall = true
      const request = readRequestHead(bytes)
      refuseUnfit(request)
      return (await this.#call(request, requestFraming(request))) && !isStopping()
    } catch (error) {
      if (!(error instanceof RefusedError || error instanceof NonsenseError)) throw error
      this.#parts.recording.refused()
      if (error instanceof RefusedError) await this.#answer(error.status, error.message)
      else
        await this.#answer(400, `The proxy refuses what can be read in two ways: ${error.message}.`)
      return false
    } finally {
      this.isBusy = false
      this.#isInCall = false
    }
  }

  async #call(request: RequestHead, framing: Framing): Promise<boolean> {
    const { recording, limits } = this.#parts
    const exchange = this.#observe(request)
    try {
      const body = new BodyReader(framing, (piece) => exchange.requestBody.add(piece))
      const isHeld = recording.holdsRequests && isSmall(request, framing, limits.proxyHeldBytesMax)
      const held = isHeld ? await this.#readWhole(body) : this.#readBegun(body)
      exchange.requestEnded = body.ended
      const sent = recording.holdsRequests ? await recording.begin(exchange) : undefined
      const ending = await this.#forward(exchange, body, [sent ?? request.bytes, ...held])
      if (ending.failure && !ending.answered) await this.#answer(...answerTo(ending.failure))
      return ending.goesOn
    } finally {
      exchange.requestBody.forget()
      exchange.answerBody.forget()
      this.#isForwarding = false
    }
  }

  /** The call's record is made once, whatever becomes of it. */
  async #forward(exchange: Exchange, body: BodyReader, held: readonly Buffer[]): Promise<Ending> {
    const { recording, limits } = this.#parts
    let isRecorded = false
    const finish = () => {
      isRecorded = true
      return recording.finish(exchange)
    }
    // The connection of the last call, unless the upstream closed it or said something unasked since.
    const last = this.#upstream?.isQuiet ? this.#upstream : undefined
    const upstream = last ?? (await this.#newUpstream(exchange))
    if (!upstream) {
      await finish()
      return { answered: false, goesOn: false, failure: exchange.failure! }
    }
    this.#isForwarding = true
    const { headerBytesMax } = limits
    const client = this.#client
    const ending = await relay({ exchange, client, upstream, body, held, headerBytesMax, finish })
    if (ending.failure && !isRecorded) {
      exchange.failure = ending.failure
      await finish()
    }
    return ending
  }

  /** Undefined when there is none, and the exchange says why. */
  async #newUpstream(exchange: Exchange): Promise<ByteSocket | undefined> {
    const { connect, limits } = this.#parts
    this.#upstream?.socket.destroy()
    this.#upstream = undefined
    try {
      const socket = await connect()
      this.#upstream = new ByteSocket(socket, 'upstream')
      socket.setTimeout(limits.proxyIdleTimeout, () => {
        if (!this.#isForwarding) return
        socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' }))
      })
      return this.#upstream
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      exchange.failure = {
        code: 'UpstreamUnreachable',
        message: `No connection to the upstream: ${code ?? message}.`,
      }
      return undefined
    }
  }

  async #readWhole(body: BodyReader): Promise<Buffer[]> {
    const pieces: Buffer[] = []
    while (!body.ended) {
      const bytes = await this.#client.next()
      if (!bytes) throw new CutOffError('client', 'closed within its request')
      pieces.push(this.#ownPart(bytes, body))
    }
    return pieces
  }

  /** What came together with the head. */
  #readBegun(body: BodyReader): Buffer[] {
    const bytes = body.ended ? undefined : this.#client.buffered()
    return bytes ? [this.#ownPart(bytes, body)] : []
  }

  #ownPart(bytes: Buffer, body: BodyReader): Buffer {
    const taken = body.take(bytes)
    this.#client.unread(bytes.subarray(taken))
    return bytes.subarray(0, taken)
  }

  #observe(request: RequestHead): Exchange {
    const { room, clock, ids, limits } = this.#parts
    const { socket } = this.#client
    const isHashed = needsHash(request)
    return {
      eventID: ids.uuid(),
      startedAt: clock.now(),
      request,
      requestBody: new KeptBytes(room, limits.proxyKeptBytesMax, isHashed),
      answerBody: new KeptBytes(room, limits.proxyKeptBytesMax),
      peer: socket.remoteAddress ?? '',
      tls: tlsOf(socket as TLSSocket),
      requestEnded: false,
    }
  }

  /** In our own name, as the upstream says nothing. */
  async #answer(status: number, message: string): Promise<void> {
    if (!this.#client.socket.writable) return
    const text = `${message}\n`
    const head =
      `HTTP/1.1 ${status} ${statusTexts[status] ?? ''}\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n`
    await this.#client.write(Buffer.from(head + text))
  }
}

const statusTexts: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  405: 'Method Not Allowed',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** After these a connection carries something else than calls, which nobody could record. */
function refuseUnfit(request: RequestHead): void {
  if (request.method === 'CONNECT') throw new RefusedError(405, 'The proxy makes no tunnels.')
  if (request.headers['upgrade'] !== undefined) {
    throw new RefusedError(501, 'The proxy passes HTTP/1.1 on and upgrades to nothing else.')
  }
}

/** It will be here soon, and its sender waits for nothing. */
function isSmall(request: RequestHead, framing: Framing, bytesMax: number): boolean {
  return (
    framing.kind === 'length' &&
    framing.bytes <= bytesMax &&
    request.headers['expect'] === undefined
  )
}

/** Signed, but only the body itself tells its hash. */
function needsHash(request: RequestHead): boolean {
  return (
    request.headers['x-amz-content-sha256'] === undefined &&
    request.headers['authorization']?.startsWith('AWS4-HMAC-SHA256') === true
  )
}

function answerTo({ code, message }: Failure): [status: number, message: string] {
  if (code === 'ClientProtocolError') return [400, message]
  return [code === 'UpstreamTimeout' ? 504 : 502, message]
}

function tlsOf(socket: TLSSocket): Exchange['tls'] {
  if (!socket.encrypted) return undefined
  return { version: socket.getProtocol() ?? '', cipher: socket.getCipher()?.name ?? '' }
}

function reason(error: unknown): { reason: string } {
  return { reason: error instanceof Error ? error.message : String(error) }
}
