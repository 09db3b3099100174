// Calls and answers as clients and services put them on the wire, each protocol written down from its page
// under https://smithy.io/2.0/aws/protocols/ and not from our readers, which are tested with them.
import type { CapturedModel } from '../../src/record/captured.ts'
import type { CallProtocol } from '../../src/registry/contract.ts'
import { cbor } from './cbor.ts'
import { formText, queryPairs } from './form.ts'
import { json } from './json.ts'
import { restAnswer, restRequest } from './rest.ts'
import { element, membersXml } from './xml.ts'

/** Values by the model's names: times are Date and blobs are bytes. */
export type Members = Readonly<Record<string, unknown>>
export type WireRequest = Readonly<{
  method: string
  target: string
  /** By lower-case name. */
  headers: Record<string, string>
  body: Buffer
}>
export type WireAnswer = Readonly<{ status: number; headers: Record<string, string>; body: Buffer }>
export type WireModel = CapturedModel &
  Readonly<{
    protocol: string
    signingName: string
    targetPrefixes?: readonly string[]
    xmlNamespace?: string
  }>

/** The one that clients of the service speak first; the registry reads EC2 as it reads other queries. */
export function ownProtocol({ signingName, protocol }: WireModel): CallProtocol {
  return signingName === 'ec2' ? 'ec2Query' : (protocol as CallProtocol)
}

/** The request of an operation with those members, unsigned and without a host. */
export function wireRequest(
  model: WireModel,
  operation: string,
  members: Members,
  protocol = ownProtocol(model),
): WireRequest {
  const { input } = model.operations[operation]!
  switch (protocol) {
    case 'restJson1':
    case 'restXml':
      return restRequest(model, operation, members)
    case 'awsQuery':
    case 'ec2Query': {
      const isEc2 = protocol === 'ec2Query'
      const asked = input === undefined ? [] : queryPairs(members, input, model, isEc2)
      const form = formText([['Action', operation], ['Version', model.apiVersion], ...asked])
      return post('/', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, form)
    }
    case 'rpcV2Cbor': {
      const headers = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' }
      const target = `/service/${model.targetPrefixes?.[0]}/operation/${operation}`
      return post(target, headers, input === undefined ? '' : cbor(members))
    }
    default: {
      const headers = {
        'content-type': `application/x-amz-json-${protocol.slice('awsJson'.length)}`,
        'x-amz-target': `${model.targetPrefixes?.[0]}.${operation}`,
      }
      const body = input === undefined ? {} : json(members, input, model, { isRenamed: false })
      return post('/', headers, JSON.stringify(body))
    }
  }
}

function post(target: string, headers: Record<string, string>, body: string | Buffer): WireRequest {
  return { method: 'POST', target, headers, body: Buffer.from(body) }
}

/** The answer of an operation that went well. */
export function wireAnswer(
  model: WireModel,
  operation: string,
  members: Members,
  requestId: string,
  protocol = ownProtocol(model),
): WireAnswer {
  const { output } = model.operations[operation]!
  const ids = { 'x-amzn-requestid': requestId }
  switch (protocol) {
    case 'restJson1':
    case 'restXml': {
      const { status, headers, body } = restAnswer(model, operation, members)
      return { status, headers: { ...ids, ...headers }, body }
    }
    case 'awsQuery':
    case 'ec2Query': {
      const body = queryAnswer(model, operation, members, requestId, protocol === 'ec2Query')
      return { status: 200, headers: { ...ids, 'content-type': 'text/xml' }, body }
    }
    case 'rpcV2Cbor': {
      const headers = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' }
      return { status: 200, headers: { ...ids, ...headers }, body: cbor(members) }
    }
    default: {
      const body = output === undefined ? {} : json(members, output, model, { isRenamed: false })
      const headers = { ...ids, 'content-type': 'application/x-amz-json-1.1' }
      return { status: 200, headers, body: Buffer.from(JSON.stringify(body)) }
    }
  }
}

function queryAnswer(
  model: WireModel,
  operation: string,
  members: Members,
  requestId: string,
  isEc2: boolean,
): Buffer {
  const { output, resultWrapper = `${operation}Result` } = model.operations[operation]!
  const inner = output === undefined ? '' : membersXml(members, output, model)
  // Of EC2's operations those without an output say that they went well.
  const done = output === undefined ? element('return', 'true') : inner
  const body = isEc2
    ? element('requestId', requestId) + done
    : (output === undefined ? '' : element(resultWrapper, inner)) +
      element('ResponseMetadata', element('RequestId', requestId))
  const space = ` xmlns="${model.xmlNamespace ?? `http://ec2.amazonaws.com/doc/${model.apiVersion}/`}"`
  return Buffer.from(`<?xml version="1.0"?>\n${element(`${operation}Response`, body, space)}`)
}
