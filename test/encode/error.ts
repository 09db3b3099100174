import type { CallProtocol } from '../../src/registry/contract.ts'
import { cbor } from './cbor.ts'
import { ownProtocol, type WireAnswer, type WireModel } from './wire.ts'
import { element, escaped } from './xml.ts'

/** A refusal: its code on the wire, without a namespace. */
export type Refusal = Readonly<{ code: string; message?: string; requestId: string }>
type Form = (refusal: Refusal) => Omit<WireAnswer, 'status'>

/** A refusal as the service's own protocol has it most often. */
export function wireError(model: WireModel, refusal: Refusal): WireAnswer {
  const status = model.errors[refusal.code]?.status ?? 400
  return { status, ...errorForms[ownProtocol(model)]![0]!(refusal) }
}

const jsonForms: readonly Form[] = [
  ({ code, message, requestId }) => jsonError(requestId, { __type: code, message }, code),
  ({ code, message, requestId }) =>
    jsonError(requestId, { __type: `com.amazon.coral.service#${code}`, message }),
  ({ code, message, requestId }) =>
    jsonError(requestId, { Message: message }, `${code}:http://internal.amazon.com/coral/x/`),
  ({ code, message, requestId }) =>
    jsonError(requestId, { message }, `aws.protocoltests.restjson#${code}:http://internal/`),
  ({ code, message, requestId }) => jsonError(requestId, { code, message }),
]

const xmlForms: readonly Form[] = [
  (refusal) => xmlError(refusal, ' xmlns="https://iam.amazonaws.com/doc/2010-05-08/"', ''),
  (refusal) => xmlError(refusal, '', ''),
  (refusal) => xmlError(refusal, ' xmlns:e="http://example.com/doc/"', 'e:'),
]

/** How refusals are written in each protocol; also as services do that keep to none of their pages. */
export const errorForms: Readonly<Partial<Record<CallProtocol, readonly Form[]>>> = {
  'awsJson1.0': [...jsonForms, queryCompatible, oldCodeAlone],
  'awsJson1.1': jsonForms,
  restJson1: jsonForms,
  awsQuery: xmlForms,
  ec2Query: [
    ({ code, message, requestId }) => {
      const error = element('Errors', element('Error', codeAndMessage({ code, message })))
      return xml(requestId, element('Response', error + element('RequestID', requestId)))
    },
  ],
  restXml: [
    ({ code, message, requestId }) => {
      const error = codeAndMessage({ code, message }) + element('RequestId', requestId)
      return xml(requestId, element('Error', error))
    },
    ...xmlForms,
  ],
  rpcV2Cbor: [
    ({ code, message, requestId }) => cborError(requestId, { __type: code, message }),
    ({ code, message, requestId }) =>
      cborError(requestId, { __type: `com.amazonaws.cloudwatch#${code}`, Message: message }),
  ],
}

/** Of a service that was Query's once: the old code stands in a header of its own, after the new one. */
function queryCompatible({ code, message, requestId }: Refusal) {
  const { headers, body } = jsonError(requestId, { __type: `com.amazonaws.sqs#${code}`, message })
  return { headers: { ...headers, 'x-amzn-query-error': `AWS.Old.${code};Sender` }, body }
}

function oldCodeAlone({ code, message, requestId }: Refusal) {
  const { headers, body } = jsonError(requestId, { message })
  return { headers: { ...headers, 'x-amzn-query-error': `${code};Sender` }, body }
}

function jsonError(requestId: string, body: object, inHeader?: string): Omit<WireAnswer, 'status'> {
  const headers = {
    'x-amzn-requestid': requestId,
    'content-type': 'application/json',
    ...(inHeader !== undefined && { 'x-amzn-errortype': inHeader }),
  }
  return { headers, body: Buffer.from(JSON.stringify(body)) }
}

function cborError(requestId: string, body: object): Omit<WireAnswer, 'status'> {
  const given = Object.entries(body).filter(([, value]) => value !== undefined)
  const headers = { 'x-amzn-requestid': requestId, 'smithy-protocol': 'rpc-v2-cbor' }
  return { headers, body: cbor(Object.fromEntries(given)) }
}

function xmlError(refusal: Refusal, space: string, prefix: string): Omit<WireAnswer, 'status'> {
  const error = element(`${prefix}Type`, 'Sender') + codeAndMessage(refusal, prefix)
  const id = element(`${prefix}RequestId`, refusal.requestId)
  const inner = element(`${prefix}Error`, error) + id
  return xml(refusal.requestId, element(`${prefix}ErrorResponse`, inner, space))
}

function codeAndMessage({ code, message }: Omit<Refusal, 'requestId'>, prefix = ''): string {
  const told = message === undefined ? '' : element(`${prefix}Message`, escaped(message))
  return element(`${prefix}Code`, escaped(code)) + told
}

function xml(requestId: string, text: string): Omit<WireAnswer, 'status'> {
  const headers = { 'x-amzn-requestid': requestId, 'content-type': 'text/xml' }
  return { headers, body: Buffer.from(text) }
}
