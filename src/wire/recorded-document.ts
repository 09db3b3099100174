import type { OperationModel, ServiceModel } from '../gen/model.ts'
import type { Body } from './codec.ts'
import { parseXml, type XmlElement } from './xml.ts'

/** Larger ones are in no record (`core.md` 1.2). */
const bytesMax = 100 * 1024

/**
 * An XML body under its root's name, as CloudTrail writes it: attributes and elements are members, what comes
 * more than once is a list, and texts that look like numbers or booleans become such. Undefined for any other
 * body.
 */
export function recordedDocument(
  body: Body,
  { input }: OperationModel,
  { protocol, shapes }: ServiceModel,
): Record<string, unknown> | undefined {
  const isXml = protocol === 'restXml' && Buffer.isBuffer(body) && body.length > 0
  if (!isXml || body.length > bytesMax || input === undefined) return undefined
  const shape = shapes[input]!
  if (shape.type !== 'structure') return undefined
  const { payload } = shape
  if (payload === undefined || shapes[shape.members[payload]!.shape]!.type !== 'structure') {
    return undefined
  }
  const root = parseXml(body.toString())
  return { [root.name]: recorded(root) }
}

function recorded({ attributes, children, text }: XmlElement): unknown {
  if (attributes.size === 0 && children.length === 0) return scalar(text)
  const members = new Map<string, unknown[]>()
  const add = (name: string, value: unknown) => {
    const values = members.get(name)
    if (values) values.push(value)
    else members.set(name, [value])
  }
  for (const [name, value] of attributes) add(name, value)
  for (const child of children) add(child.name, recorded(child))
  if (text.trim() !== '') add('content', scalar(text))
  return Object.fromEntries(
    [...members].map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  )
}

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  const number = Number(text)
  return text !== '' && String(number) === text && Number.isFinite(number) ? number : text
}
