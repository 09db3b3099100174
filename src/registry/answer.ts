import { isUtf8 } from 'node:buffer'
import type { OperationModel, ServiceModel } from '../gen/model.ts'
import { awsJson, awsJsonMembers, parseJson } from '../wire/aws-json.ts'
import type { Codec } from '../wire/codec.ts'
import { restJson } from '../wire/rest-json.ts'
import { restXml } from '../wire/rest-xml.ts'
import { localName, parseXml, type XmlElement } from '../wire/xml.ts'
import { readXml } from '../wire/xml-shape.ts'
import { readError } from './answer-error.ts'
import { decodeCbor } from './cbor.ts'
import type { Answer, KeptBody, Recognised } from './contract.ts'
import { type HeaderLines, type Headers, headersOf } from './headers.ts'
import { operationOf, payloadOf, without } from './parameters.ts'
import { attempt, type Members, modestMembers, plainBody } from './plain-body.ts'

/** A body, read as far as it is one of the forms that services answer in. */
export type AnswerBody = Readonly<{
  bytes: Buffer
  isWhole: boolean
  xml?: XmlElement | undefined
  /** JSON or CBOR. */
  members?: Members | undefined
}>

/** The status line and headers of an answer. */
export type AnswerHead = HeaderLines & Readonly<{ status: number }>

/**
 * What was answered, by the call's protocol: the output's members, or the error. A body that was cut off, or
 * is not as the model has it, gives no members and is called incomplete. Where the members are not
 * `wanted`, a body is read only as far as it may hold an error or a request's id. Never throws.
 */
export function readAnswer(
  recognised: Recognised,
  head: AnswerHead,
  kept: KeptBody,
  wanted = true,
): Answer {
  const { status } = head
  const headers = headersOf(head)
  if (!wanted && status < 400 && !mayFail(recognised)) {
    return { status, ...idsOf(headers), incomplete: !kept.isWhole }
  }
  const body = readBody(recognised, plainBody(kept, headers['content-encoding']))
  const ids = idsOf(headers, body)
  const error = readError(recognised, status, headers, body)
  if (error) return { status, ...ids, error, incomplete: !body.isWhole }
  const { members, incomplete } = wanted
    ? outputOf(recognised, headers, body)
    : { incomplete: !body.isWhole }
  return { status, ...ids, ...(members && { members }), incomplete }
}

/** XML may tell of an error, or of the request's id, with any status; but not an object's content. */
function mayFail(recognised: Recognised): boolean {
  const { protocol, model } = recognised
  if (protocol === 'awsQuery' || protocol === 'ec2Query') return true
  if (protocol !== 'restXml') return false
  return !(model && payloadOf(operationOf(recognised)?.output, model).isContent)
}

function idsOf(headers: Headers, body?: AnswerBody): Pick<Answer, 'requestId' | 'hostId'> {
  const requestId =
    headers['x-amzn-requestid'] ?? headers['x-amz-request-id'] ?? (body && requestIdIn(body))
  const hostId = headers['x-amz-id-2']
  return { ...(isId(requestId) && { requestId }), ...(isId(hostId) && { hostId }) }
}

function isId(text: string | undefined): text is string {
  return text !== undefined && text.length <= 256
}

function readBody({ protocol }: Recognised, kept: KeptBody | undefined): AnswerBody {
  const { bytes, isWhole } = kept ?? { bytes: Buffer.alloc(0), isWhole: false }
  if (!isWhole || bytes.length === 0) return { bytes, isWhole }
  if (protocol === 'rpcV2Cbor') {
    return { bytes, isWhole, members: attempt(() => modestMembers(decodeCbor(bytes))) }
  }
  const start = bytes.toString('latin1', 0, 64).trimStart()[0]
  if (start === '{') {
    const read = () => modestMembers(parseJson(bytes.toString()))
    return { bytes, isWhole, members: attempt(read) }
  }
  const isXml = start === '<' || bytes.toString('utf8', 0, 3) === '\ufeff'
  return { bytes, isWhole, xml: isXml ? attempt(() => parseXml(bytes.toString())) : undefined }
}

/** Query's answers hold it in their metadata, EC2's at their beginning. */
function requestIdIn({ xml }: AnswerBody): string | undefined {
  const metadata = xml?.children.find((one) => localName(one) === 'ResponseMetadata') ?? xml
  return metadata?.children.find((one) => /^request_?id$/i.test(localName(one)))?.text
}

type Output = Readonly<{ members?: Members | undefined; incomplete: boolean }>

function outputOf(recognised: Recognised, headers: Headers, body: AnswerBody): Output {
  const { model, protocol } = recognised
  const operation = operationOf(recognised)
  if (!model || !operation) return { members: body.members, incomplete: !body.isWhole }
  if (operation.output === undefined) return { incomplete: false }
  const { payload, isContent } = payloadOf(operation.output, model)
  if (!body.isWhole && !isContent) return { incomplete: true }
  if (protocol === 'rpcV2Cbor') return { members: body.members, incomplete: !body.members }
  if (protocol === 'awsQuery' || protocol === 'ec2Query') {
    const members = attempt(() => fromXml(recognised, operation, model, body.xml))
    return { members, incomplete: members === undefined }
  }
  if (/^awsJson/.test(protocol) && body.members && isUtf8(body.bytes)) {
    const members = attempt(() => awsJsonMembers(body.members, operation.output!, model))
    return { members, incomplete: members === undefined }
  }
  const bytes = isContent ? Buffer.alloc(0) : body.bytes
  const members = attempt(() => parsed(protocol, bytes, headers, operation, model))
  const known = members && isContent ? without(members, payload!) : members
  return { members: known, incomplete: known === undefined }
}

/** An output is read as an input would be: the members of both stand in the same places. */
function parsed(
  protocol: Recognised['protocol'],
  body: Buffer,
  headers: Headers,
  { output }: OperationModel,
  model: ServiceModel,
): Members | undefined {
  const codec = codecs[protocol]
  if (!codec) return undefined
  const as = { input: output!, errors: [] }
  return modestMembers(codec.parse({ body, query: '', labels: {}, headers }, as, model))
}

const codecs: Readonly<Partial<Record<Recognised['protocol'], Codec>>> = {
  'awsJson1.0': awsJson,
  'awsJson1.1': awsJson,
  restJson1: restJson,
  restXml,
}

/** Query wraps its members in an element of the operation's name; EC2 does not. */
function fromXml(
  { operation: name, protocol }: Recognised,
  { output, resultWrapper = `${name}Result` }: OperationModel,
  model: ServiceModel,
  xml: XmlElement | undefined,
): Members | undefined {
  if (!xml) return undefined
  const wrapped = xml.children.find((child) => localName(child) === resultWrapper)
  const source = protocol === 'ec2Query' ? xml : wrapped
  return source ? modestMembers(readXml(source, output!, model)) : {}
}
