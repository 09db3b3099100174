import type { Audit } from './audit.ts'
import { aborted } from './response-end.ts'
import { type RouteOptions, recordAnswered } from './route-event.ts'

/** What is used of Hono's context. */
export type HonoContext = {
  req: {
    method: string
    raw: { signal?: AbortSignal }
    matchedRoutes: readonly { path: string; handler: unknown }[]
    param(): object
    query(): Record<string, string>
    header(name: string): string | undefined
  }
  res: { status: number }
  error: Error | undefined
}

/** Hono knows no addresses: its host does. */
export type HonoOptions<Context> = RouteOptions<Context> &
  Readonly<{ sourceIPAddress?: (context: Context) => string | undefined }>

/**
 * Hono middleware: one event for each request, once its handler has answered or thrown. Whether a streamed
 * body then reaches the client is its host's to know.
 */
export function honoAudit<Context extends HonoContext = HonoContext>(
  audit: Audit,
  options: HonoOptions<Context> = {},
): (context: Context, next: () => Promise<void>) => Promise<void> {
  return async (context, next) => {
    audit.admit()
    const { req } = context
    const about = {
      requestId: req.header('x-request-id'),
      sourceIPAddress: addressOf(context, options),
      userAgent: req.header('user-agent'),
    }
    let thrown: unknown
    try {
      await audit.run(about, next)
    } catch (error) {
      thrown = error
      throw error
    } finally {
      const isGone = req.raw.signal?.aborted === true
      const status = thrown ? 500 : context.res.status
      const route = req.matchedRoutes.at(-1)?.path
      void recordAnswered(audit, context, options, {
        method: req.method,
        route: route?.endsWith('*') ? undefined : route,
        values: () => ({ ...req.query(), ...req.param() }),
        status: isGone ? undefined : status,
        error: isGone ? aborted : (thrown ?? context.error),
        context: about,
      })
    }
  }
}

/** What the host tells; a callback that throws must not end the request. */
function addressOf<Context>(context: Context, { sourceIPAddress }: HonoOptions<Context>) {
  try {
    return sourceIPAddress?.(context)
  } catch {
    return undefined
  }
}
