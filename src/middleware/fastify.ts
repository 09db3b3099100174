import type { Audit } from './audit.ts'
import { onEnd, type Response } from './response-end.ts'
import { type RouteOptions, recordAnswered } from './route-event.ts'

/** What is used of Fastify's request. */
export type FastifyRequest = {
  method: string
  id: string
  ip: string
  params: unknown
  query: unknown
  headers: Readonly<Record<string, string | string[] | undefined>>
  routeOptions: { url?: string | undefined }
}

type Reply = { raw: Response }
type Done = (error?: Error) => void

/** What is used of a Fastify instance. */
export type FastifyHooks<Request> = {
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply, done: Done) => void): unknown
  addHook(
    name: 'onError',
    hook: (request: Request, reply: Reply, error: Error, done: () => void) => void,
  ): unknown
}

/**
 * Adds the audit to a Fastify instance and its children: one event for each request, when its answer is sent
 * or its client is gone. Call it before routes are added, as `fastifyAudit(app, audit)`. For the client's
 * address set Fastify's `trustProxy` where one stands in front.
 */
export function fastifyAudit<Request extends FastifyRequest = FastifyRequest>(
  app: FastifyHooks<Request>,
  audit: Audit,
  options: RouteOptions<Request> = {},
): void {
  const errors = new WeakMap<Request, Error>()
  app.addHook('onRequest', (request, reply, done) => {
    try {
      audit.admit()
    } catch (error) {
      done(error as Error)
      return
    }
    onEnd(reply.raw, (status, error) => {
      void recordAnswered(audit, request, options, {
        method: request.method,
        route: request.routeOptions.url,
        values: () => ({ ...(request.query as object), ...(request.params as object) }),
        status,
        error: error ?? errors.get(request),
        context: contextOf(request),
      })
    })
    audit.run(contextOf(request), done)
  })
  app.addHook('onError', (request, _reply, error, done) => {
    errors.set(request, error)
    done()
  })
}

function contextOf({ id, ip, headers }: FastifyRequest) {
  const userAgent = headers['user-agent'] as string | undefined
  return { requestId: id, sourceIPAddress: ip, userAgent }
}
