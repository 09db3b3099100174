import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, ConflictError, StorageError } from '../errors.ts'
import type { ApiCall, Operation, Principal, Service } from '../operation.ts'
import { type Arrival, readArrival } from './arrival.ts'
import { awsJson } from './aws-json.ts'
import { awsQuery } from './aws-query.ts'
import { gather, rawBody } from './body.ts'
import type { Answer, Codec } from './codec.ts'
import { wireError } from './common-errors.ts'
import type { ListenerOptions } from './listener.ts'
import { findService, operationName, splitTarget } from './routing.ts'
import {
  type Claim,
  decodeUnverified,
  readClaim,
  type VerifiedCall,
  verify,
} from './sigv4/verify.ts'
import { validate } from './validate.ts'

/** How often an operation is run again after it met another writer. */
const attemptsMax = 5
/** Of a body nobody vouches for: enough to find the name of what was asked. */
const strangerBodyBytesMax = 64 * 1024

/** What has been found out of a call so far; its record is made from this, whatever happens. */
type Draft = {
  readonly arrival: Arrival
  readonly service: Service
  readonly claim: Claim | undefined
  /** Why the signature could not even be read. */
  readonly malformed?: unknown
  principal?: Principal
  operation?: string
  input?: Record<string, unknown>
}

/**
 * The life of an AWS call, in the order of its checks: whose call, signature, body, operation, types,
 * constraints, authorisation, run, record. Each step throws ApiError; the answer leaves only after the
 * record is durable. A request that names no service or operation leaves no record: there is nothing
 * it could be said to have asked for.
 */
export async function handleCall(
  request: IncomingMessage,
  response: ServerResponse,
  options: ListenerOptions,
): Promise<void> {
  const arrival = readArrival(request, options)
  let draft: Draft | undefined
  let answer: Answer
  try {
    draft = identify(arrival, options)
    const body = await receive(draft, request, options)
    const operation = parse(draft, body)
    const output = await perform(draft, operation, request, options)
    const { model } = draft.service
    const shape = model.operations[draft.operation!]!
    answer = codecOf(draft.service).answer(
      output,
      shape,
      model,
      arrival.requestId,
      draft.operation!,
    )
  } catch (error) {
    answer = await refuse(draft, error, arrival, options)
  }
  send(request, response, arrival, answer)
}

/** Whose call this is. Throws when nothing in the request says so. */
function identify(arrival: Arrival, { services }: ListenerOptions): Draft {
  const { query } = splitTarget(arrival.head)
  let claim: Claim | undefined
  let malformed: unknown
  try {
    claim = readClaim(arrival.head)
  } catch (error) {
    malformed = error
  }
  const service = findService(services, { claim, target: arrival.target })
  if (service) {
    const operation = operationName(service, { target: arrival.target, query })
    return { arrival, service, claim, malformed, operation }
  }
  if (malformed) throw malformed
  if (claim)
    throw new ApiError('UnknownOperation', `The service ${claim.service} is not built here.`)
  throw new ApiError('MissingAuthenticationToken', 'Request is missing Authentication Token')
}

/** Verifies who calls, and reads the body, which is part of what was signed. */
async function receive(
  draft: Draft,
  request: IncomingMessage,
  options: ListenerOptions,
): Promise<Buffer> {
  const { limits, bodies } = options
  const pieces: Buffer[] = []
  let held = 0
  const hold = (bytes: number) => {
    bodies.take(bytes)
    held += bytes
  }
  try {
    let verified: VerifiedCall
    let principal: Principal | undefined
    try {
      const credential = authenticate(draft, options)
      verified = credential.verified
      principal = credential.principal
    } catch (error) {
      await gather(rawBody(request, strangerBodyBytesMax), pieces, hold).catch(() => undefined)
      throw error
    }
    const body = await gather(
      verified.decodeBody(rawBody(request, limits.bodyBytesMax)),
      pieces,
      hold,
    )
    draft.principal = principal
    return body
  } catch (error) {
    draft.operation ??= nameIn(draft, Buffer.concat(pieces))
    throw error
  } finally {
    bodies.give(held)
  }
}

function authenticate(
  { arrival, service, claim, malformed }: Draft,
  { auth, regions, findCredential, rootPrincipal, clock, limits, keys }: ListenerOptions,
): { verified: VerifiedCall; principal: Principal } {
  if (auth === 'open') {
    return { verified: decodeUnverified(arrival.head), principal: rootPrincipal }
  }
  if (malformed) throw malformed
  const credential = claim && findCredential(claim.accessKeyId)
  const expect = { service: service.model.signingName, regions }
  const now = clock.now()
  const verified = verify(arrival.head, claim, { credential, now, expect, limits, keys })
  return { verified, principal: credential!.principal }
}

/** What a body that was not accepted says it asks for; only for the record of its refusal. */
function nameIn({ service, arrival }: Draft, body: Buffer): string | undefined {
  try {
    return operationName(service, { target: arrival.target, query: '' }, body)
  } catch {
    return undefined
  }
}

/** Finds the operation and makes its input from the body. */
function parse(draft: Draft, body: Buffer): Operation {
  const { service, arrival } = draft
  const { model } = service
  const { query } = splitTarget(arrival.head)
  const name = operationName(service, { target: arrival.target, query }, body)
  draft.operation = name
  const shape = name === undefined ? undefined : ownValue(model.operations, name)
  if (!shape) {
    throw new ApiError(
      'UnknownOperation',
      `Could not find operation ${name ?? ''} of ${service.eventSource}`,
    )
  }
  const text = model.protocol === 'awsQuery' && body.length === 0 ? Buffer.from(query) : body
  draft.input = codecOf(service).parse(text, shape, model)
  const operation = ownValue(service.operations, name!)
  if (!operation) {
    throw new ApiError(
      'NotImplemented',
      `${name} is not built yet; docs/operations.md lists what is.`,
    )
  }
  if (shape.input !== undefined) validate(draft.input, shape.input, model, operation.ownChecks)
  return operation
}

/** Authorises, runs and records; again from the start when another writer came between. */
async function perform(
  draft: Draft,
  operation: Operation,
  request: IncomingMessage,
  options: ListenerOptions,
): Promise<Record<string, unknown>> {
  const { service, arrival } = draft
  const hangUp = new AbortController()
  request.socket.once('close', () => hangUp.abort())
  const caller = { ...draft.principal!, region: regionOf(draft, options) }
  for (let attempt = 1; ; attempt++) {
    const tx = options.begin()
    if (!operation.unguarded) {
      const resources = operation.resources?.(draft.input!, caller, tx) ?? ['*']
      const action = operation.action ?? `${service.model.signingName}:${draft.operation}`
      options.authorize(tx, { caller, action, resources, arrival })
    }
    const output = await operation.run(draft.input!, {
      caller,
      tx,
      services: service.services,
      clock: options.clock,
      ids: options.ids,
      requestId: arrival.requestId,
      signal: AbortSignal.any([hangUp.signal, options.stopping]),
    })
    const resources = operation.recorded?.(draft.input!, output)
    try {
      await options.complete({ ...describe(draft, options), output, resources }, tx)
      return output
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
      if (attempt === attemptsMax) {
        throw new ApiError('ConflictException', 'Others are changing the same; try again.')
      }
    }
  }
}

/** Turns whatever was thrown into the caller's answer, once the record of the refusal is durable. */
async function refuse(
  draft: Draft | undefined,
  thrown: unknown,
  arrival: Arrival,
  options: ListenerOptions,
): Promise<Answer> {
  const error = asApiError(thrown, arrival, options)
  const service = draft?.service ?? options.services[0]!
  const wire = wireError(error, service.model)
  const codec = codecOf(service)
  const isOurs =
    draft?.operation !== undefined && ownValue(service.model.operations, draft.operation)
  if (!draft || !isOurs || thrown instanceof StorageError) {
    return codec.refuse(wire, service.model, arrival.requestId)
  }
  try {
    const { code, message } = wire
    await options.complete({ ...describe(draft, options), error: { code, message } })
  } catch (failure) {
    const storage = asApiError(failure, arrival, options)
    return codec.refuse(wireError(storage, service.model), service.model, arrival.requestId)
  }
  return codec.refuse(wire, service.model, arrival.requestId)
}

function asApiError(thrown: unknown, { requestId }: Arrival, { log }: ListenerOptions): ApiError {
  if (thrown instanceof ApiError) return thrown
  log.error('call failed', thrown, { requestId })
  if (thrown instanceof StorageError) {
    return new ApiError('ServiceUnavailable', `The call could not be recorded: ${thrown.reason}.`)
  }
  return new ApiError('InternalFailure', 'The request failed because of an internal error.')
}

/** The call as its record needs it, without how it ended. */
function describe(draft: Draft, options: ListenerOptions): ApiCall {
  const { arrival, service, claim, principal, input } = draft
  const name = draft.operation!
  const operation = ownValue(service.operations, name)
  return {
    requestId: arrival.requestId,
    service,
    operation: name,
    model: ownValue(service.model.operations, name),
    access: operation?.access ?? 'write',
    category: operation?.category ?? 'Management',
    region: regionOf(draft, options),
    accountId: principal?.accountId ?? options.rootPrincipal.accountId,
    startedAt: arrival.startedAt,
    sourceIp: arrival.sourceIp,
    userAgent: arrival.userAgent,
    host: arrival.host,
    tls: arrival.tls,
    principal,
    signature: claim?.kind,
    claimedAccessKeyId: principal ? undefined : claim?.accessKeyId,
    input: principal ? input : undefined,
  }
}

/** The scope's Region where it is one of ours, else the default one. */
function regionOf({ claim }: Draft, { regions, region }: ListenerOptions): string {
  return claim && regions.includes(claim.region) ? claim.region : region
}

function codecOf({ model }: Service): Codec {
  return model.protocol === 'awsQuery' ? awsQuery : awsJson
}

/** A table's entry; a caller who names `constructor` gets none. */
function ownValue<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { requestId }: Arrival,
  { status, headers, body }: Answer,
): void {
  if (response.destroyed) return
  // What is left of a refused body is not read: the socket ends with the answer.
  const rest = request.complete ? {} : { connection: 'close' }
  response.writeHead(status, {
    ...headers,
    ...rest,
    'x-amzn-requestid': requestId,
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
