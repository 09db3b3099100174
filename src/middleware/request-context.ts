import { AsyncLocalStorage } from 'node:async_hooks'

/** What the events of one request have in common. */
export type RequestContext = Readonly<{
  requestId?: string
  sourceIPAddress?: string
  userAgent?: string
}>

/** Carries it to whatever the request's handler calls, through promises and timers. */
export class RequestScope {
  readonly #storage = new AsyncLocalStorage<RequestContext>()

  run<T>(context: RequestContext, task: () => T): T {
    return this.#storage.run(context, task)
  }

  current(): RequestContext {
    return this.#storage.getStore() ?? {}
  }
}
