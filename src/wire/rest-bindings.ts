import { ApiError } from '../errors.ts'
import type { Member, OperationModel, ServiceModel, Shape, StructureShape } from '../gen/model.ts'
import type { WireRequest } from './codec.ts'
import { type Form, parseForm } from './form.ts'
import { parseScalar } from './text-scalar.ts'
import { formatTime } from './timestamps.ts'

/**
 * The members that a REST call carries in its path, query and headers. Throws ApiError
 * SerializationException for a value of the wrong type.
 *
 * https://smithy.io/2.0/spec/http-bindings.html
 */
export function readHead(
  request: WireRequest,
  { input, http }: Pick<OperationModel, 'input' | 'http'>,
  model: ServiceModel,
): Record<string, unknown> {
  const shape = model.shapes[input!] as StructureShape
  const query = parseForm(request.query)
  const literal = new URLSearchParams(http?.uri.split('?')[1]).keys()
  const named = Object.values(shape.members).map(({ locationName }) => locationName)
  const bound = new Set([...named, ...literal])
  const members: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(shape.members)) {
    const { location, locationName = name } = member
    const of = model.shapes[member.shape]!
    let value: unknown
    if (location === 'uri') value = scalar(request.labels[name], of, name)
    else if (location === 'header') value = readHeader(request.headers, locationName, of, model)
    else if (location === 'headers') value = prefixed(request.headers, locationName)
    else if (location === 'querystring') {
      value = readQuery(query, locationName, of, { model, bound })
    }
    if (value !== undefined) members[name] = value
  }
  return members
}

/** The headers, in lower case, that are members of the input and so the operation's own business. */
export function boundHeaders({ input }: OperationModel, { shapes }: ServiceModel): Set<string> {
  const shape = input === undefined ? undefined : shapes[input]
  const members = shape?.type === 'structure' ? Object.values(shape.members) : []
  const bound = members.filter(({ location }) => location === 'header')
  return new Set(bound.map(({ locationName = '' }) => locationName.toLowerCase()))
}

function scalar(text: string | undefined, shape: Shape, name: string): unknown {
  if (text === undefined) return undefined
  const value = parseScalar(text, shape)
  if (value !== undefined) return value
  throw new ApiError('SerializationException', `The value of ${name} is no ${shape.type}`)
}

function readHeader(
  headers: WireRequest['headers'],
  locationName: string,
  shape: Shape,
  model: ServiceModel,
): unknown {
  const text = headers[locationName.toLowerCase()]
  if (text === undefined || shape.type !== 'list') return scalar(text, shape, locationName)
  const member = model.shapes[shape.member]!
  // An HTTP date has a comma of its own.
  const isDate = member.type === 'timestamp'
  const items = isDate ? (text.match(/[^,]+,[^,]+/g) ?? []) : text.split(',')
  return items.map((item) => scalar(item.trim(), member, locationName))
}

function prefixed(
  headers: WireRequest['headers'],
  prefix: string,
): Record<string, string> | undefined {
  const start = prefix.toLowerCase()
  const found = Object.entries(headers).filter(([name]) => name.startsWith(start))
  return found.length === 0
    ? undefined
    : Object.fromEntries(found.map(([name, value]) => [name.slice(start.length), value ?? '']))
}

function readQuery(
  query: Form,
  locationName: string,
  shape: Shape,
  { model, bound }: { model: ServiceModel; bound: ReadonlySet<string | undefined> },
): unknown {
  const values = query.filter(([name]) => name === locationName).map(([, value]) => value)
  if (shape.type === 'list') {
    const member = model.shapes[shape.member]!
    return values.length === 0
      ? undefined
      : values.map((value) => scalar(value, member, locationName))
  }
  // A map takes every key that no other member has, nor the operation itself.
  if (shape.type === 'map') {
    const others = query.filter(([name]) => !bound.has(name))
    if (others.length === 0) return undefined
    if (model.shapes[shape.value]!.type !== 'list') return Object.fromEntries(others)
    const lists = [...Map.groupBy(others, ([name]) => name)]
    return Object.fromEntries(lists.map(([name, all]) => [name, all.map(([, value]) => value)]))
  }
  return scalar(values[0], shape, locationName)
}

/** The members of an answer that are headers, by lower-case name; and its status where a member is that. */
export function writeHead(
  output: Readonly<Record<string, unknown>>,
  shape: StructureShape,
  model: ServiceModel,
): { headers: Record<string, string>; status?: number } {
  const headers: Record<string, string> = {}
  let status: number | undefined
  for (const [name, member] of Object.entries(shape.members)) {
    const value = output[name]
    if (value === undefined || value === null) continue
    const { location, locationName = name } = member
    if (location === 'statusCode') status = value as number
    else if (location === 'header')
      headers[locationName.toLowerCase()] = headerText(value, member, model)
    else if (location === 'headers') {
      for (const [key, one] of Object.entries(value as Record<string, string>)) {
        headers[(locationName + key).toLowerCase()] = encodedWord(one)
      }
    }
  }
  return { headers, status }
}

function headerText(value: unknown, member: Member, model: ServiceModel): string {
  const shape = model.shapes[member.shape]!
  if (shape.type === 'list') {
    const items = value as readonly unknown[]
    return items.map((item) => headerText(item, { shape: shape.member }, model)).join(', ')
  }
  if (shape.type === 'timestamp') {
    return formatTime(value as Date, member.timestampFormat ?? shape.timestampFormat ?? 'rfc822')
  }
  return safeHeader(String(value))
}

/**
 * What a header cannot hold makes it an encoded word, as S3 has it in metadata; the bytes a caller sent are
 * taken for Latin-1, also by S3.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
function encodedWord(text: string): string {
  if (/^[\t\x20-\x7e]*$/.test(text)) return text
  return `=?UTF-8?B?${Buffer.from(text.toWellFormed()).toString('base64')}?=`
}

/** What a header cannot hold is percent-encoded: line ends above all. */
function safeHeader(text: string): string {
  return text.replace(/[^\t\x20-\x7e]/gu, (character) =>
    encodeURIComponent(character.toWellFormed()),
  )
}
