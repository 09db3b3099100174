/**
 * Why events are not kept, or not yet on the server; a closed list, so that applications can tell them
 * apart.
 */
export type AuditErrorCode =
  /** As many events wait to become durable as may. */
  | 'QueueFull'
  /** The spool holds as many bytes as it may, since the server has not taken them. */
  | 'SpoolFull'
  /** The spool's disk does not take events, or does not give them back. */
  | 'SpoolFailed'
  /** Bytes in the spool are not what was written there; they are set aside, what follows them is sent. */
  | 'SpoolDamaged'
  /** The event has no name, or one of its values cannot be read. */
  | 'Invalid'
  /** The server will never take the event; it took the others of its batch. */
  | 'Refused'
  /** The server does not take events now; they stay where they are and are sent again. */
  | 'NotSent'
  | 'Closed'

/** Says by name why events are not kept. `statusCode` is what Express and Fastify answer
 * with. */
export class AuditError extends Error {
  override readonly name = 'AuditError'
  readonly code: AuditErrorCode
  readonly statusCode = 503
  /** Events it is about; where `onError` hears of it, all since it heard the same the last time. */
  readonly count: number

  constructor(
    code: AuditErrorCode,
    message: string,
    options: ErrorOptions & { count?: number } = {},
  ) {
    super(message, options)
    this.code = code
    this.count = options.count ?? 1
  }

  /** What Hono answers with. */
  getResponse(): Response {
    return new Response(`${this.message}\n`, { status: this.statusCode })
  }
}
