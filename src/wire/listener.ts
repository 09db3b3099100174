import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, BlockList } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import type { Complete, Principal, Service, Transaction } from '../operation.ts'
import type { Arrival } from './arrival.ts'
import { BodyBudget } from './body.ts'
import { handleCall } from './handle.ts'
import { SigningKeys } from './sigv4/signing-key.ts'
import type { Credential } from './sigv4/verify.ts'

/** Answers requests under one path of its own, such as `/ingest/`. */
export type RouteHandler = (
  request: IncomingMessage,
  response: ServerResponse,
) => void | Promise<void>

/** One question to the policies: may the caller do this to these ARNs? */
export type AuthorizationRequest = Readonly<{
  caller: Principal & { region: string }
  action: string
  resources: readonly string[]
  arrival: Arrival
}>

export type ListenerSettings = Readonly<{
  services: readonly Service[]
  /** Handlers by path prefix; everything else is an AWS call. A path equal to the prefix less its slash counts. */
  routes: Readonly<Record<string, RouteHandler>>
  regions: readonly string[]
  /** The default Region: of what no signature says otherwise. */
  region: string
  auth: 'sigv4' | 'open'
  /** Who everybody is under `auth: open`. */
  rootPrincipal: Principal
  findCredential(accessKeyId: string): Credential | undefined
  /** Throws ApiError AccessDenied. */
  authorize(tx: Transaction, request: AuthorizationRequest): void
  begin(): Transaction
  complete: Complete
  trustedProxies?: BlockList
  tls?: Readonly<{ cert: string; key: string }>
  clock: Clock
  ids: Ids
  limits: Limits
  log: Log
}>

/** The settings and what lives as long as the listener. */
export type ListenerOptions = ListenerSettings &
  Readonly<{ bodies: BodyBudget; keys: SigningKeys; stopping: AbortSignal }>

export type Listener = Readonly<{
  listen(host: string, port: number): Promise<AddressInfo>
  /** Takes no new calls, ends long polls, waits for calls under way, at most `limits.shutdown`. */
  close(): Promise<void>
}>

/** The one listener of all services. */
export function createListener(settings: ListenerSettings): Listener {
  const stop = new AbortController()
  const { limits } = settings
  const options: ListenerOptions = {
    ...settings,
    bodies: new BodyBudget(limits.bodiesBytesMax),
    keys: new SigningKeys(limits.signingKeysMax),
    stopping: stop.signal,
  }
  const server = bareServer(settings)
  server.maxConnections = limits.connectionsMax
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    response.on('error', () => undefined)
    Promise.resolve(dispatch(request, response, options)).catch((error) => {
      settings.log.error('request failed', error, { path: request.url?.split('?')[0] })
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  }
  server.on('request', serve)
  server.on('checkContinue', (request, response) => {
    response.writeContinue()
    serve(request, response)
  })
  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port, backlog: 1024 }, () => resolve(server.address() as AddressInfo))
      }),
    close: () => close(server, stop, settings),
  }
}

function bareServer({ tls, limits }: ListenerSettings): Server {
  const options = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.requestTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    noDelay: true,
  }
  return tls ? createTlsServer({ ...options, ...tls }) : createServer(options)
}

function dispatch(
  request: IncomingMessage,
  response: ServerResponse,
  options: ListenerOptions,
): void | Promise<void> {
  const path = request.url!.split('?', 1)[0]!
  for (const [prefix, handler] of Object.entries(options.routes)) {
    const exact = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
    if (path === exact || path.startsWith(`${exact}/`)) return handler(request, response)
  }
  return handleCall(request, response, options)
}

async function close(
  server: Server,
  stop: AbortController,
  { clock, limits }: ListenerSettings,
): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()))
  stop.abort()
  server.closeIdleConnections()
  const giveUp = clock.after(limits.shutdown * 0.8, () => server.closeAllConnections())
  await closed
  giveUp()
}
