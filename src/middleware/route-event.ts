import type { Audit } from './audit.ts'
import type { AuditUser } from './event.ts'
import { allowed } from './redact.ts'

/** What an adapter knows of a request once it is answered. */
export type Answered = Readonly<{
  method: string
  /** `/invoices/:id`; undefined where no route took the request. */
  route: string | undefined
  params: Readonly<Record<string, unknown>>
  query: Readonly<Record<string, unknown>>
  status: number
  error?: unknown
}>

/** How an adapter makes an event of a request of its framework. */
export type RouteOptions<Request> = Readonly<{
  /** Who asks; called when the request is answered. */
  user?: (request: Request) => AuditUser | undefined
  /** Default: `GET /invoices/:id`; undefined for requests that are not recorded. */
  eventName?: (request: Request, usual: string) => string | undefined
  /** Names of the route's parameters and the query's that are recorded. Default: none. */
  params?: readonly string[]
}>

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Records an answered request. Never throws: what is not kept is told to `onError`. */
export function recordAnswered<Request>(
  audit: Audit,
  request: Request,
  options: RouteOptions<Request>,
  answered: Answered,
): void {
  const { method, route, status } = answered
  const usual = `${method} ${route ?? '(no route)'}`
  const eventName = options.eventName ? options.eventName(request, usual) : usual
  if (eventName === undefined) return
  void audit
    .record({
      eventName,
      readOnly: reading.has(method),
      user: options.user?.(request),
      params: allowed({ ...answered.query, ...answered.params }, options.params ?? []),
      error: answered.error ?? (status >= 400 ? { code: String(status) } : undefined),
      additionalEventData: { statusCode: status },
    })
    .catch(() => undefined)
}
