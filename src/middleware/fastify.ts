import type { Audit } from './audit.ts'
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

type Reply = { statusCode: number }
type Done = (error?: Error) => void

/** What is used of a Fastify instance. */
export type FastifyHooks<Request> = {
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply, done: Done) => void): unknown
  addHook(name: 'onResponse', hook: (request: Request, reply: Reply, done: Done) => void): unknown
}

/**
 * Adds the audit to a Fastify instance and its children: one event for each request, after its
 * answer. Call it
 * before routes are added, as `fastifyAudit(app, audit)`.
 */
export function fastifyAudit<Request extends FastifyRequest = FastifyRequest>(
  app: FastifyHooks<Request>,
  audit: Audit,
  options: RouteOptions<Request> = {},
): void {
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      audit.admit()
    } catch (error) {
      done(error as Error)
      return
    }
    audit.run(contextOf(request), done)
  })
  app.addHook('onResponse', (request, reply, done) => {
    void recordAnswered(audit, request, options, {
      method: request.method,
      route: request.routeOptions.url,
      params: (request.params ?? {}) as Record<string, unknown>,
      query: (request.query ?? {}) as Record<string, unknown>,
      status: reply.statusCode,
      context: contextOf(request),
    })
    done()
  })
}

function contextOf({ id, ip, headers }: FastifyRequest) {
  const userAgent = headers['user-agent'] as string | undefined
  return { requestId: id, sourceIPAddress: ip, userAgent }
}
