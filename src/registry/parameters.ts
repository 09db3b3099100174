import { isUtf8 } from 'node:buffer'
import type { OperationModel, ServiceModel } from '../gen/model.ts'
import { awsJsonMembers, parseJson } from '../wire/aws-json.ts'
import { awsQuery } from '../wire/aws-query.ts'
import type { Codec, WireRequest } from '../wire/codec.ts'
import { type Form, formTree, parseForm } from '../wire/form.ts'
import { ownValue } from '../wire/own-value.ts'
import { recordedDocument } from '../wire/recorded-document.ts'
import { restJson } from '../wire/rest-json.ts'
import { restXml } from '../wire/rest-xml.ts'
import { decodeCbor } from './cbor.ts'
import type { KeptBody, Parameters, Recognised } from './contract.ts'
import { readEc2Form } from './ec2-form.ts'
import { type CallHead, headersOf } from './headers.ts'
import { attempt, type Members, modestMembers, plainBody } from './plain-body.ts'
import { splitTarget } from './rest-match.ts'

/** A call as its parameters are read. */
type Call = Readonly<{
  recognised: Recognised
  operation: OperationModel | undefined
  wire: WireRequest & Readonly<{ body: Buffer }>
  isWhole: boolean
}>

/** Members, and whether they are all that were sent. */
type Found = Readonly<{ members?: Members | undefined; incomplete?: boolean }>

/**
 * What a call asks for, by its protocol and its model. A body that was cut off, or is not as the model has
 * it, is given as it came as far as it can be, and called incomplete. Never throws.
 */
export function readParameters(recognised: Recognised, head: CallHead, body: KeptBody): Parameters {
  const { labels, protocol } = recognised
  const headers = headersOf(head)
  const plain = plainBody(body, headers['content-encoding'])
  const { query } = splitTarget(head)
  const wire = { body: plain?.bytes ?? Buffer.alloc(0), query, labels, headers }
  const isWhole = plain?.isWhole ?? false
  const operation = operationOf(recognised)
  const call: Call = { recognised, operation, wire, isWhole }
  const { members, incomplete = false } = attempt(() => readers[protocol](call)) ?? broken
  return {
    ...(members && { members }),
    labels,
    ...documentOf(call),
    incomplete,
  }
}

/** The operation in the model, where there is a model and it has one. */
export function operationOf({ model, operation }: Recognised): OperationModel | undefined {
  return model && ownValue(model.operations, operation)
}

const broken: Found = { incomplete: true }

const readers: Readonly<Record<Recognised['protocol'], (call: Call) => Found>> = {
  'awsJson1.0': json,
  'awsJson1.1': json,
  awsQuery: (call) =>
    form(call, (wire, operation, model) => awsQuery.parse(wire, operation, model)),
  ec2Query: (call) =>
    form(call, ({ query, body }, { input }, model) => {
      if (input === undefined) return {}
      const tree = formTree([...parseForm(query), ...parseForm(body.toString())])
      return readEc2Form(tree, input, model) as Members
    }),
  restJson1: (call) => rest(call, restJson),
  restXml: (call) => rest(call, restXml),
  rpcV2Cbor: ({ wire, isWhole }) => {
    if (!isWhole) return broken
    if (wire.body.length === 0) return {}
    const members = modestMembers(decodeCbor(wire.body))
    return { members, incomplete: members === undefined }
  },
  unknown: () => ({}),
}

function json({ recognised: { model }, operation, wire, isWhole }: Call): Found {
  if (!isWhole) return broken
  const text = wire.body.toString()
  if (text.trim() === '') return {}
  const raw = modestMembers(parseJson(text))
  if (!raw) return broken
  const input = operation?.input
  if (!model || input === undefined) return { members: raw }
  const members = isUtf8(wire.body) ? attempt(() => awsJsonMembers(raw, input, model)) : undefined
  return members ? { members } : { members: raw, incomplete: true }
}

type FormWire = WireRequest & Readonly<{ body: Buffer }>

/** Of a form that was cut off all pairs count but the last, which may be half of one. */
function form(
  { recognised: { model }, operation, wire, isWhole }: Call,
  read: (wire: FormWire, operation: OperationModel, model: ServiceModel) => Members,
): Found {
  const kept = isWhole ? wire.body : wire.body.subarray(0, Math.max(0, wire.body.lastIndexOf('&')))
  const whole = { ...wire, body: kept }
  const members = model && operation && modestMembers(attempt(() => read(whole, operation, model)))
  if (members) return { members, incomplete: !isWhole }
  const pairs = [...parseForm(wire.query), ...parseForm(kept.toString())]
  return { members: asked(pairs), incomplete: !isWhole || operation !== undefined }
}

/** What a form says but for what every form says. */
function asked(pairs: Form): Members {
  const own = /^(Action|Version|AWSAccessKeyId|Signature.*|Timestamp|SecurityToken|X-Amz-.*)$/
  return Object.fromEntries(pairs.filter(([name]) => !own.test(name)))
}

function rest({ recognised, operation, wire, isWhole }: Call, codec: Codec): Found {
  const { model, labels } = recognised
  if (!model || !operation) return { members: labels }
  const read = (body: Buffer) => attempt(() => codec.parse({ ...wire, body }, operation, model))
  const { payload, isContent } = payloadOf(operation.input, model)
  const members = modestMembers(isContent || !isWhole ? read(Buffer.alloc(0)) : read(wire.body))
  if (!members) {
    return { members: modestMembers(read(Buffer.alloc(0))) ?? labels, incomplete: true }
  }
  const known = isContent ? without(members, payload!) : members
  return { members: known, incomplete: !isContent && !isWhole }
}

/** The member that is the body; content, as an object's bytes, is no parameter. */
export function payloadOf(
  shapeName: string | undefined,
  { shapes }: ServiceModel,
): { payload?: string; isContent: boolean } {
  const shape = shapeName === undefined ? undefined : shapes[shapeName]
  if (shape?.type !== 'structure' || shape.payload === undefined) return { isContent: false }
  const member = shape.members[shape.payload]!
  const { type } = shapes[member.shape]!
  return { payload: shape.payload, isContent: member.streaming === true || type === 'blob' }
}

/** The members but for one. */
export function without(members: Members, name: string): Members {
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== name))
}

function documentOf({ recognised: { model, protocol }, operation, wire, isWhole }: Call) {
  if (protocol !== 'restXml' || !model || !operation || !isWhole) return undefined
  const document = attempt(() => recordedDocument(wire.body, operation, model))
  return document && { document }
}
