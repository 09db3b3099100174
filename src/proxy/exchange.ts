import type { KeptBytes } from './kept-bytes.ts'
import type { AnswerHead, RequestHead } from './message-head.ts'

/** Why a call did not end as calls end; the code is the record's errorCode. */
export type Failure = Readonly<{
  code:
    | 'ClientClosedConnection'
    | 'ClientProtocolError'
    | 'UpstreamClosedConnection'
    | 'UpstreamProtocolError'
    | 'UpstreamTimeout'
    | 'UpstreamUnreachable'
    | 'ProxyStopped'
  message: string
}>

/** One call as it passes by; what is not known yet is undefined. */
export type Exchange = {
  readonly eventID: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly request: RequestHead
  readonly requestBody: KeptBytes
  readonly answerBody: KeptBytes
  /** The address of the other end of the connection. */
  readonly peer: string
  readonly tls?: Readonly<{ version: string; cipher: string }>
  /** The request came to its end. */
  requestEnded: boolean
  /** The final one: no 1xx. */
  answer?: AnswerHead
  failure?: Failure
}

/** What is done with calls besides passing them on. */
export interface Recording {
  /** `begin` is asked of each call, and requests that are small enough are held until they are whole. */
  readonly holdsRequests: boolean
  /**
   * Before the upstream sees anything of it; gives what is sent in place of the head where that is not
   * the head itself. Rejects with RefusedError when the call must not be made.
   */
  begin(exchange: Exchange): Promise<Buffer | undefined>
  /** A request was answered in the proxy's own name; the upstream did not see it, and it has no record. */
  refused(): void
  /** Resolves when the last piece of the answer may leave; rejects when it must not. */
  finish(exchange: Exchange): Promise<void>
}

/** The proxy itself refuses a request, and the upstream does not see it. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}
