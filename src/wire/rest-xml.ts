import { createHash } from 'node:crypto'
import type { Member, OperationModel, ServiceModel, StructureShape } from '../gen/model.ts'
import { type Answer, bodyText, type Codec, type WireRequest } from './codec.ts'
import { readHead, writeHead } from './rest-bindings.ts'
import { element, escapeXml, parseXml } from './xml.ts'
import { readXml, xmlElement } from './xml-shape.ts'

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
const contentType = { 'content-type': 'application/xml' }

/**
 * restXml, as S3 speaks it: the operation is in method, path and query, members are in path, query,
 * headers and an XML body, or one member is the body; a streaming one passes through unread.
 *
 * https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
 */
export const restXml: Codec = {
  parse(request, operation, model) {
    const { input } = operation
    if (input === undefined) return {}
    const shape = model.shapes[input] as StructureShape
    const members = readHead(request, operation, model)
    const { payload } = shape
    if (payload !== undefined) {
      const value = readPayload(request, shape.members[payload]!, model)
      return value === undefined ? members : { ...members, [payload]: value }
    }
    const inBody = Object.values(shape.members).some(({ location }) => location === undefined)
    const text = inBody ? bodyText(request.body) : ''
    if (text.trim() === '') return members
    return { ...members, ...(readXml(parseXml(text), input, model) as object) }
  },

  answer(output, operation, model, { requestId }) {
    const { output: name, http, resultWrapper, unwrapped } = operation
    const status = http?.status ?? 200
    const own = ownHeaders(requestId)
    if (name === undefined) return { status, headers: own, body: '' }
    const shape = model.shapes[name] as StructureShape
    const head = writeHead(output, shape, model)
    const usual = head.status ?? status
    const isPart = head.headers['content-range'] !== undefined
    const answered = { status: isPart ? 206 : usual, headers: { ...own, ...head.headers } }
    const { payload } = shape
    if (payload !== undefined) {
      const member = { ...shape.members[payload]!, ...(resultWrapper && { resultWrapper }) }
      const { headers, body } = writePayload(output[payload], member, model)
      return { ...answered, headers: { ...headers, ...answered.headers }, body }
    }
    const inBody = Object.values(shape.members).some(({ location }) => location === undefined)
    if (!inBody) return { ...answered, body: '' }
    const tag = resultWrapper ?? name
    const body =
      declaration + (unwrapped ? only(tag, output, model) : whole(tag, output, name, model))
    return { ...answered, headers: { ...contentType, ...answered.headers }, body }
  },

  refuse({ code, message, status, details, headers }, _, { requestId, resource }) {
    const own = ownHeaders(requestId)
    if (status === 304) return { status, headers: { ...own, ...headers }, body: '' }
    const members = {
      Code: code,
      Message: message,
      ...details,
      Resource: resource,
      RequestId: requestId,
      HostId: own['x-amz-id-2'],
    }
    const inner = Object.entries(members).map(([name, text]) => element(name, escapeXml(text)))
    const body = declaration + element('Error', inner.join(''))
    return { status, headers: { ...contentType, ...own, ...headers }, body }
  },
}

/** What S3 says of itself in every answer. Its second id tells nothing that the first does not. */
function ownHeaders(requestId: string) {
  const id = createHash('sha512').update(requestId).digest().subarray(0, 56).toString('base64')
  return { 'x-amz-id-2': id, server: 'AmazonS3' }
}

function whole(tag: string, output: object, shapeName: string, model: ServiceModel): string {
  return xmlElement(tag, output, shapeName, model, namespaceOf(model))
}

/** The only member as the whole document: an empty one where it is absent. */
function only(tag: string, output: object, { xmlNamespace }: ServiceModel): string {
  const [value = ''] = Object.values(output)
  return element(tag, escapeXml(String(value)), xmlNamespace && ` xmlns="${xmlNamespace}"`)
}

function namespaceOf({ xmlNamespace }: ServiceModel): Pick<Member, 'xmlNamespace'> {
  return xmlNamespace === undefined ? {} : { xmlNamespace: { uri: xmlNamespace } }
}

/** Undefined for an empty body that should be XML. */
function readPayload({ body }: WireRequest, member: Member, model: ServiceModel): unknown {
  const { type } = model.shapes[member.shape]!
  if (member.streaming || type === 'blob') return body
  const text = bodyText(body)
  if (type === 'string') return text
  return text.trim() === '' ? undefined : readXml(parseXml(text), member.shape, model)
}

function writePayload(
  value: unknown,
  member: Member & Pick<OperationModel, 'resultWrapper'>,
  model: ServiceModel,
): Pick<Answer, 'headers' | 'body'> {
  const { type } = model.shapes[member.shape]!
  if (value === undefined || value === null) return { headers: {}, body: '' }
  if (member.streaming || type === 'blob' || type === 'string') {
    return { headers: {}, body: value as Answer['body'] }
  }
  const tag = member.resultWrapper ?? member.locationName ?? member.shape
  const namespace = member.xmlNamespace ? member : namespaceOf(model)
  const body = declaration + xmlElement(tag, value, member.shape, model, namespace)
  return { headers: contentType, body }
}
