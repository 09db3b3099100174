import { ApiError } from '../errors.ts'
import type { Member, ServiceModel, Shape, TimestampFormat } from '../gen/model.ts'
import { parseScalar } from './text-scalar.ts'
import { formatTime } from './timestamps.ts'
import { element, escapeXml, localName, type XmlElement } from './xml.ts'

/** The name of a member's element. A flattened list's items take the list's own name for them. */
function elementName(name: string, member: Member, model: ServiceModel): string {
  const shape = model.shapes[member.shape]!
  if (isFlattened(member, shape) && shape.type === 'list' && shape.memberName) {
    return shape.memberName
  }
  return member.locationName ?? name
}

function isFlattened(member: Member, shape: Shape): boolean {
  return (shape.type === 'list' || shape.type === 'map') && !!(member.flattened ?? shape.flattened)
}

/** Members that are in the body, rather than in the head of a REST call. */
function bodyMembers(shape: Shape): Array<[name: string, member: Member]> {
  if (shape.type !== 'structure') throw new TypeError(`${shape.type} has no members`)
  return Object.entries(shape.members).filter(([, { location }]) => location === undefined)
}

/** What stands inside an element of this shape, as XML; for a structure, its members' elements. */
export function writeXml(
  value: unknown,
  shapeName: string,
  model: ServiceModel,
  format?: TimestampFormat,
): string {
  const shape = model.shapes[shapeName]!
  switch (shape.type) {
    case 'structure': {
      const given = value as Readonly<Record<string, unknown>>
      return bodyMembers(shape)
        .filter(([name, member]) => !member.xmlAttribute && given[name] != null)
        .map(([name, member]) => writeMember(given[name], name, member, model))
        .join('')
    }
    case 'list': {
      const items = value as readonly unknown[]
      return items
        .map((one) => xmlElement(shape.memberName ?? 'member', one, shape.member, model))
        .join('')
    }
    case 'map':
      return Object.entries(value as object)
        .map(([key, one]) => element('entry', entry(key, one, shape, model)))
        .join('')
    case 'timestamp':
      return formatTime(value as Date, format ?? shape.timestampFormat ?? 'iso8601')
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    default:
      return escapeXml(String(value))
  }
}

/** The whole element of a value: with the attributes that its shape's members make. */
export function xmlElement(
  name: string,
  value: unknown,
  shapeName: string,
  model: ServiceModel,
  { xmlNamespace, timestampFormat }: Pick<Member, 'xmlNamespace' | 'timestampFormat'> = {},
): string {
  const shape = model.shapes[shapeName]!
  let attributes = namespaceAttribute(xmlNamespace)
  if (shape.type === 'structure') {
    for (const [key, member] of bodyMembers(shape)) {
      const one = (value as Readonly<Record<string, unknown>>)[key]
      if (!member.xmlAttribute || one == null) continue
      attributes += ` ${member.locationName ?? key}="${escapeXml(String(one))}"`
    }
  }
  return element(name, writeXml(value, shapeName, model, timestampFormat), attributes)
}

function namespaceAttribute(namespace: Member['xmlNamespace']): string {
  if (!namespace) return ''
  const prefix = namespace.prefix ? `:${namespace.prefix}` : ''
  return ` xmlns${prefix}="${escapeXml(namespace.uri)}"`
}

function writeMember(value: unknown, name: string, member: Member, model: ServiceModel): string {
  const shape = model.shapes[member.shape]!
  const tag = elementName(name, member, model)
  if (!isFlattened(member, shape)) return xmlElement(tag, value, member.shape, model, member)
  if (shape.type === 'list') {
    const items = value as readonly unknown[]
    return items.map((one) => xmlElement(tag, one, shape.member, model)).join('')
  }
  return Object.entries(value as object)
    .map(([key, one]) => element(tag, entry(key, one, shape, model)))
    .join('')
}

function entry(key: string, value: unknown, shape: Shape, model: ServiceModel): string {
  if (shape.type !== 'map') throw new TypeError(`${shape.type} has no entries`)
  const { keyName = 'key', valueName = 'value' } = shape
  return element(keyName, escapeXml(key)) + xmlElement(valueName, value, shape.value, model)
}

/**
 * An element as the shape has it: unknown children are left out. Throws ApiError MalformedXML for a
 * value of the wrong type.
 */
export function readXml(source: XmlElement, shapeName: string, model: ServiceModel): unknown {
  const shape = model.shapes[shapeName]!
  switch (shape.type) {
    case 'structure': {
      const members: Record<string, unknown> = {}
      for (const [name, member] of bodyMembers(shape)) {
        const one = readMember(source, name, member, model)
        if (one !== undefined) members[name] = one
      }
      return members
    }
    case 'list':
      return readItems(named(source, shape.memberName ?? 'member'), shape, model)
    case 'map':
      return readItems(named(source, 'entry'), shape, model)
    default:
      return readText(source.text, shape)
  }
}

function readMember(
  source: XmlElement,
  name: string,
  member: Member,
  model: ServiceModel,
): unknown {
  const shape = model.shapes[member.shape]!
  const tag = elementName(name, member, model)
  if (member.xmlAttribute) return source.attributes.get(tag)
  const found = named(source, tag)
  if (found.length === 0) return undefined
  if (isFlattened(member, shape)) return readItems(found, shape, model)
  return readXml(found[0]!, member.shape, model)
}

function readItems(items: readonly XmlElement[], shape: Shape, model: ServiceModel): unknown {
  if (shape.type === 'list') return items.map((item) => readXml(item, shape.member, model))
  if (shape.type !== 'map') throw new TypeError(`${shape.type} has no items`)
  const { keyName = 'key', valueName = 'value' } = shape
  // Built from entries, so that a key such as __proto__ is a key and nothing else.
  return Object.fromEntries(
    items.flatMap((item) => {
      const key = named(item, keyName)[0]
      const value = named(item, valueName)[0]
      return key && value ? [[key.text, readXml(value, shape.value, model)]] : []
    }),
  )
}

/** Children of a name, whatever prefix stands for their namespace. */
function named({ children }: XmlElement, name: string): XmlElement[] {
  return children.filter((child) => localName(child) === name)
}

function readText(text: string, shape: Shape): unknown {
  const value = parseScalar(text, shape)
  if (value !== undefined) return value
  throw new ApiError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  )
}
