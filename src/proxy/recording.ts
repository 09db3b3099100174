import type { BlockList } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { captureRecord } from '../record/captured.ts'
import type { Caller } from '../record/captured-identity.ts'
import type { Claim } from '../wire/sigv4/verify.ts'
import { type CallReader, type Described, describe } from './describe.ts'
import { type Exchange, type Recording, RefusedError } from './exchange.ts'
import { learn } from './learn.ts'
import type { Claimed, Identified, Ledger } from './ledger.ts'
import type { Outgoing, RecordQueue } from './record-queue.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export type RecordingOptions = Readonly<{
  proxy: string
  ledger: Pick<Ledger, 'identify'>
  queue: RecordQueue
  reader: CallReader
  onAuditFailure: 'pass' | 'reject'
  /** Of callers of whom no account is known. */
  accountId: string
  trustedProxies?: BlockList
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

  finish(exchange: Exchange): Promise<void> {
    return this.#options.queue.add(this.#outgoing(exchange, 'outcome'))
  }

  /** Our own signature must not lend anybody a right: whoever is not proven is refused. */
  async #proveCaller(exchange: Exchange): Promise<void> {
    const { proxy, ledger, reader, trustedProxies } = this.#options
    const described = describe(exchange, reader, trustedProxies)
    const claim = claimedBy(exchange, described.claim)
    const found = claim && (await ledger.identify(proxy, [claim]))[0]
    if (found?.isProven) return
    throw new RefusedError(403, 'The signature is not one of a key that the proxy knows.')
  }

  #outgoing(exchange: Exchange, stage: 'intent' | 'outcome'): Outgoing {
    const { reader, trustedProxies, onAuditFailure, sign } = this.#options
    const { startedAt, eventID, requestBody, answerBody } = exchange
    const described = describe(exchange, reader, trustedProxies)
    // Signed anew, an answer says nothing of the caller, who was proven before.
    const verdict = sign ? 'silent' : verdictOf(described.answer)
    const known = stage === 'intent' ? { ...described, failure: outcomeUnknown } : described
    return {
      startedAt,
      bytes: 4_096 + requestBody.kept + answerBody.kept,
      claim: verdict === 'refused' ? undefined : claimedBy(exchange, described.claim),
      entryOf: (found) => {
        const caller = callerOf(described.claim?.accessKeyId, verdict, found)
        const record = this.#record(eventID, known, caller)
        return { eventID, record, hasIntent: stage === 'outcome' && onAuditFailure === 'reject' }
      },
      learnedFrom: (found) => {
        const { call, parameters, answer, claim } = described
        if (!answer || verdict !== 'believed') return undefined
        const [accessKeyId, caller] = [claim?.accessKeyId, found?.caller.principal]
        return learn({ call, parameters, answer, caller, accessKeyId, at: startedAt })
      },
    }
  }

  #record(eventID: string, described: Described, caller: Caller): string {
    const { accountId, clock } = this.#options
    const recipientAccountId = caller.principal?.accountId ?? caller.accountId ?? accountId
    const options = { eventID, now: clock.now(), recipientAccountId }
    return JSON.stringify(captureRecord({ ...described, caller }, options))
  }
}

const outcomeUnknown = {
  code: 'OutcomeUnknown',
  message: 'The call was to be forwarded; whether it was, and how it ended, is not known.',
}

function claimedBy(exchange: Exchange, claim: Claim | undefined): Claimed | undefined {
  if (!claim) return undefined
  const { request, requestBody, startedAt: at } = exchange
  const { method, target, rawHeaders } = request
  const bodyHash = exchange.requestEnded ? requestBody.digest() : undefined
  return { accessKeyId: claim.accessKeyId, method, target, rawHeaders, bodyHash, at }
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
