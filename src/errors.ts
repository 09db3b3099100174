/**
 * A refusal the caller is meant to see. `code` is the wire code of the service's model (IAM's
 * `NoSuchEntity`, CloudTrail's `TrailNotFoundException`) or one of the common codes below; the wire
 * layer finds the HTTP status in the model and prints the error in the caller's protocol. Throw it
 * from anywhere below an operation. Every other error is our bug or our outage: it reaches the
 * caller as an internal failure and the operator's log in full.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  /** S3: more members of its XML (`ActualObjectSize`) and headers of the answer, in lower case. */
  readonly details: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>

  constructor(code: string, message: string, options?: ApiErrorOptions) {
    super(message, options)
    this.code = code
    this.details = options?.details ?? {}
    this.headers = options?.headers ?? {}
  }
}

type ApiErrorOptions = ErrorOptions & Partial<Pick<ApiError, 'details' | 'headers'>>

/** Two writers met: what a transaction read or wrote has changed since. The caller tries again. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
}

/** Durable storage did not take a write. Nothing of it was acknowledged; `reason` has no ids in it. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  /** Short and fixed, so that it can be a metric label: "disk full", "i/o error", "closed", "busy". */
  readonly reason: string

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }

  /** It ends when there is room again, and the reason says all: no stack tells more. */
  get isPassing(): boolean {
    return this.reason === 'disk full' || this.reason === 'busy'
  }
}
