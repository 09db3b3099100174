import type { IncomingMessage, ServerResponse } from 'node:http'
import { StorageError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { RouteHandler } from '../wire/listener.ts'
import { type Ledger, RunEndedError } from './ledger.ts'

export type LedgerRouteOptions = Readonly<{
  ledger: Ledger
  /** Whether it is the token of a feed that may write everything. */
  isToken(feed: string, token: string): boolean
  log: Log
}>

/** What is asked of the ledger, and with what. */
export type LedgerRequest = {
  [K in keyof Ledger]: Readonly<{ ask: K; args: Parameters<Ledger[K]> }>
}[keyof Ledger]

const bytesMax = 64 * 1024 * 1024
const noWriter =
  'no such feed, the token is not its token, or the feed has a kind, accounts, event sources or Regions'

/**
 * `POST /capture/<feed>`: the ledger for proxies that run beside this server. 409 when another run has
 * begun, 503 when nothing can be kept now.
 */
export function ledgerRoute(options: LedgerRouteOptions): RouteHandler {
  return async (request, response, sender) => {
    if (!isAllowed(request, options)) {
      request.resume()
      return answer(response, 403, { error: noWriter })
    }
    sender.goOn()
    try {
      const asked = JSON.parse(await bodyOf(request)) as LedgerRequest
      answer(response, 200, { result: (await perform(options.ledger, asked)) ?? null })
    } catch (error) {
      if (error instanceof RunEndedError) answer(response, 409, { error: error.message })
      else if (error instanceof StorageError) answer(response, 503, { error: error.reason })
      else {
        options.log.error('capture failed', error)
        answer(response, 500, { error: "an internal error; see the server's log" })
      }
    }
  }
}

function isAllowed(request: IncomingMessage, { isToken }: LedgerRouteOptions): boolean {
  const feed = /^\/capture\/([a-z0-9-]+)$/.exec(request.url ?? '')?.[1]
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return request.method === 'POST' && !!feed && !!token && isToken(feed, token)
}

function perform(ledger: Ledger, asked: LedgerRequest): Promise<unknown> {
  switch (asked.ask) {
    case 'open':
      return ledger.open(...asked.args)
    case 'identify':
      return ledger.identify(...asked.args)
    case 'intend':
      return ledger.intend(...asked.args)
    case 'append':
      return ledger.append(...asked.args)
    case 'close':
      return ledger.close(...asked.args)
  }
}

function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  return new Promise((resolve, reject) => {
    request.on('data', (piece: Buffer) => {
      size += piece.length
      if (size <= bytesMax) pieces.push(piece)
      else reject(new StorageError('too large', `more than ${bytesMax} bytes at once`))
    })
    request.on('end', () => resolve(Buffer.concat(pieces).toString()))
    request.on('error', reject)
  })
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  const length = Buffer.byteLength(text)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length })
  response.end(text)
}
