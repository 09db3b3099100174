import type { ServerResponse } from 'node:http'

/** Requests being served, so that a stop can end their waits and then wait for them. */
export class UnderWay {
  readonly #requests = new Set<AbortController>()
  #stopping = false
  #onIdle: (() => void) | undefined

  /** True once `stop` was called. */
  get stopping(): boolean {
    return this.#stopping
  }

  /** Serves one request; the signal is aborted when its caller hangs up or `stop` is called. */
  async run(
    response: ServerResponse,
    serve: (signal: AbortSignal) => void | Promise<void>,
  ): Promise<void> {
    const request = new AbortController()
    if (this.#stopping) request.abort()
    this.#requests.add(request)
    // An abort costs more than all else here, and after the answer there is nothing left to end.
    response.once('close', () => {
      if (!response.writableFinished) request.abort()
    })
    try {
      await serve(request.signal)
    } finally {
      this.#requests.delete(request)
      if (this.#requests.size === 0) this.#onIdle?.()
    }
  }

  /** Resolves when every request has been served: aborted ones too, as their records are still made. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const request of this.#requests) request.abort()
    if (this.#requests.size === 0) return
    await new Promise<void>((done) => {
      this.#onIdle = done
    })
  }
}
