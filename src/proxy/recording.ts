import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { captureRecord } from '../record/captured.ts'
import type { Caller } from '../record/captured-identity.ts'
import { operationOf, payloadOf } from '../registry/parameters.ts'
import type { Outgoing } from './batch.ts'
import { type Described, type DescribeOptions, describe } from './describe.ts'
import { type Exchange, type Recording, RefusedError } from './exchange.ts'
import { learn } from './learn.ts'
import type { Claimed, Identified, Ledger } from './ledger.ts'
import type { RecordQueue } from './record-queue.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export type RecordingOptions = DescribeOptions &
  Readonly<{
    proxy: string
    ledger: Pick<Ledger, 'identify'>
    queue: RecordQueue
    onAuditFailure: 'pass' | 'reject'
    /** Of callers of whom no account is known. */
    accountId: string
    /** That whoever was refused may name; in another one the call counts as made in our own. */
    regions: readonly string[]
    /** Signs for the upstream with credentials of its own; absent where the callers' signatures pass. */
    sign?: Signer
    clock: Clock
    log: Log
  }>

/** Makes the head that goes to the upstream in the name of the proxy. Throws RefusedError. */
export type Signer = (exchange: Exchange) => Buffer

/** Makes each call's record from what passed by, and keeps it. */
export class CallRecording implements Recording {
  readonly #options: RecordingOptions
  readonly holdsRequests: boolean

  constructor(options: RecordingOptions) {
    this.#options = options
    this.holdsRequests = options.onAuditFailure === 'reject' || options.sign !== undefined
  }

  async begin(exchange: Exchange): Promise<Buffer | undefined> {
    const { onAuditFailure, sign, queue, log } = this.#options
    if (onAuditFailure === 'pass' && !sign) return undefined
    try {
      if (sign) await this.#proveCaller(exchange)
      if (onAuditFailure === 'reject') await queue.intend(this.#outgoing(exchange, 'intent'))
    } catch (error) {
      if (error instanceof RefusedError) throw error
      log.warn('call refused', { reason: String(error) })
      throw new RefusedError(503, 'The call cannot be recorded now, so it is not made.')
    }
    return sign?.(exchange)
  }

  refused(): void {
    this.#options.queue.count('refused')
  }

  finish(exchange: Exchange): Promise<void> {
    if (exchange.failure?.code.startsWith('Upstream')) this.#options.queue.count('upstreamFailures')
    return this.#options.queue.add(this.#outgoing(exchange, 'outcome'))
  }

  /** Our own signature must not lend anybody a right: whoever is not proven is refused. */
  async #proveCaller(exchange: Exchange): Promise<void> {
    const { proxy, ledger } = this.#options
    const { call } = describe(exchange, this.#options)
    const claim = claimedBy(exchange, call.accessKeyId)
    const found = claim && (await ledger.identify(proxy, [claim]))[0]
    if (found?.isProven) return
    throw new RefusedError(403, 'The signature is not one of a key that the proxy knows.')
  }

  #outgoing(exchange: Exchange, stage: 'intent' | 'outcome'): Outgoing {
    const { onAuditFailure, sign } = this.#options
    const { startedAt, eventID } = exchange
    const described = describe(exchange, this.#options)
    const { accessKeyId } = described.call
    // Signed anew, an answer says nothing of the caller, who was proven before.
    const verdict = sign ? 'silent' : verdictOf(described.answer)
    const known = stage === 'intent' ? { ...described, failure: outcomeUnknown } : described
    return {
      startedAt,
      bytes: 4_096 + heldBytes(described, exchange),
      claim: verdict === 'refused' ? undefined : claimedBy(exchange, accessKeyId),
      entryOf: (found) => {
        const caller = callerOf(accessKeyId, verdict, found)
        const record = this.#record(eventID, this.#placed(known, caller), caller)
        return { eventID, record, hasIntent: stage === 'outcome' && onAuditFailure === 'reject' }
      },
      learnedFrom: (found) => {
        const { call, parameters, answer } = described
        if (!answer || verdict !== 'believed') return undefined
        const caller = found?.caller.principal
        return learn({ call, parameters, answer, caller, accessKeyId, at: startedAt })
      },
    }
  }

  /** Anybody can be refused in Regions without end, each of which would get digests and a key of its own. */
  #placed(described: Described, { refused }: Caller): Described {
    const { region, regions } = this.#options
    const { call } = described
    return refused && !regions.includes(call.region)
      ? { ...described, call: { ...call, region } }
      : described
  }

  #record(eventID: string, described: Described, caller: Caller): string {
    const { accountId, clock, log } = this.#options
    const recipientAccountId = caller.principal?.accountId ?? caller.accountId ?? accountId
    const options = { eventID, now: clock.now(), recipientAccountId }
    try {
      return JSON.stringify(captureRecord({ ...described, caller }, options))
    } catch (error) {
      // A call that was made has its record, whatever we cannot read of it.
      log.error('record without parameters', error, { operation: described.call.operation })
      const { model: _, ...call } = described.call
      const bare = { ...described, call, parameters: {}, answer: undefined }
      return JSON.stringify(captureRecord({ ...bare, caller }, options))
    }
  }
}

const outcomeUnknown = {
  code: 'OutcomeUnknown',
  message: 'The call was to be forwarded; whether it was, and how it ended, is not known.',
}

/** What a call waits with: what was read of its bodies, which of an object's content is nothing. */
function heldBytes({ call, answer }: Described, { requestBody, answerBody }: Exchange): number {
  const { model } = call
  const operation = operationOf(call)
  const isContent = (shape?: string) => !!model && payloadOf(shape, model).isContent
  const asked = isContent(operation?.input) ? 0 : requestBody.kept
  return asked + (answer?.members && !isContent(operation?.output) ? answerBody.kept : 0)
}

function claimedBy(exchange: Exchange, accessKeyId: string | undefined): Claimed | undefined {
  if (accessKeyId === undefined) return undefined
  const { request, requestBody, startedAt: at } = exchange
  const { method, target, rawHeaders } = request
  const bodyHash = exchange.requestEnded ? requestBody.digest() : undefined
  return { accessKeyId, method, target, rawHeaders, bodyHash, at }
}

/** Whoever the upstream refused is nobody, and so is who was neither believed nor proven by us. */
function callerOf(
  accessKeyId: string | undefined,
  verdict: Verdict,
  found: Identified | undefined,
): Caller {
  if (verdict === 'refused') return { refused: true, accessKeyId }
  if (verdict === 'believed' || found?.isProven) return found?.caller ?? { accessKeyId }
  return { refused: true, accessKeyId }
}
