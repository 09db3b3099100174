import { ApiError, ConflictError, StorageError } from '../errors.ts'
import type { Operation } from '../operation.ts'
import { type Draft, describeCall, regionOf } from './draft.ts'
import type { ListenerOptions } from './listener.ts'

/** How often an operation is run before the writers it meets are reported to the caller. */
const attemptsMax = 5

/**
 * Authorises, runs and records; again from the start when another writer came between. Resolves with
 * the output once the call's record and its changes are durable. Throws what refuses it: nothing of
 * the transaction was kept then.
 */
export async function perform(
  draft: Draft,
  operation: Operation,
  signal: AbortSignal,
  options: ListenerOptions,
): Promise<Record<string, unknown>> {
  const { arrival, called, principal, input } = draft
  const { service, operation: name } = called
  const { clock, ids, begin, authorize, complete } = options
  const { requestId } = arrival
  const caller = { ...principal!, region: regionOf(draft, options) }
  const call = describeCall(draft, options)!
  const once = onceOnly()
  for (let attempt = 1; ; attempt++) {
    const tx = begin()
    const ask = (action: string, ...resources: string[]) => {
      authorize(tx, { service, caller, action, resources, arrival })
    }
    if (!operation.unguarded) {
      const { action = `${service.model.signingName}:${name}`, resources } = operation
      const asked = typeof action === 'string' ? action : action(input!)
      ask(asked, ...(resources?.(input, caller, tx) ?? ['*']))
    }
    const services = service.services
    const context = { caller, tx, services, clock, ids, requestId, signal, once, authorize: ask }
    const output = await operation.run(input, context)
    const resources = operation.recorded?.(input, output, caller)
    try {
      await complete({ ...call, output, resources }, tx)
      return output
    } catch (error) {
      if (error instanceof StorageError) draft.unrecorded = true
      if (!(error instanceof ConflictError)) throw error
      if (attempt === attemptsMax) {
        throw new ApiError('Conflict', 'Other calls are changing the same; try again.')
      }
    }
  }
}

/** Keeps what the first task of a call gave, for its later runs. */
function onceOnly(): <T>(task: () => Promise<T>) => Promise<T> {
  let first: Promise<unknown> | undefined
  return <T>(task: () => Promise<T>) => {
    first ??= task()
    return first as Promise<T>
  }
}
