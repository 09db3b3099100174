import type { Audit } from './audit.ts'
import { type RouteOptions, recordAnswered } from './route-event.ts'

/** What is used of Express's request. */
export type ExpressRequest = {
  method: string
  baseUrl: string
  ip?: string | undefined
  params: object
  query: object
  headers: Readonly<Record<string, string | string[] | undefined>>
  route?: { path?: unknown }
}

/** What is used of Express's response. */
export type ExpressResponse = {
  statusCode: number
  readonly writableFinished: boolean
  once(event: 'close', listener: () => void): unknown
}

/**
 * Express middleware: one event for each request, when its answer is sent or its client is gone.
 * Set Express's
 * `trust proxy` where one stands in front, for the client's address.
 */
export function expressAudit<Request extends ExpressRequest = ExpressRequest>(
  audit: Audit,
  options: RouteOptions<Request> = {},
): (request: Request, response: ExpressResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    try {
      audit.admit()
    } catch (error) {
      next(error)
      return
    }
    const { headers, ip } = request
    const userAgent = headers['user-agent'] as string | undefined
    const requestId = headers['x-request-id'] as string | undefined
    const context = { requestId, sourceIPAddress: ip, userAgent }
    audit.run(context, () => {
      response.once('close', () => {
        const path = request.route?.path
        void recordAnswered(audit, request, options, {
          method: request.method,
          route: path === undefined ? undefined : `${request.baseUrl}${path}`,
          params: request.params as Record<string, unknown>,
          query: request.query as Record<string, unknown>,
          status: response.statusCode,
          context,
          error: response.writableFinished ? undefined : { code: 'ClientGone' },
        })
      })
      next()
    })
  }
}
