import { ApiError, StorageError } from '../errors.ts'
import type { ServiceModel } from '../gen/model.ts'
import type { Arrival } from './arrival.ts'
import type { Answer } from './codec.ts'
import { wireError } from './common-errors.ts'
import { type Draft, describeCall } from './draft.ts'
import type { ListenerOptions } from './listener.ts'
import { codecs } from './protocols.ts'
import { isForm } from './routing.ts'

/**
 * Turns whatever was thrown into the caller's answer, once the record of the refusal is durable. Never
 * throws.
 */
export async function refuse(
  draft: Draft | undefined,
  thrown: unknown,
  arrival: Arrival,
  options: ListenerOptions,
): Promise<Answer> {
  const model = draft?.called.service.model ?? nowhere(arrival)
  const error = wireError(asApiError(thrown, draft, arrival, options), model)
  const answer = codecs[model.protocol].refuse(error, model, arrival.requestId)
  const call = draft && describeCall(draft, options)
  if (!call || draft.unrecorded) return answer
  try {
    const { code, message } = error
    await options.complete({ ...call, error: { code, message } })
    return answer
  } catch (failure) {
    draft.unrecorded = true
    const unrecorded = wireError(asApiError(failure, draft, arrival, options), model)
    return codecs[model.protocol].refuse(unrecorded, model, arrival.requestId)
  }
}

/** Our own faults go to the log in full, and to the caller without a word of what is inside. */
function asApiError(
  thrown: unknown,
  draft: Draft | undefined,
  { requestId }: Arrival,
  { log }: ListenerOptions,
): ApiError {
  if (thrown instanceof ApiError) return thrown
  log.error('call failed', thrown, { requestId })
  if (thrown instanceof StorageError) {
    const what = draft?.unrecorded ? 'The call could not be recorded' : 'Storage cannot be read'
    return new ApiError('ServiceUnavailable', `${what}: ${thrown.reason}.`)
  }
  return new ApiError('InternalFailure', 'The request failed because of an internal error.')
}

/** Stands for the service where no service is meant; a caller who sends a form reads XML. */
function nowhere(arrival: Arrival): ServiceModel {
  return {
    signingName: '',
    apiVersion: '',
    protocol: isForm(arrival) || /(^|&)Action=/.test(arrival.query) ? 'awsQuery' : 'awsJson1.1',
    operations: {},
    shapes: {},
    errors: { UnknownOperationException: { status: 404, name: 'UnknownOperationException' } },
  }
}
