import type { Shape, StructureShape } from '../../gen/model.ts'
import type { CapturedExchange, CapturedModel } from '../captured.ts'
import { lowerFirst } from '../casing.ts'
import { recordedTime } from '../recorded-time.ts'
import { replacement } from '../redact.ts'
import {
  alwaysThere,
  isRequired,
  itemsIn,
  oldOperations,
  returning,
  setOf,
  withTexts,
} from './ec2-table.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * EC2's records are older than its models: operations up to API version 2015-03-01 are recorded as their SOAP
 * messages were (`instancesSet: { items: […] }`), later ones as their query parameters and XML answers.
 */
export function ec2Parameters({ call, parameters }: CapturedExchange): Members | null {
  const { model, operation } = call
  const shape = model?.operations[operation]?.input
  const members = parameters.members ?? {}
  if (!oldOperations.has(operation)) {
    const body = shape === undefined ? '' : newRequest(members, shape, model!)
    return { [`${operation}Request`]: body }
  }
  const asked = { ...oldMembers(members, operation, shape, model!), ...alwaysThere[operation] }
  return Object.keys(asked).length > 0
    ? withTexts(operation, withInstances(operation, asked))
    : null
}

/** What is launched is an item of `instancesSet`, beside how it is launched. */
function withInstances(operation: string, asked: Members): Members {
  if (operation !== 'RunInstances') return asked
  const { imageId, minCount, maxCount, keyName, ...others } = asked
  return { instancesSet: { items: [{ imageId, minCount, maxCount, keyName }] }, ...others }
}

/** A SOAP message's members; `owner` is the operation or shape whose they are. */
function oldMembers(
  value: unknown,
  owner: string,
  shapeName: string | undefined,
  model: CapturedModel,
): Members {
  const shape = model.shapes[shapeName ?? '']
  if (shape?.type !== 'structure') return {}
  const members = requiredSets(owner, shape, model)
  for (const { name, member, one, instead } of membersOf(value, shape, model)) {
    const wire = upperFirst(member.locationName ?? name)
    const of = model.shapes[member.shape]
    if (of?.type === 'list') {
      const { set, item } = setOf(owner, wire)
      const named = { set, item, items: itemsIn(owner, set) }
      members[set] = oldSet(itemsOf(one), named, of.member, model)
    } else {
      members[lowerFirst(wire)] = instead ?? oldValue(one, member.shape, model)
    }
  }
  return members
}

/** Those that are there also when nobody sent them. */
function requiredSets(
  owner: string,
  shape: StructureShape,
  model: CapturedModel,
): Record<string, unknown> {
  const lists = Object.entries(shape.members)
    .filter(([, member]) => model.shapes[member.shape]?.type === 'list')
    .map(([name, member]) => upperFirst(member.locationName ?? name))
    .filter((wire) => isRequired(owner, wire))
  return Object.fromEntries(lists.map((wire) => [setOf(owner, wire).set, {}]))
}

function oldValue(value: unknown, shapeName: string, model: CapturedModel): unknown {
  const shape = model.shapes[shapeName]
  if (shape?.type !== 'structure') return scalar(value, shape)
  return oldMembers(value, shapeName.replace(/Request$/, ''), shapeName, model)
}

function oldSet(
  values: readonly unknown[],
  { set, item, items }: { set: string; item: string; items: string },
  of: string,
  model: CapturedModel,
): unknown {
  const all = values.map((one) => {
    const value = oldValue(one, of, model)
    return typeof value === 'object' ? value : { [item]: value }
  })
  // Tags of what is about to be made came after SOAP.
  if (set === 'tags') return all
  return all.length > 0 ? { [items]: all } : {}
}

/** The query's parameters by their names there; items of lists have their number as `tag`. */
function newRequest(value: unknown, shapeName: string, model: CapturedModel): unknown {
  const shape = model.shapes[shapeName]
  if (shape?.type !== 'structure') return guessed(scalar(value, shape))
  const members: Record<string, unknown> = {}
  for (const { name, member, one, instead } of membersOf(value, shape, model)) {
    const wire = upperFirst(member.locationName ?? name)
    const of = model.shapes[member.shape]
    const isList = of?.type === 'list' && instead === undefined
    members[wire] = isList
      ? tagged(itemsOf(one), of.member, model)
      : (instead ?? newRequest(one, member.shape, model))
  }
  return Object.keys(members).length > 0 ? members : ''
}

function tagged(items: readonly unknown[], of: string, model: CapturedModel): unknown {
  const all = items.map((one, i) => {
    const value = newRequest(one, of, model)
    return typeof value === 'object'
      ? { ...(value as Members), tag: i + 1 }
      : { tag: i + 1, content: value }
  })
  return all.length === 1 ? all[0] : all
}

/** The answer; old ones say `_return` where they say nothing else. */
export function ec2Elements({ call, answer }: CapturedExchange): Members | null {
  const { model, operation } = call
  const shape = model?.operations[operation]?.output
  const isRead = shape === undefined || answer?.members !== undefined
  if (!answer || !isRead) return null
  const { requestId, members = {} } = answer
  if (!oldOperations.has(operation)) {
    const own = shape === undefined ? '' : newAnswer(members, shape, model!)
    const xmlns = `http://ec2.amazonaws.com/doc/${model?.apiVersion}/`
    return { [`${operation}Response`]: { xmlns, requestId, ...(own as Members) } }
  }
  const answered = shape === undefined ? {} : oldAnswer(members, shape, model!)
  const own = withTexts(operation, answered as Members)
  const isEmpty = Object.keys(own).length === 0
  return { requestId, ...((isEmpty || returning.has(operation)) && { _return: true }), ...own }
}

function oldAnswer(value: unknown, shapeName: string, model: CapturedModel): unknown {
  const shape = model.shapes[shapeName]
  if (shape?.type === 'list') {
    return itemsOf(value).map((one) => oldAnswer(one, shape.member, model))
  }
  if (shape?.type !== 'structure') return scalar(value, shape, 'millis')
  const members = answered(value, shape, model, oldAnswer)
  const named = Object.entries(members).map(([name, one]) => {
    if (!Array.isArray(one)) return [name, one]
    return [name, one.length > 0 ? { [itemsIn('', name)]: one } : {}]
  })
  return Object.fromEntries(named)
}

function newAnswer(value: unknown, shapeName: string, model: CapturedModel): unknown {
  const shape = model.shapes[shapeName]
  if (shape?.type === 'list') {
    const items = itemsOf(value).map((one) => newAnswer(one, shape.member, model))
    if (items.length === 0) return ''
    return { item: items.length === 1 ? items[0] : items }
  }
  if (shape?.type !== 'structure') return guessed(scalar(value, shape))
  return answered(value, shape, model, newAnswer)
}

function answered(
  value: unknown,
  shape: StructureShape,
  model: CapturedModel,
  each: (one: unknown, shapeName: string, model: CapturedModel) => unknown,
): Members {
  const members: Record<string, unknown> = {}
  for (const { name, member, one, instead } of membersOf(value, shape, model)) {
    const shown = member.locationName ?? lowerFirst(name)
    members[shown === 'return' ? '_return' : shown] = instead ?? each(one, member.shape, model)
  }
  return members
}

/** Members that are there and shown, with what stands in place of a secret one. */
function membersOf(value: unknown, shape: StructureShape, model: CapturedModel) {
  const all = typeof value === 'object' && value !== null ? (value as Members) : {}
  return Object.entries(shape.members).flatMap(([name, member]) => {
    const one = all[name]
    if (one === undefined || one === null) return []
    const isSensitive = (member.sensitive ?? model.shapes[member.shape]?.sensitive) === true
    const instead = replacement('ec2', name, isSensitive)
    return instead === null ? [] : [{ name, member, one, instead }]
  })
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

function scalar(value: unknown, shape: Shape | undefined, times?: 'millis'): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (shape?.type !== 'timestamp') return value
  const isTime = value instanceof Date || typeof value === 'string' || typeof value === 'number'
  const time = new Date(isTime ? value : Number.NaN)
  if (Number.isNaN(time.getTime())) return value
  return times ? recordedTime(time, times) : time.toISOString()
}

/** Texts that look like booleans or numbers become such: nobody kept their types. */
function guessed(value: unknown): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  if (typeof value !== 'string' || value === '') return value
  const number = Number(value)
  return String(number) === value && Number.isFinite(number) ? number : value
}

function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
