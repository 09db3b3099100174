import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, BlockList } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import type { Complete, Principal, Service, Tag, Transaction } from '../operation.ts'
import type { Arrival } from './arrival.ts'
import { BodyBudget, type Incoming, UnprovenBodies } from './body.ts'
import { bucketOfHost } from './bucket-host.ts'
import { handleCall } from './handle.ts'
import { restRoutes } from './rest-routes.ts'
import type { Endpoint } from './routing.ts'
import { SigningKeys } from './sigv4/signing-key.ts'
import type { Credential } from './sigv4/verify.ts'
import { UnderWay } from './under-way.ts'

/** What a route may do for who sends it a request, once it knows who that is. */
export type Sender = Readonly<{
  /** It holds its body back until `goOn` is called; an answer without that ends the connection. */
  isWaiting(): boolean
  /** Asks for the body of one that waits. */
  goOn(): void
  /** Lets the request take longer than others may: from now on only idleness ends it. */
  trust(): void
}>

/** Answers requests under one path of its own, such as `/ingest/`. */
export type RouteHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  sender: Sender,
) => void | Promise<void>

/** One question to the policies: may the caller do this to these ARNs? */
export type AuthorizationRequest = Readonly<{
  service: Service
  caller: Principal & { region: string }
  action: string
  resources: readonly string[]
  /** Those the call sets. */
  tags?: readonly Tag[]
  arrival: Arrival
}>

export type ListenerSettings = Readonly<{
  services: readonly Service[]
  /** Handlers by path prefix, with or without its last slash; everything else is an AWS call. */
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
  /** Rejects with StorageError while no call could be recorded: a streamed body would come to nothing. */
  ready(): Promise<void>
  trustedProxies?: BlockList
  /** Of hosts that name a bucket: `localhost` in `logs.localhost`. */
  bucketSuffixes: readonly string[]
  tls?: Readonly<{ cert: string; key: string }>
  clock: Clock
  ids: Ids
  limits: Limits
  log: Log
}>

/** The settings and what lives as long as the listener. */
export type ListenerOptions = ListenerSettings &
  Readonly<{
    endpoints: readonly Endpoint[]
    bodies: BodyBudget
    forms: UnprovenBodies
    keys: SigningKeys
    underWay: UnderWay
  }>

export type Listener = Readonly<{
  listen(host: string, port: number): Promise<AddressInfo>
  /** Takes no new calls, ends long polls, waits for calls under way, at most `limits.shutdown`. */
  close(): Promise<void>
}>

/** The one listener of all services. */
export function createListener(settings: ListenerSettings): Listener {
  const { limits, log } = settings
  const underWay = new UnderWay()
  const options: ListenerOptions = {
    ...settings,
    endpoints: settings.services.map((service) => ({ service, rest: restRoutes(service.model) })),
    bodies: new BodyBudget(limits.bodiesBytesMax),
    forms: new UnprovenBodies(limits.formsBytesMax),
    keys: new SigningKeys(limits.signingKeysMax),
    underWay,
  }
  const server = bareServer(settings)
  server.maxConnections = limits.connectionsMax
  // All of them, up to their bytes: older Nodes drop some that the signature covers all the same.
  server.maxHeadersCount = 0
  server.timeout = limits.idleTimeout
  const serve =
    (awaitsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
      response.on('error', () => undefined)
      const trust = hurry(request, settings)
      const incoming = { request, response, awaitsContinue, trust }
      underWay
        .run(response, (signal) => dispatch(incoming, signal, options))
        .catch((error) => {
          log.error('request failed', error, { path: request.url?.split('?', 1)[0] })
          if (!response.headersSent) response.writeHead(500, { connection: 'close' })
          response.end()
        })
    }
  server.on('request', serve(false))
  server.on('checkContinue', serve(true))
  return {
    listen: (host, port) => listen(server, host, port),
    close: () => close(server, underWay, settings),
  }
}

function bareServer({ tls, limits }: ListenerSettings): Server {
  const options = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headTimeout,
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveTimeout,
    noDelay: true,
  }
  return tls ? createTlsServer({ ...options, ...tls }) : createServer(options)
}

/** The whole request must be here in time, or it is cut off; the returned function lets it take longer. */
function hurry(
  request: IncomingMessage,
  { clock, limits }: Pick<ListenerSettings, 'clock' | 'limits'>,
): () => void {
  const cancel = clock.after(limits.requestTimeout, () => {
    if (!request.complete) request.destroy()
  })
  request.once('close', cancel)
  return cancel
}

/** A path of our own goes to its handler; everything else, and all in a bucket's host, is an AWS call. */
function dispatch(
  incoming: Incoming,
  signal: AbortSignal,
  options: ListenerOptions,
): void | Promise<void> {
  const { request, response } = incoming
  const path = request.url!.split('?', 1)[0]!
  const isBucket = bucketOfHost(request.headers.host, options.bucketSuffixes) !== undefined
  for (const [prefix, handler] of Object.entries(isBucket ? {} : options.routes)) {
    const exact = prefix.replace(/\/$/, '')
    if (path !== exact && !path.startsWith(`${exact}/`)) continue
    return handler(request, response, senderOf(incoming))
  }
  return handleCall(incoming, signal, options)
}

function senderOf({ response, awaitsContinue, trust }: Incoming): Sender {
  let isWaiting = awaitsContinue
  // Nobody knows whether a body follows that was not asked for.
  if (isWaiting) response.setHeader('connection', 'close')
  const goOn = () => {
    if (!isWaiting) return
    isWaiting = false
    response.removeHeader('connection')
    response.writeContinue()
  }
  return { isWaiting: () => isWaiting, goOn, trust }
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

async function close(
  server: Server,
  underWay: UnderWay,
  { clock, limits }: ListenerSettings,
): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()))
  // The rest of the time is for what is closed after the listener.
  const giveUp = clock.after(limits.shutdown * 0.6, () => server.closeAllConnections())
  await underWay.stop()
  server.closeIdleConnections()
  await closed
  giveUp()
}
