import type { Audit } from './audit.ts'
import type { AuditUser } from './event.ts'
import { allowed } from './redact.ts'
import type { RequestContext } from './request-context.ts'

/** What an adapter knows of a request once it is answered. */
export type Answered = Readonly<{
  method: string
  /** `/invoices/:id`; undefined where no route took the request. */
  route: string | undefined
  /** The route's parameters and the query's. */
  values: () => Readonly<Record<string, unknown>>
  /** Undefined where none was sent. */
  status: number | undefined
  error?: unknown
  context: RequestContext
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

/**
 * Records an answered request. Never throws and never rejects; a callback that throws is named in the event
 * that lacks what it should have given.
 */
export async function recordAnswered<Request>(
  audit: Audit,
  request: Request,
  options: RouteOptions<Request>,
  answered: Answered,
): Promise<void> {
  const { method, route, status } = answered
  const usual = `${method} ${route ?? '(no route)'}`
  let eventName: string | undefined = usual
  let user: AuditUser | undefined
  let params: Record<string, unknown> | undefined
  let callbackError: string | undefined
  try {
    params = allowed(answered.values(), options.params ?? [])
    if (options.eventName) eventName = options.eventName(request, usual)
    user = options.user?.(request)
  } catch (error) {
    callbackError = String(error)
  }
  if (eventName === undefined) return
  const event = {
    ...answered.context,
    eventName,
    readOnly: reading.has(method),
    user,
    params,
    error:
      answered.error ??
      (status !== undefined && status >= 400 ? { code: String(status) } : undefined),
    additionalEventData: { statusCode: status, callbackError },
  }
  await audit.record(event).catch(() => undefined)
}
