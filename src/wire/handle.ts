import { ApiError } from '../errors.ts'
import type { ServiceModel } from '../gen/model.ts'
import type { Operation } from '../operation.ts'
import { type Arrival, readArrival } from './arrival.ts'
import { authenticate, claimIn, type ReadClaim } from './authenticate.ts'
import { type BodyShare, type Gathered, gather, type Incoming, rawBody, replay } from './body.ts'
import { checkDigests } from './body-digests.ts'
import type { Answer, Body } from './codec.ts'
import type { Draft } from './draft.ts'
import type { ListenerOptions } from './listener.ts'
import { ownValue } from './own-value.ts'
import { perform } from './perform.ts'
import { codecs } from './protocols.ts'
import { recordedDocument } from './recorded-document.ts'
import { refuse } from './refuse.ts'
import { boundHeaders } from './rest-bindings.ts'
import { type Called, isNamedInBody, route } from './routing.ts'
import { send } from './send.ts'
import { decodeUnverified } from './sigv4/verify.ts'
import { validate } from './validate.ts'
import { malformedXml } from './xml.ts'

/** A stream with its frames: of aws-chunked's smallest chunks, 8 KiB, each has a line and a signature. */
const framedShare = 1.02

/**
 * The life of an AWS call, in the order of its checks. Each step throws ApiError; the answer leaves
 * only after the call's record is durable. A call that names no operation of ours leaves no record:
 * there is nothing it could be said to have asked for.
 */
export async function handleCall(
  incoming: Incoming,
  signal: AbortSignal,
  options: ListenerOptions,
): Promise<void> {
  const arrival = readArrival(incoming.request, options)
  const share = options.bodies.open()
  let draft: Draft | undefined
  let answer: Answer
  try {
    const read = claimIn(arrival.head)
    const { endpoints, limits } = options
    const isForm = isNamedInBody(endpoints, arrival, read.claim)
    // A form says in its body what it asks for, so there the body comes first.
    const form = isForm ? await unproven(incoming, share, options) : undefined
    const called = route(endpoints, arrival, read.claim, form && (await unframed(arrival, form)))
    if (!called) throw unrouted(read)
    draft = { arrival, called, claim: read.claim, bytesIn: 0 }

    const caller = authenticate(arrival, called.service, read, options)
    const isStreamed = hasStream(called)
    if (isStreamed) {
      draft.principal = caller.principal
      incoming.trust()
      await options.ready()
    }
    const bytesMax = isStreamed ? limits.streamBytesMax * framedShare : limits.bodyBytesMax
    const source = form ? replay(form) : rawBody(incoming, bytesMax)
    const proven = proving(draft, caller.decodeBody(source))
    const body = isStreamed ? proven : await whole(proven, share)
    draft.principal = caller.principal

    const operation = understand(draft, body)
    answer = await perform(draft, operation, signal, options)
  } catch (error) {
    answer = await refuse(draft, error, arrival, options)
  } finally {
    share.giveBack()
  }
  const protocol = draft?.called.service.model.protocol
  await send(incoming, answer, { protocol, requestId: arrival.requestId }, options)
}

/** A form as it came: it is held before anything proves its sender, so in a narrower place. */
async function unproven(
  incoming: Incoming,
  share: BodyShare,
  { forms, limits }: ListenerOptions,
): Promise<Gathered> {
  const place = forms.open(() => incoming.request.destroy())
  const form = await gather(rawBody(incoming, limits.formBytesMax), place)
  place.giveBack()
  try {
    share.take(form.bytes.length)
    return form
  } catch (failure) {
    return { bytes: form.bytes, failure }
  }
}

/** What an unproven body seems to hold, without aws-chunked's frames; as much of it as can be read. */
async function unframed({ head }: Arrival, form: Gathered): Promise<Buffer> {
  try {
    const nothingCounted = { take: () => undefined, giveBack: () => undefined }
    const decoded = decodeUnverified(head).decodeBody(replay({ bytes: form.bytes }))
    return (await gather(decoded, nothingCounted)).bytes
  } catch {
    return form.bytes
  }
}

function unrouted({ claim, malformed }: ReadClaim): unknown {
  if (malformed) return malformed
  const text = claim
    ? `The service '${claim.service.slice(0, 128)}' is not built here.`
    : 'Nothing in the request says which operation is meant.'
  return new ApiError('UnknownOperation', text)
}

/** Whether the operation takes its body as it comes; it acts on it only at its end, where it is proven. */
function hasStream({ service: { model }, operation }: Called): boolean {
  const input = operation === undefined ? undefined : model.operations[operation]!.input
  const shape = input === undefined ? undefined : model.shapes[input]
  if (shape?.type !== 'structure' || shape.payload === undefined) return false
  return shape.members[shape.payload]!.streaming === true
}

/** A body that turns out to be cut off, too long or not the signed one proves nobody. */
async function* proving(draft: Draft, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    for await (const piece of source) {
      draft.bytesIn += piece.length
      yield piece
    }
  } catch (error) {
    draft.principal = undefined
    throw error
  }
}

async function whole(source: AsyncIterable<Buffer>, share: BodyShare): Promise<Buffer> {
  const { bytes, failure } = await gather(source, share)
  if (failure !== undefined) throw failure
  return bytes
}

/** Finds the operation and makes its input from the request. */
function understand(draft: Draft, body: Body): Operation {
  const { called, arrival } = draft
  const { service, operation: name, asked, labels } = called
  const { model } = service
  if (name === undefined && model.protocol === 'restXml' && !isDecodable(arrival.path)) {
    throw new ApiError('InvalidURI', "Couldn't parse the specified URI.")
  }
  if (name === undefined || asked !== undefined) {
    const text = asked ? `Could not find operation ${asked}` : 'The request names no operation'
    throw new ApiError('UnknownOperation', text)
  }
  const shape = model.operations[name]!
  const { query, headers } = arrival
  const input = codecs[model.protocol].parse({ body, query, labels, headers }, shape, model)
  draft.input = input
  if (Buffer.isBuffer(body) && model.protocol === 'restXml') {
    checkDigests(body, headers, boundHeaders(shape, model))
  }
  draft.document = recordedDocument(body, shape, model)
  const operation = ownValue(service.operations, name)
  if (!operation) {
    const text = `${name} is not built yet; docs/operations.md lists what is.`
    throw new ApiError('NotImplemented', text)
  }
  if (shape.input !== undefined) checkInput(input, shape.input, model, operation.ownChecks)
  return operation
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** S3 says of what is wrong inside of a document only that it is the document. */
function checkInput(
  input: Readonly<Record<string, unknown>>,
  shapeName: string,
  model: ServiceModel,
  ownChecks: readonly string[] = [],
): void {
  const shape = model.shapes[shapeName]!
  const payload = shape.type === 'structure' ? shape.payload : undefined
  if (model.protocol !== 'restXml' || payload === undefined) {
    validate(input, shapeName, model, ownChecks)
    return
  }
  validate(input, shapeName, model, [...ownChecks, payload])
  try {
    validate(input, shapeName, model, ownChecks)
  } catch {
    throw malformedXml()
  }
}
