import type { Member, StructureShape } from '../../src/gen/model.ts'
import { formText, type Pair } from './form.ts'
import { json } from './json.ts'
import { scalarText } from './text.ts'
import type { Members, WireAnswer, WireModel, WireRequest } from './wire.ts'
import { element, escaped, membersXml, valueXml } from './xml.ts'

type Given = readonly [name: string, member: Member, value: unknown]

/**
 * restJson and restXml: members in path, query and headers; the others in the body, or one that is the body.
 *
 * https://smithy.io/2.0/spec/http-bindings.html
 */
export function restRequest(model: WireModel, operation: string, members: Members): WireRequest {
  const { http, input } = model.operations[operation]!
  const given = givenMembers(model, input, members)
  const at = (place: Member['location']) => given.filter(([, { location }]) => location === place)
  const [start = '', fixed] = http!.uri.split('?')
  const path = at('uri').reduce((uri, [name, { locationName = name, shape }, value]) => {
    const text = scalarText(value, model.shapes[shape]!, 'iso8601')
    return uri
      .replace(`{${locationName}}`, () => encodeURIComponent(text))
      .replace(`{${locationName}+}`, () => text.split('/').map(encodeURIComponent).join('/'))
  }, start)
  const asked = formText(at('querystring').flatMap((one) => queryOf(one, model)))
  const query = [fixed, asked].filter((part) => part).join('&')
  const { type, body } = bodyOf(model, input, members, `${operation}Request`)
  const headers = { ...(type && { 'content-type': type }), ...headersOf(given, model) }
  return { method: http!.method, target: query ? `${path}?${query}` : path, headers, body }
}

/** The answer's head and body, without the headers that every answer has. */
export function restAnswer(model: WireModel, operation: string, members: Members): WireAnswer {
  const {
    http,
    output,
    resultWrapper = `${operation}Result`,
    unwrapped,
  } = model.operations[operation]!
  const given = givenMembers(model, output, members)
  const status = given.find(([, { location }]) => location === 'statusCode')?.[2] ?? http!.status
  const { type, body } = unwrapped
    ? { type: 'application/xml', body: onlyMember(resultWrapper, members) }
    : bodyOf(model, output, members, resultWrapper)
  const headers = { ...(type && { 'content-type': type }), ...headersOf(given, model) }
  return { status: (status as number | undefined) ?? 200, headers, body }
}

function givenMembers(model: WireModel, shapeName: string | undefined, members: Members): Given[] {
  const shape = shapeName === undefined ? undefined : (model.shapes[shapeName] as StructureShape)
  return Object.entries(members).map(([name, value]) => [name, shape!.members[name]!, value])
}

function queryOf([name, { locationName = name, shape }, value]: Given, model: WireModel): Pair[] {
  const of = model.shapes[shape]!
  if (of.type === 'list') {
    const item = model.shapes[of.member]!
    return (value as unknown[]).map((one) => [locationName, scalarText(one, item, 'iso8601')])
  }
  if (of.type !== 'map') return [[locationName, scalarText(value, of, 'iso8601')]]
  return Object.entries(value as object).flatMap(([key, one]) =>
    [one].flat().map((each) => [key, String(each)] as const),
  )
}

function headersOf(given: readonly Given[], model: WireModel): Record<string, string> {
  const headers = given.flatMap(([name, { location, locationName = name, shape }, value]) => {
    const of = model.shapes[shape]!
    if (location === 'headers') {
      return Object.entries(value as Record<string, string>).map(([key, one]) => [
        (locationName + key).toLowerCase(),
        one,
      ])
    }
    if (location !== 'header') return []
    const items = of.type === 'list' ? (value as unknown[]) : [value]
    const item = of.type === 'list' ? model.shapes[of.member]! : of
    const text = items.map((one) => scalarText(one, item, 'rfc822')).join(', ')
    return [[locationName.toLowerCase(), text]]
  })
  return Object.fromEntries(headers)
}

type Content = Readonly<{ type?: string; body: Buffer }>

function bodyOf(
  model: WireModel,
  shapeName: string | undefined,
  members: Members,
  root: string,
): Content {
  const none = { body: Buffer.alloc(0) }
  const shape = shapeName === undefined ? undefined : (model.shapes[shapeName] as StructureShape)
  if (!shape) return none
  const { payload } = shape
  if (payload !== undefined) {
    const value = members[payload]
    return value === undefined ? none : payloadOf(model, value, payload, shape.members[payload]!)
  }
  if (!Object.values(shape.members).some(({ location }) => location === undefined)) return none
  if (model.protocol === 'restXml') {
    const space = model.xmlNamespace ? ` xmlns="${model.xmlNamespace}"` : ''
    return xmlBody(element(root, membersXml(members, shapeName!, model), space))
  }
  return jsonBody(json(members, shapeName!, model, { isRenamed: true }))
}

function payloadOf(model: WireModel, value: unknown, name: string, member: Member): Content {
  const { type } = model.shapes[member.shape]!
  if (type === 'blob' || type === 'string') return { body: Buffer.from(value as string) }
  if (model.protocol !== 'restXml') {
    return jsonBody(json(value, member.shape, model, { isRenamed: true }))
  }
  return xmlBody(valueXml(member.locationName ?? name, value, member.shape, model, member))
}

/** S3's document of one text. */
function onlyMember(root: string, members: Members): Buffer {
  const [value = ''] = Object.values(members)
  return xmlBody(element(root, escaped(String(value)))).body
}

function jsonBody(value: unknown): Content {
  return { type: 'application/json', body: Buffer.from(JSON.stringify(value)) }
}

function xmlBody(xml: string): Content {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`
  return { type: 'application/xml', body: Buffer.from(text) }
}
