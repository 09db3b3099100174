/** Why an event is not kept; closed, so that an application can tell them apart. */
export type AuditErrorCode =
  /** As many events wait to become durable as may. */
  | 'QueueFull'
  /** The spool holds as many bytes as it may, since the server has not taken them. */
  | 'SpoolFull'
  /** The spool's disk does not take events. */
  | 'SpoolFailed'
  /** Another process uses the spool's folder. */
  | 'SpoolInUse'
  | 'RecordTooLarge'
  /** The server took the others of its batch, but not this one. */
  | 'Refused'
  /** The server does not take events now; they stay where they are and are sent again. */
  | 'NotSent'
  | 'Closed'

/** Says by name why an event is not kept. `statusCode` is what Express and Fastify answer with. */
export class AuditError extends Error {
  override readonly name = 'AuditError'
  readonly code: AuditErrorCode
  readonly statusCode = 503

  constructor(code: AuditErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
