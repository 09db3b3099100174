import type { Audit } from './audit.ts'
import { onEnd, type Response } from './response-end.ts'
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

/**
 * Express middleware: one event for each request, when its answer is sent or its client is gone. For the
 * client's address set Express's `trust proxy` where one stands in front.
 */
export function expressAudit<Request extends ExpressRequest = ExpressRequest>(
  audit: Audit,
  options: RouteOptions<Request> = {},
): (request: Request, response: Response, next: (error?: unknown) => void) => void {
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
    const matched = watchMatch(request)
    onEnd(response, (status, error) => {
      void recordAnswered(audit, request, options, {
        method: request.method,
        route: matched.route,
        values: () => ({ ...request.query, ...matched.params }),
        status,
        error,
        context,
      })
    })
    audit.run(context, next)
  }
}

type Matched = { route: string | undefined; params: Readonly<Record<string, unknown>> }

/**
 * The route that took the request last. Express sets `route` and then `params` where it matches, and
 * before it answers an error takes back the parameters and the path above, so that nothing tells them
 * later.
 */
function watchMatch(request: ExpressRequest): Matched {
  const matched: Matched = { route: undefined, params: {} }
  let { route, params } = request
  let isMatching = false
  Object.defineProperty(request, 'route', {
    configurable: true,
    enumerable: true,
    get: () => route,
    set(value: ExpressRequest['route']) {
      // Once where it matches, with the parameters next, and once where it runs.
      isMatching = value !== route
      route = value
      matched.route = `${request.baseUrl}${value?.path}`
    },
  })
  Object.defineProperty(request, 'params', {
    configurable: true,
    enumerable: true,
    get: () => params,
    set(value: ExpressRequest['params']) {
      params = value
      if (isMatching) matched.params = value as Matched['params']
      isMatching = false
    },
  })
  return matched
}
