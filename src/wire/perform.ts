import { ApiError, ConflictError, StorageError } from '../errors.ts'
import type { Context, Operation } from '../operation.ts'
import type { Answer } from './codec.ts'
import { type Draft, describeCall, regionOf } from './draft.ts'
import type { ListenerOptions } from './listener.ts'
import { codecs } from './protocols.ts'
import { begun, isStream, recordedStream } from './recorded-stream.ts'

/**
 * How often an operation is run before the writers it meets are reported: many may put one object at once.
 */
const attemptsMax = 50

/**
 * Authorises, runs and records; again from the start when another writer came between. Resolves with
 * the answer once the call's record and its changes are durable; the record of an answer that streams is,
 * before its last piece leaves. Throws what refuses it: nothing of the transaction was kept then.
 */
export async function perform(
  draft: Draft,
  operation: Operation,
  signal: AbortSignal,
  options: ListenerOptions,
): Promise<Answer> {
  const only = onceOnly()
  try {
    return await attempts(draft, operation, { signal, once: only.once }, options)
  } catch (error) {
    // A change whose record storage did not take may be visible after all.
    if (!draft.unrecorded) only.undo()
    throw error
  }
}

async function attempts(
  draft: Draft,
  operation: Operation,
  call: Pick<Context<unknown>, 'signal' | 'once'>,
  options: ListenerOptions,
): Promise<Answer> {
  const { arrival, called, principal, input } = draft
  const { service, operation: name } = called
  const { clock, ids, begin, authorize, complete } = options
  const { requestId } = arrival
  const caller = { ...principal!, region: regionOf(draft, options) }
  for (let attempt = 1; ; attempt++) {
    const tx = begin()
    const ask = (action: string, ...resources: string[]) => {
      authorize(tx, { service, caller, action, resources, tags: operation.tags?.(input), arrival })
    }
    if (!operation.unguarded) {
      const { action = `${service.model.signingName}:${name}`, resources } = operation
      const asked = typeof action === 'string' ? action : action(input!)
      ask(asked, ...(resources?.(input, caller, tx) ?? ['*']))
    }
    const services = service.services
    const header = (name: string) => arrival.headers[name]
    const made = { caller, tx, services, clock, ids, requestId, header, authorize: ask }
    const context = { ...made, ...call }
    const output = await operation.run(input, context)
    const answer = succeed(draft, output)
    const resources = operation.recorded?.(input, output, caller)
    const done = { ...describeCall(draft, answer, options)!, output, resources }
    if (isStream(answer.body)) {
      return { ...answer, body: recordedStream(await begun(answer.body), done, options) }
    }
    try {
      await complete(done, tx)
      return answer
    } catch (error) {
      if (error instanceof StorageError) draft.unrecorded = true
      if (!(error instanceof ConflictError)) throw error
      if (attempt === attemptsMax) {
        throw new ApiError('Conflict', 'Other calls are changing the same; try again.')
      }
    }
  }
}

function succeed({ arrival, called }: Draft, output: Record<string, unknown>): Answer {
  const { model } = called.service
  const name = called.operation!
  const context = { name, requestId: arrival.requestId }
  return codecs[model.protocol].answer(output, model.operations[name]!, model, context)
}

/** Keeps what the first task of a call gave, for its later runs, and how to undo it. */
function onceOnly() {
  let first: Promise<unknown> | undefined
  let undo = () => {}
  const once = <T>(task: () => Promise<T>, undoing?: (made: T) => void): Promise<T> => {
    first ??= task().then((made) => {
      undo = () => undoing?.(made)
      return made
    })
    return first as Promise<T>
  }
  return { once, undo: () => undo() }
}
