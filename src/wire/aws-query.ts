import { ApiError } from '../errors.ts'
import type { ListShape, MapShape, ServiceModel, Shape } from '../gen/model.ts'
import { limits } from '../limits.ts'
import type { Codec } from './codec.ts'
import { element, escapeXml } from './xml.ts'

/** awsQuery: a form comes in, XML goes out. */
export const awsQuery: Codec = {
  parse(body, operation, model) {
    const form = formTree(parseForm(body.toString('utf8')))
    if (operation.input === undefined) return {}
    return (read(form, operation.input, model) ?? {}) as Record<string, unknown>
  },

  answer(output, operation, model, requestId, name) {
    const members = operation.output ? write(output, operation.output, model) : ''
    const result = operation.resultWrapper ? element(operation.resultWrapper, members) : ''
    const metadata = element('ResponseMetadata', element('RequestId', requestId))
    return {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: element(`${name}Response`, result + metadata, ` xmlns="${model.xmlNamespace}"`),
    }
  },

  refuse({ code, message, status }, model, requestId) {
    const type = element('Type', status < 500 ? 'Sender' : 'Receiver')
    const error = type + element('Code', escapeXml(code)) + element('Message', escapeXml(message))
    return {
      status,
      headers: { 'content-type': 'text/xml' },
      body: element(
        'ErrorResponse',
        element('Error', error) + element('RequestId', requestId),
        ` xmlns="${model.xmlNamespace}"`,
      ),
    }
  },
}

/** A form's pairs, decoded. Throws ApiError for a bad escape or too many parameters. */
export function parseForm(text: string): Map<string, string> {
  const pairs = new Map<string, string>()
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = equals < 0 ? pair : pair.slice(0, equals)
    pairs.set(decode(name), equals < 0 ? '' : decode(pair.slice(equals + 1)))
    if (pairs.size > limits.formParametersMax) {
      throw new ApiError('MalformedInput', `More than ${limits.formParametersMax} parameters`)
    }
  }
  return pairs
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new ApiError('MalformedInput', 'The form has an escape that is not valid')
  }
}

type Tree = { value?: string; children: Map<string, Tree> }

/** `Tags.member.1.Key=a` as nested names. */
function formTree(form: ReadonlyMap<string, string>): Tree {
  const root: Tree = { children: new Map() }
  for (const [name, value] of form) {
    const steps = name.split('.')
    if (steps.length > limits.nestingMax)
      throw new ApiError('MalformedInput', 'A name is nested too deep')
    let node = root
    for (const step of steps) {
      let next = node.children.get(step)
      if (!next) {
        next = { children: new Map() }
        node.children.set(step, next)
      }
      node = next
    }
    node.value = value
  }
  return root
}

function read(tree: Tree, name: string, model: ServiceModel): unknown {
  const shape = model.shapes[name]!
  switch (shape.type) {
    case 'structure': {
      const members: Record<string, unknown> = {}
      for (const [member, { shape: of, locationName }] of Object.entries(shape.members)) {
        const child = tree.children.get(locationName ?? member)
        if (child) members[member] = read(child, of, model)
      }
      return members
    }
    case 'list':
      return readList(tree, shape, model)
    case 'map':
      return readMap(tree, shape, model)
    default:
      return readScalar(tree.value ?? '', shape)
  }
}

function readList(tree: Tree, shape: ListShape, model: ServiceModel): unknown[] {
  const items = shape.flattened ? tree : tree.children.get(shape.memberName ?? 'member')
  return numbered(items).map((item) => read(item, shape.member, model))
}

function readMap(tree: Tree, shape: MapShape, model: ServiceModel): Record<string, unknown> {
  const entries = shape.flattened ? tree : tree.children.get('entry')
  return Object.fromEntries(
    numbered(entries).flatMap((entry) => {
      const key = entry.children.get(shape.keyName ?? 'key')?.value
      const value = entry.children.get(shape.valueName ?? 'value')
      return key === undefined || !value ? [] : [[key, read(value, shape.value, model)]]
    }),
  )
}

/** Children named by number, in the order of the numbers. */
function numbered(tree: Tree | undefined): Tree[] {
  return [...(tree?.children ?? [])]
    .filter(([name]) => /^\d{1,9}$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child)
}

function readScalar(text: string, shape: Shape): unknown {
  const refuse = (as: string) =>
    new ApiError('MalformedInput', `${JSON.stringify(text)} is not ${as}`)
  switch (shape.type) {
    case 'boolean':
      if (!/^(true|false)$/i.test(text)) throw refuse('a boolean')
      return text.toLowerCase() === 'true'
    case 'integer':
    case 'long':
      if (!/^[+-]?\d{1,18}$/.test(text)) throw refuse('an integer')
      return Number(text)
    case 'float':
    case 'double':
      if (text.trim() === '' || Number.isNaN(Number(text))) throw refuse('a number')
      return Number(text)
    case 'timestamp': {
      const time = new Date(text)
      if (Number.isNaN(time.getTime())) throw refuse('a time stamp')
      return time
    }
    case 'blob':
      return Buffer.from(text, 'base64')
    default:
      return text
  }
}

function write(value: unknown, name: string, model: ServiceModel): string {
  const shape = model.shapes[name]!
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members)
        .map(([member, { shape: of, locationName }]) => {
          const one = (value as Record<string, unknown>)[member]
          if (one === undefined || one === null) return ''
          const inner = model.shapes[of]!
          const items = inner.type === 'list' && inner.flattened
          if (items)
            return (one as unknown[])
              .map((item) => element(locationName ?? member, write(item, inner.member, model)))
              .join('')
          return element(locationName ?? member, write(one, of, model))
        })
        .join('')
    case 'list':
      return (value as unknown[])
        .map((one) => element(shape.memberName ?? 'member', write(one, shape.member, model)))
        .join('')
    case 'map':
      return Object.entries(value as object)
        .map(([key, one]) =>
          element(
            'entry',
            element(shape.keyName ?? 'key', escapeXml(key)) +
              element(shape.valueName ?? 'value', write(one, shape.value, model)),
          ),
        )
        .join('')
    case 'timestamp':
      return `${(value as Date).toISOString().slice(0, 19)}Z`
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    default:
      return escapeXml(String(value))
  }
}
