import type { Member } from '../../src/gen/model.ts'
import { scalarText } from './text.ts'
import type { Members, WireModel } from './wire.ts'

/** `inner` and `attributes` are XML already, the latter with a space in front. */
export function element(name: string, inner: string, attributes = ''): string {
  return `<${name}${attributes}>${inner}</${name}>`
}

export function escaped(text: string): string {
  return text.replace(/[&<>"\r]/g, (one) => `&#${one.charCodeAt(0)};`)
}

/**
 * The elements of a structure's members that are in the body.
 *
 * https://smithy.io/2.0/spec/protocol-traits.html#xml-bindings
 */
export function membersXml(members: Members, shapeName: string, model: WireModel): string {
  return bodyMembers(members, shapeName, model)
    .filter(([, member]) => !member.xmlAttribute)
    .map(([name, member, value]) => memberXml(value, name, member, model))
    .join('')
}

function bodyMembers(members: Members, shapeName: string, model: WireModel) {
  const shape = model.shapes[shapeName]!
  if (shape.type !== 'structure') throw new TypeError(`${shapeName} has no members`)
  return Object.entries(members).flatMap(([name, value]) => {
    const member = shape.members[name]!
    return member.location === undefined ? [[name, member, value] as const] : []
  })
}

function memberXml(value: unknown, name: string, member: Member, model: WireModel): string {
  const shape = model.shapes[member.shape]!
  const { locationName = name, flattened } = member
  if (shape.type === 'list' && (flattened || shape.flattened)) {
    const tag = shape.memberName ?? locationName
    return (value as unknown[]).map((one) => valueXml(tag, one, shape.member, model)).join('')
  }
  if (shape.type === 'map' && (flattened || shape.flattened)) {
    return entriesXml(locationName, value as Members, member.shape, model)
  }
  return valueXml(locationName, value, member.shape, model, member)
}

/** One element of a value. */
export function valueXml(
  tag: string,
  value: unknown,
  shapeName: string,
  model: WireModel,
  { xmlNamespace }: Pick<Member, 'xmlNamespace'> = {},
): string {
  const shape = model.shapes[shapeName]!
  const prefix = xmlNamespace?.prefix ? `:${xmlNamespace.prefix}` : ''
  const space = xmlNamespace ? ` xmlns${prefix}="${xmlNamespace.uri}"` : ''
  switch (shape.type) {
    case 'structure': {
      const attributes = bodyMembers(value as Members, shapeName, model)
        .filter(([, { xmlAttribute }]) => xmlAttribute)
        .map(([name, { locationName = name }, one]) => ` ${locationName}="${escaped(String(one))}"`)
      return element(
        tag,
        membersXml(value as Members, shapeName, model),
        space + attributes.join(''),
      )
    }
    case 'list': {
      const items = (value as unknown[]).map((one) =>
        valueXml(shape.memberName ?? 'member', one, shape.member, model),
      )
      return element(tag, items.join(''), space)
    }
    case 'map':
      return element(tag, entriesXml('entry', value as Members, shapeName, model), space)
    default:
      return element(tag, escaped(scalarText(value, shape, 'iso8601')), space)
  }
}

function entriesXml(tag: string, value: Members, shapeName: string, model: WireModel): string {
  const shape = model.shapes[shapeName]!
  if (shape.type !== 'map') throw new TypeError(`${shapeName} has no entries`)
  const { keyName = 'key', valueName = 'value' } = shape
  return Object.entries(value)
    .map(([key, one]) =>
      element(tag, element(keyName, escaped(key)) + valueXml(valueName, one, shape.value, model)),
    )
    .join('')
}
