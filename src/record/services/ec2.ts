import type { ServiceModel } from '../../gen/model.ts'
import type { CapturedExchange, CapturedModel } from '../captured.ts'
import { lowerFirst } from '../casing.ts'
import { recordedTime } from '../recorded-time.ts'
import { replacement } from '../redact.ts'
import { alwaysThere, isRequired, oldOperations, returning, setOf } from './ec2-table.ts'

type Shape = ServiceModel['shapes'][string]
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
  return Object.keys(asked).length > 0 ? withInstances(operation, asked) : null
}

/** What is launched is an item of `instancesSet`, beside how it is launched. */
function withInstances(operation: string, asked: Members): Members {
  if (operation !== 'RunInstances') return asked
  const { imageId, minCount, maxCount, keyName, ...others } = asked
  return { instancesSet: { items: [{ imageId, minCount, maxCount, keyName }] }, ...others }
}

/** A SOAP message's members; `owner` is the operation or shape whose they are. */
function oldMembers(
  value: Members,
  owner: string,
  shapeName: string | undefined,
  model: CapturedModel,
): Members {
  const members: Record<string, unknown> = {}
  const shape = model.shapes[shapeName ?? '']
  if (shape?.type !== 'structure') return members
  for (const [name, member] of Object.entries(shape.members)) {
    const one = value[name]
    const wire = upperFirst(member.locationName ?? name)
    const isList = model.shapes[member.shape]?.type === 'list'
    const instead = replacement('ec2', name, member.sensitive === true)
    if (isList && (Array.isArray(one) || isRequired(owner, wire))) {
      const { set } = setOf(owner, wire)
      members[set] = oldSet((one ?? []) as unknown[], owner, wire, member.shape, model)
    } else if (one !== undefined && one !== null && instead !== null) {
      members[lowerFirst(wire)] = instead ?? oldValue(one, member.shape, model)
    }
  }
  return members
}

function oldValue(value: unknown, shapeName: string, model: CapturedModel): unknown {
  const shape = model.shapes[shapeName]
  if (shape?.type !== 'structure') return scalar(value, shape)
  return oldMembers(value as Members, shapeName.replace(/Request$/, ''), shapeName, model)
}

function oldSet(
  values: readonly unknown[],
  owner: string,
  wire: string,
  listName: string,
  model: CapturedModel,
): unknown {
  const list = model.shapes[listName]
  const of = list?.type === 'list' ? list.member : ''
  const { set, item } = setOf(owner, wire)
  const items = values.map((one) => {
    const value = oldValue(one, of, model)
    return typeof value === 'object' ? value : { [item]: value }
  })
  // Tags of what is about to be made came after SOAP.
  if (set === 'tags') return items
  return items.length > 0 ? { items } : {}
}

/** The query's parameters by their names there; items of lists have their number as `tag`. */
function newRequest(value: unknown, shapeName: string, model: CapturedModel): unknown {
  const shape = model.shapes[shapeName]
  if (shape?.type !== 'structure') return guessed(scalar(value, shape))
  const members: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(shape.members)) {
    const one = (value as Members)[name]
    if (one === undefined || one === null) continue
    const wire = upperFirst(member.locationName ?? name)
    const of = model.shapes[member.shape]
    const instead = replacement('ec2', name, member.sensitive === true)
    if (instead === null) continue
    if (of?.type === 'list') members[wire] = tagged(one as unknown[], of.member, model)
    else members[wire] = instead ?? newRequest(one, member.shape, model)
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
  if (!answer) return null
  const shape = model?.operations[operation]?.output
  const members = answer.members ?? {}
  const { requestId } = answer
  if (!oldOperations.has(operation)) {
    const own = shape === undefined ? '' : newAnswer(members, shape, model!)
    const xmlns = `http://ec2.amazonaws.com/doc/${model?.apiVersion}/`
    return { [`${operation}Response`]: { xmlns, requestId, ...(own as Members) } }
  }
  const own = shape === undefined ? {} : (oldAnswer(members, shape, model!) as Members)
  const isEmpty = Object.keys(own).length === 0
  return { requestId, ...((isEmpty || returning.has(operation)) && { _return: true }), ...own }
}

function oldAnswer(value: unknown, shapeName: string, model: CapturedModel): unknown {
  const shape = model.shapes[shapeName]
  if (shape?.type === 'list') {
    const items = (value as unknown[]).map((one) => oldAnswer(one, shape.member, model))
    return items.length > 0 ? { items } : {}
  }
  if (shape?.type !== 'structure') return scalar(value, shape, 'millis')
  return answered(value as Members, shape.members, (one, of) => oldAnswer(one, of, model))
}

function newAnswer(value: unknown, shapeName: string, model: CapturedModel): unknown {
  const shape = model.shapes[shapeName]
  if (shape?.type === 'list') {
    const items = (value as unknown[]).map((one) => newAnswer(one, shape.member, model))
    if (items.length === 0) return ''
    return { item: items.length === 1 ? items[0] : items }
  }
  if (shape?.type !== 'structure') return guessed(scalar(value, shape))
  return answered(value as Members, shape.members, (one, of) => newAnswer(one, of, model))
}

function answered(
  value: Members,
  shapeMembers: Readonly<
    Record<string, { shape: string; locationName?: string; sensitive?: boolean }>
  >,
  each: (one: unknown, of: string) => unknown,
): Members {
  const members: Record<string, unknown> = {}
  for (const [name, { shape, locationName, sensitive }] of Object.entries(shapeMembers)) {
    const one = value[name]
    if (one === undefined || one === null) continue
    const shown = locationName ?? lowerFirst(name)
    const instead = replacement('ec2', name, sensitive === true)
    if (instead === null) continue
    members[shown === 'return' ? '_return' : shown] = instead ?? each(one, shape)
  }
  return members
}

function scalar(value: unknown, shape: Shape | undefined, times?: 'millis'): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (shape?.type !== 'timestamp') return value
  const time = value instanceof Date ? value : new Date(String(value))
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
