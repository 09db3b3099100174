import { scalarText } from './text.ts'
import type { Members, WireModel } from './wire.ts'

export type Pair = readonly [name: string, value: string]

export function formText(pairs: readonly Pair[]): string {
  return pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
}

/**
 * The parameters of a form: awsQuery's `Filters.member.1`, and `Filter.1` of EC2, whose names begin with a
 * capital and whose lists are all flat.
 *
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 * https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
export function queryPairs(
  value: unknown,
  shapeName: string,
  model: WireModel,
  isEc2: boolean,
  prefix = '',
  isMemberFlat = false,
): Pair[] {
  const shape = model.shapes[shapeName]!
  const at = (name: string) => (prefix === '' ? name : `${prefix}.${name}`)
  const within = (one: unknown, of: string, name: string, flattened?: boolean) =>
    queryPairs(one, of, model, isEc2, name, flattened)
  switch (shape.type) {
    case 'structure':
      return Object.entries(value as Members).flatMap(([name, one]) => {
        const member = shape.members[name]!
        const { locationName = name, queryName } = member
        if (isEc2) return within(one, member.shape, at(queryName ?? capitalised(locationName)))
        const of = model.shapes[member.shape]!
        const isFlat = of.type === 'list' && (member.flattened || of.flattened)
        const ofItems = isFlat ? of.memberName : undefined
        return within(one, member.shape, at(ofItems ?? locationName), member.flattened)
      })
    case 'list': {
      const items = value as unknown[]
      if (items.length === 0) return isEc2 ? [] : [[prefix, '']]
      const isFlat = isEc2 || isMemberFlat || shape.flattened
      const name = isFlat ? prefix : at(shape.memberName ?? 'member')
      return items.flatMap((one, i) => within(one, shape.member, `${name}.${i + 1}`))
    }
    case 'map': {
      const name = isMemberFlat || shape.flattened ? prefix : at('entry')
      return Object.entries(value as Members).flatMap(([key, one], i) => [
        [`${name}.${i + 1}.${shape.keyName ?? 'key'}`, key] as const,
        ...within(one, shape.value, `${name}.${i + 1}.${shape.valueName ?? 'value'}`),
      ])
    }
    default:
      return [[prefix, scalarText(value, shape, 'iso8601')]]
  }
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
