// Calls and answers as clients and services put them on the wire: as little of it as records need.
import type { CapturedModel } from '../src/record/captured.ts'
import { upperFirst } from './fidelity-invert.ts'

type Members = Readonly<Record<string, unknown>>
export type WireRequest = {
  method: string
  target: string
  headers: Record<string, string>
  body: Buffer
}
export type WireAnswer = { status: number; headers: Record<string, string>; body: Buffer }
export type WireModel = CapturedModel &
  Readonly<{ protocol: string; signingName: string; targetPrefixes?: readonly string[] }>

/** The registry reads it as it reads other queries. */
export function isEc2({ signingName }: Pick<WireModel, 'signingName'>): boolean {
  return signingName === 'ec2'
}

type Pair = readonly [name: string, value: string]

/** The request of an operation with those members. */
export function wireRequest(model: WireModel, operation: string, members: Members): WireRequest {
  const { input, http } = model.operations[operation]!
  if (model.protocol.startsWith('rest')) return restRequest(model, operation, members)
  if (model.protocol.startsWith('awsJson')) {
    const type = `application/x-amz-json-${model.protocol.slice('awsJson'.length)}`
    const target = `${model.targetPrefixes?.[0]}.${operation}`
    const body = JSON.stringify(input ? jsonOf(members, input, model) : {})
    return post({ 'content-type': type, 'x-amz-target': target }, body, http?.uri)
  }
  const flat = input ? flatten(members, input, model, '') : []
  const form = formOf([['Action', operation], ['Version', model.apiVersion], ...flat])
  const type = 'application/x-www-form-urlencoded; charset=utf-8'
  return post({ 'content-type': type }, form)
}

function formOf(pairs: readonly Pair[]): string {
  const form = new URLSearchParams()
  for (const [name, value] of pairs) form.append(name, value)
  return form.toString()
}

function post(headers: Record<string, string>, body: string, target = '/'): WireRequest {
  return { method: 'POST', target, headers, body: Buffer.from(body) }
}

function restRequest(model: WireModel, operation: string, members: Members): WireRequest {
  const { http, input } = model.operations[operation]!
  const shape = model.shapes[input ?? '']
  const query: Pair[] = []
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  const body: Record<string, unknown> = {}
  let target = http!.uri
  for (const [name, member] of Object.entries(shape?.type === 'structure' ? shape.members : {})) {
    const value = members[name]
    if (value === undefined) continue
    const wire = member.locationName ?? name
    const text = value instanceof Date ? value.toISOString() : String(value)
    if (member.location === 'uri') {
      target = target
        .replace(`{${wire}}`, encodeURIComponent(text))
        .replace(`{${wire}+}`, text.split('/').map(encodeURIComponent).join('/'))
    } else if (member.location === 'querystring') {
      for (const one of Array.isArray(value) ? value : [text]) query.push([wire, String(one)])
    } else if (member.location === 'header') {
      headers[wire.toLowerCase()] = text
    } else {
      body[wire] = jsonOf(value, member.shape, model)
    }
  }
  const asked = formOf(query)
  if (asked) target += `${target.includes('?') ? '&' : '?'}${asked}`
  const payload = shape?.type === 'structure' ? shape.payload : undefined
  const content = payload === undefined ? body : body[payload]
  const hasBody = http!.method !== 'GET' && content !== undefined
  const text = model.protocol === 'restXml' ? '' : JSON.stringify(content)
  const xml = payload === undefined ? '' : payloadXml(model, input!, members)
  return { method: http!.method, target, headers, body: Buffer.from(hasBody ? text || xml : '') }
}

/** The member that is the body, under its own name. */
function payloadXml(model: WireModel, shapeName: string, members: Members): string {
  const shape = model.shapes[shapeName]
  const name = shape?.type === 'structure' ? shape.payload : undefined
  if (shape?.type !== 'structure' || name === undefined || members[name] === undefined) return ''
  const { shape: of, locationName = name } = shape.members[name]!
  return element(locationName, members[name], of, model)
}

/** JSON as the protocols have it: times in seconds, blobs in base 64. */
function jsonOf(value: unknown, shapeName: string, model: WireModel): unknown {
  const shape = model.shapes[shapeName]!
  if (value instanceof Date) {
    return shape.type === 'timestamp' && shape.timestampFormat === 'iso8601'
      ? value.toISOString()
      : value.getTime() / 1000
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (shape.type === 'list')
    return (value as unknown[]).map((one) => jsonOf(one, shape.member, model))
  if (shape.type === 'map') {
    return Object.fromEntries(
      Object.entries(value as Members).map(([key, one]) => [key, jsonOf(one, shape.value, model)]),
    )
  }
  if (shape.type !== 'structure') return value
  return Object.fromEntries(
    Object.entries(value as Members).map(([name, one]) => {
      const member = shape.members[name]!
      return [member.locationName ?? name, jsonOf(one, member.shape, model)]
    }),
  )
}

/** A form's parameters: `Filter.1.Value.1`, and `Filters.member.1` where the service is not EC2. */
function flatten(value: unknown, shapeName: string, model: WireModel, prefix: string): Pair[] {
  const shape = model.shapes[shapeName]!
  const ofEc2 = isEc2(model)
  const at = (name: string) => (prefix === '' ? name : `${prefix}.${name}`)
  switch (shape.type) {
    case 'structure':
      return Object.entries(value as Members).flatMap(([name, one]) => {
        const member = shape.members[name]!
        const wire = ofEc2 ? upperFirst(member.locationName ?? name) : (member.locationName ?? name)
        return flatten(one, member.shape, model, at(wire))
      })
    case 'list': {
      const items = value as unknown[]
      if (items.length === 0) return ofEc2 ? [] : [[prefix, '']]
      const name = ofEc2 || shape.flattened ? prefix : at(shape.memberName ?? 'member')
      return items.flatMap((one, i) => flatten(one, shape.member, model, `${name}.${i + 1}`))
    }
    case 'map': {
      const name = shape.flattened ? prefix : at('entry')
      return Object.entries(value as Members).flatMap(([key, one], i) => [
        [`${name}.${i + 1}.${shape.keyName ?? 'key'}`, key] as const,
        ...flatten(one, shape.value, model, `${name}.${i + 1}.${shape.valueName ?? 'value'}`),
      ])
    }
    default:
      return [[prefix, textOf(value)]]
  }
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value)
}

/** The answer of an operation that went well. */
export function wireAnswer(
  model: WireModel,
  operation: string,
  members: Members,
  requestId: string,
): WireAnswer {
  const { output, resultWrapper } = model.operations[operation]!
  if (model.protocol.startsWith('rest')) return restAnswer(model, output, members, requestId)
  if (model.protocol.startsWith('awsJson')) {
    const json = output ? jsonOf(members, output, model) : {}
    const headers = { ...ids(requestId), 'content-type': 'application/json' }
    return { status: 200, headers, body: Buffer.from(JSON.stringify(json)) }
  }
  const inner = output ? xmlOf(members, output, model) : ''
  const ofEc2 = isEc2(model)
  const done = ofEc2 && inner === '' ? '<return>true</return>' : inner
  const xml = ofEc2
    ? `<${operation}Response xmlns="http://ec2.amazonaws.com/doc/${model.apiVersion}/"><requestId>${requestId}</requestId>${done}</${operation}Response>`
    : `<${operation}Response xmlns="https://a.amazonaws.com/doc/${model.apiVersion}/">${
        resultWrapper ? `<${resultWrapper}>${inner}</${resultWrapper}>` : inner
      }<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`
  return {
    status: 200,
    headers: { ...ids(requestId), 'content-type': 'text/xml' },
    body: Buffer.from(xml),
  }
}

function restAnswer(
  model: WireModel,
  output: string | undefined,
  members: Members,
  requestId: string,
): WireAnswer {
  const headers: Record<string, string> = ids(requestId)
  const shape = model.shapes[output ?? '']
  if (output === undefined || shape?.type !== 'structure') {
    return { status: 200, headers, body: Buffer.alloc(0) }
  }
  const inBody: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(members)) {
    const { location, locationName = name } = shape.members[name]!
    if (location === 'header') headers[locationName.toLowerCase()] = textOf(value)
    else inBody[name] = value
  }
  if (model.protocol === 'restXml') {
    return { status: 200, headers, body: Buffer.from(payloadXml(model, output, inBody)) }
  }
  const payload = shape.payload === undefined ? undefined : shape.members[shape.payload]
  const json = payload
    ? jsonOf(inBody[shape.payload!] ?? {}, payload.shape, model)
    : jsonOf(inBody, output, model)
  headers['content-type'] = 'application/json'
  return { status: 200, headers, body: Buffer.from(JSON.stringify(json)) }
}

function ids(requestId: string): Record<string, string> {
  return { 'x-amzn-requestid': requestId }
}

function xmlOf(value: unknown, shapeName: string, model: WireModel): string {
  const shape = model.shapes[shapeName]!
  if (shape.type === 'structure') {
    return Object.entries(value as Members)
      .map(([name, one]) => {
        const member = shape.members[name]!
        const of = model.shapes[member.shape]!
        const wire = member.locationName ?? name
        const isFlat = of.type === 'list' && (of.flattened || member.flattened)
        if (isFlat)
          return (one as unknown[]).map((each) => element(wire, each, of.member, model)).join('')
        return element(wire, one, member.shape, model)
      })
      .join('')
  }
  if (shape.type === 'list') {
    const name = shape.memberName ?? (isEc2(model) ? 'item' : 'member')
    return (value as unknown[]).map((one) => element(name, one, shape.member, model)).join('')
  }
  if (shape.type === 'map') {
    return Object.entries(value as Members)
      .map(
        ([key, one]) =>
          `<entry><${shape.keyName ?? 'key'}>${escaped(key)}</${shape.keyName ?? 'key'}>${element(shape.valueName ?? 'value', one, shape.value, model)}</entry>`,
      )
      .join('')
  }
  return escaped(textOf(value))
}

function element(name: string, value: unknown, shapeName: string, model: WireModel): string {
  return `<${name}>${xmlOf(value, shapeName, model)}</${name}>`
}

export function escaped(text: string): string {
  return text.replace(/[&<>"\r]/g, (one) => `&#${one.charCodeAt(0)};`)
}

/** A refusal in the protocol's own form. */
export function wireError(
  model: WireModel,
  { code, message }: { code: string; message?: string },
  requestId: string,
): WireAnswer {
  const status = model.errors[code]?.status ?? 400
  if (/^(awsJson|restJson)/.test(model.protocol)) {
    const headers = {
      ...ids(requestId),
      'content-type': 'application/json',
      'x-amzn-errortype': code,
    }
    return { status, headers, body: Buffer.from(JSON.stringify({ __type: code, message })) }
  }
  const text = message === undefined ? '' : `<Message>${escaped(message)}</Message>`
  const error = `<Code>${escaped(code)}</Code>${text}`
  const id = `<RequestId>${requestId}</RequestId>`
  const xml = isEc2(model)
    ? `<Response><Errors><Error>${error}</Error></Errors><RequestID>${requestId}</RequestID></Response>`
    : model.protocol === 'restXml'
      ? `<Error>${error}${id}</Error>`
      : `<ErrorResponse><Error><Type>Sender</Type>${error}</Error>${id}</ErrorResponse>`
  return {
    status,
    headers: { ...ids(requestId), 'content-type': 'text/xml' },
    body: Buffer.from(xml),
  }
}
