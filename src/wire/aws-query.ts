import { ApiError } from '../errors.ts'
import type { Member, ServiceModel, Shape } from '../gen/model.ts'
import { bodyText, type Codec } from './codec.ts'
import { type FormTree, formTree, parseForm } from './form.ts'
import { parseScalar } from './text-scalar.ts'
import { element, escapeXml } from './xml.ts'
import { writeXml } from './xml-shape.ts'

/**
 * awsQuery: a form comes in, in the body or in the query, and XML goes out.
 *
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export const awsQuery: Codec = {
  parse({ body, query }, operation, model) {
    const form = formTree([...parseForm(query), ...parseForm(bodyText(body))])
    if (operation.input === undefined) return {}
    return read(form, operation.input, model) as Record<string, unknown>
  },

  answer(output, operation, model, { name, requestId }) {
    const members = operation.output === undefined ? '' : writeXml(output, operation.output, model)
    const result = operation.resultWrapper ? element(operation.resultWrapper, members) : ''
    const metadata = element('ResponseMetadata', requestIdElement(requestId))
    return {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: element(`${name}Response`, result + metadata, namespace(model)),
    }
  },

  refuse({ code, message, status }, model, { requestId }) {
    const type = element('Type', status < 500 ? 'Sender' : 'Receiver')
    const error = type + element('Code', escapeXml(code)) + element('Message', escapeXml(message))
    const inner = element('Error', error) + requestIdElement(requestId)
    return {
      status,
      headers: { 'content-type': 'text/xml' },
      body: element('ErrorResponse', inner, namespace(model)),
    }
  },
}

function requestIdElement(requestId: string): string {
  return element('RequestId', escapeXml(requestId))
}

function namespace({ xmlNamespace }: ServiceModel): string {
  return xmlNamespace === undefined ? '' : ` xmlns="${escapeXml(xmlNamespace)}"`
}

/** What stands below a name in the form, as the shape has it; unknown names are left out. */
function read(
  tree: FormTree,
  shapeName: string,
  model: ServiceModel,
  isMemberFlat = false,
): unknown {
  const shape = model.shapes[shapeName]!
  switch (shape.type) {
    case 'structure': {
      const members: Record<string, unknown> = {}
      for (const [name, member] of Object.entries(shape.members)) {
        const child = tree.children.get(memberName(name, member, model))
        if (child) members[name] = read(child, member.shape, model, member.flattened)
      }
      return members
    }
    case 'list': {
      const isFlat = isMemberFlat || shape.flattened
      const items = isFlat ? tree : tree.children.get(shape.memberName ?? 'member')
      return numbered(items).map((item) => read(item, shape.member, model))
    }
    case 'map': {
      const isFlat = isMemberFlat || shape.flattened
      const entries = numbered(isFlat ? tree : tree.children.get('entry'))
      // Built from entries, so that a key such as __proto__ is a key and nothing else.
      return Object.fromEntries(
        entries.flatMap(({ children }) => {
          const key = children.get(shape.keyName ?? 'key')?.value
          const value = children.get(shape.valueName ?? 'value')
          return key === undefined || !value ? [] : [[key, read(value, shape.value, model)]]
        }),
      )
    }
    default:
      return readScalar(tree.value ?? '', shape)
  }
}

/** A flattened list's items stand where the list would, under the list's own name for them. */
function memberName(
  name: string,
  { shape, locationName, flattened }: Member,
  model: ServiceModel,
): string {
  const list = model.shapes[shape]!
  const isFlat = list.type === 'list' && (flattened || list.flattened)
  const ofItems = isFlat ? list.memberName : undefined
  return ofItems ?? locationName ?? name
}

/** Children named by number, in the order of the numbers, whatever is left out between them. */
function numbered(tree: FormTree | undefined): FormTree[] {
  return [...(tree?.children ?? [])]
    .filter(([name]) => /^\d{1,9}$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child)
}

function readScalar(text: string, shape: Shape): unknown {
  const value = parseScalar(text, shape)
  if (value !== undefined) return value
  const shown = text.length > 128 ? `${text.slice(0, 128)}…` : text
  throw new ApiError('MalformedInput', `'${shown}' can not be converted to ${shape.type}`)
}
