import { ApiError, StorageError } from '../errors.ts'
import type { ServiceModel } from '../gen/model.ts'
import type { Arrival } from './arrival.ts'
import type { Answer, WireError } from './codec.ts'
import { wireError } from './common-errors.ts'
import { type Draft, describeCall } from './draft.ts'
import type { ListenerOptions } from './listener.ts'
import { ownValue } from './own-value.ts'
import { codecs } from './protocols.ts'
import { isForm } from './routing.ts'
import { s3NamedInPath } from './s3-errors.ts'

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
  const answer = shown(error, model, draft, arrival)
  const call = draft && describeCall(draft, answer, options)
  if (!call || draft.unrecorded) return answer
  try {
    const { code, message } = error
    await options.complete({ ...call, error: { code, message } })
    return answer
  } catch (failure) {
    draft.unrecorded = true
    const unrecorded = wireError(asApiError(failure, draft, arrival, options), model)
    return shown(unrecorded, model, draft, arrival)
  }
}

function shown(
  error: WireError,
  model: ServiceModel,
  draft: Draft | undefined,
  { requestId, path }: Arrival,
): Answer {
  const { Bucket, Key = '' } = draft?.called.labels ?? {}
  const resource = Bucket === undefined ? path : `/${Bucket}/${Key}`.replace(/\/$/, '')
  const named = Object.entries(ownValue(s3NamedInPath, error.code) ?? {}).flatMap(
    ([name, label]) => {
      const value = draft?.called.labels[label]
      return value === undefined ? [] : [[name, value]]
    },
  )
  const details = { ...Object.fromEntries(named), ...error.details }
  return codecs[model.protocol].refuse({ ...error, details }, model, { requestId, resource })
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
