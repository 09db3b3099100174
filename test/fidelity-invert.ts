// From what a record shows back to what was sent: the inverse of `src/record/`.
import type { CapturedModel } from '../src/record/captured.ts'
import { lowerFirst } from '../src/record/casing.ts'
import { alwaysThere, oldOperations, setOf } from '../src/record/services/ec2-table.ts'

type Members = Record<string, unknown>

/** A record's parameters that cannot be traced back; the message says why, without values. */
export class NotRebuilt extends Error {
  override readonly name = 'NotRebuilt'
}

const hidden = new Set(['HIDDEN_DUE_TO_SECURITY_REASONS', '<sensitiveDataRemoved>', '****'])

/**
 * Members by the model's names. What the model does not know is left out, so that it will be missed in the
 * new record. Throws NotRebuilt for what is not of the model's form.
 */
export function invert(value: unknown, shapeName: string, model: CapturedModel): unknown {
  const shape = model.shapes[shapeName]
  if (!shape) throw new NotRebuilt('the model has no such shape')
  if (hidden.has(value as string)) return sample(shapeName, model)
  switch (shape.type) {
    case 'structure': {
      const names = new Map(Object.keys(shape.members).map((name) => [lowerFirst(name), name]))
      return Object.fromEntries(
        Object.entries(objectOf(value)).flatMap(([shown, one]) => {
          const name = shape.members[shown] ? shown : names.get(shown)
          return name === undefined || one === null
            ? []
            : [[name, invert(one, shape.members[name]!.shape, model)]]
        }),
      )
    }
    case 'list':
      return listOf(value).map((one) => invert(one, shape.member, model))
    case 'map':
      return Object.fromEntries(
        Object.entries(objectOf(value)).map(([key, one]) => [key, invert(one, shape.value, model)]),
      )
    case 'timestamp':
      return timeOf(value)
    case 'blob':
      return Buffer.from(String(value), 'base64')
    case 'string':
      return typeof value === 'object' ? '' : String(value)
    default:
      return value
  }
}

/** Anything of the shape, in place of what is hidden. */
function sample(shapeName: string, model: CapturedModel): unknown {
  const shape = model.shapes[shapeName]!
  if (shape.type === 'list') return [sample(shape.member, model)]
  if (shape.type === 'map') return { a: sample(shape.value, model) }
  if (shape.type === 'structure') return {}
  return shape.type === 'string' ? 'hidden' : 1
}

/** What a service may have answered where the record does not show it: every member, three levels deep. */
export function filled(shapeName: string, model: CapturedModel, depth = 0): unknown {
  const shape = model.shapes[shapeName]!
  switch (shape.type) {
    case 'structure': {
      const members = depth > 2 ? [] : Object.entries(shape.members)
      return Object.fromEntries(
        members.map(([name, member]) => [name, filled(member.shape, model, depth + 1)]),
      )
    }
    case 'list':
      return depth > 2 ? [] : [filled(shape.member, model, depth + 1)]
    case 'map':
      return depth > 2 ? {} : { a: filled(shape.value, model, depth + 1) }
    case 'timestamp':
      return new Date(0)
    case 'blob':
      return Buffer.from('a')
    case 'boolean':
      return true
    default:
      return shape.type === 'string' ? 'a' : 1
  }
}

/** Of an operation whose parameters or answer EC2's records have in the form of messages. */
export function invertEc2(
  value: unknown,
  shapeName: string,
  model: CapturedModel,
  { operation, isAnswer }: { operation: string; isAnswer: boolean },
): unknown {
  const isOld = oldOperations.has(operation)
  if (isOld && !isAnswer) return oldMembers(value, operation, shapeName, model)
  const wrapper = `${operation}${isAnswer ? 'Response' : 'Request'}`
  const body = isOld ? value : objectOf(value)[wrapper]
  if (!isOld && body === undefined) throw new NotRebuilt('another wrapper')
  return byWireNames(body, shapeName, model, isAnswer)
}

function oldMembers(
  value: unknown,
  owner: string,
  shapeName: string,
  model: CapturedModel,
): unknown {
  const shape = model.shapes[shapeName]
  if (shape?.type !== 'structure') return invert(value, shapeName, model)
  const left = { ...objectOf(value) }
  for (const name of Object.keys(alwaysThere[owner] ?? {})) delete left[name]
  if (owner === 'RunInstances') {
    Object.assign(left, itemsOf(left['instancesSet'])[0])
    delete left['instancesSet']
  }
  const members: Members = {}
  for (const [name, member] of Object.entries(shape.members)) {
    const wire = upperFirst(member.locationName ?? name)
    const of = model.shapes[member.shape]
    const { set, item } = setOf(owner, wire)
    const shown = of?.type === 'list' ? set : lowerFirst(wire)
    if (!(shown in left)) continue
    const one = left[shown]
    delete left[shown]
    if (of?.type !== 'list') {
      members[name] = oldMembers(one, member.shape.replace(/Request$/, ''), member.shape, model)
      continue
    }
    const isPlain = model.shapes[of.member]?.type !== 'structure'
    const items = itemsOf(one).map((each) =>
      isPlain
        ? invert(objectOf(each)[item], of.member, model)
        : oldMembers(each, of.member.replace(/Request$/, ''), of.member, model),
    )
    if (items.length > 0) members[name] = items
  }
  return members
}

function byWireNames(
  value: unknown,
  shapeName: string,
  model: CapturedModel,
  isAnswer: boolean,
): unknown {
  const shape = model.shapes[shapeName]
  if (shape?.type === 'list') {
    return itemsOf(value).map((one) => {
      const plain = isAnswer ? one : (objectOf(one)['content'] ?? one)
      return byWireNames(plain, shape.member, model, isAnswer)
    })
  }
  if (shape?.type !== 'structure') return invert(value, shapeName, model)
  const members: Members = {}
  const left = { ...objectOf(value === '' ? {} : value) }
  if ('_return' in left) left['return'] = left['_return']
  for (const known of ['tag', 'xmlns', 'requestId', '_return']) delete left[known]
  for (const [name, member] of Object.entries(shape.members)) {
    const wire = member.locationName ?? name
    const shown = [wire, upperFirst(wire), lowerFirst(name)].find((one) => one in left)
    if (shown === undefined) continue
    members[name] = byWireNames(left[shown], member.shape, model, isAnswer)
    delete left[shown]
  }
  delete left['return']
  return members
}

function itemsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  if (value === '' || value === undefined) return []
  const { items, item, ...others } = objectOf(value)
  if (Object.keys(others).length > 0) return [value]
  const all = items ?? item ?? []
  return Array.isArray(all) ? all : [all]
}

function objectOf(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new NotRebuilt('not of the form that the model says')
  }
  return value as Members
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new NotRebuilt('not of the form that the model says')
  return value
}

/** Java's way, ISO 8601, milliseconds or seconds. */
function timeOf(value: unknown): Date {
  const isMillis = typeof value === 'number' && value > 1e11
  const time =
    typeof value === 'number'
      ? new Date(isMillis ? value : value * 1000)
      : new Date(/[AP]M$/.test(String(value)) ? `${value} UTC` : String(value))
  if (Number.isNaN(time.getTime())) throw new NotRebuilt('a time that cannot be read')
  return time
}

function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
