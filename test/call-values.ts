// Values of operations' inputs and outputs, at random, and what of them the protocols can say.
import fc from 'fast-check'
import type { Member, ServiceModel, Shape } from '../src/gen/model.ts'
import type { CallProtocol } from '../src/registry/contract.ts'
import { payloadOf } from '../src/registry/parameters.ts'
import type { Members } from './encode/wire.ts'
import { valuesOf } from './shape-values.ts'

/** Members at once in one structure: the largest have hundreds. */
const membersMax = 6

/** Any members of an input or output; those that stand in a REST call's head are such as can stand there. */
export function callValues(
  model: ServiceModel,
  shapeName: string | undefined,
): fc.Arbitrary<Members> {
  const shape = shapeName === undefined ? undefined : model.shapes[shapeName]
  if (shape?.type !== 'structure') return fc.constant({})
  const all = Object.entries(shape.members)
  // Without these an operation is not known from another, nor an empty body from none; a type is always sent.
  const isNeeded = ([name, { location, locationName, shape: of }]: readonly [string, Member]) =>
    location === 'uri' ||
    shape.required?.includes(name) === true ||
    (name === shape.payload && model.shapes[of]!.type === 'string') ||
    locationName?.toLowerCase() === 'content-type'
  const needed = all.filter(isNeeded)
  const others = all.filter((one) => !isNeeded(one))
  return fc
    .subarray(others, { maxLength: Math.min(others.length, membersMax) })
    .chain((some) =>
      fc.record(
        Object.fromEntries(
          [...needed, ...some].map(([name, member]) => [name, memberValues(member, model)]),
        ),
      ),
    )
}

const word = fc.stringMatching(/^[A-Za-z0-9_~:@$+;=()*!.-]{1,12}$/)
const inHeader = fc.stringMatching(/^[A-Za-z0-9"<>/=]([A-Za-z0-9 ()%:;=/"-]{0,12}[A-Za-z0-9*"])?$/)
const inQuery = fc.string({ unit: 'binary', maxLength: 12 }).map((one) => one.toWellFormed())

function memberValues({ shape, location, locationName }: Member, model: ServiceModel) {
  switch (location) {
    case undefined:
      return valuesOf(model, shape, membersMax, 1)
    case 'uri':
      return scalars(model, shape, word)
    case 'statusCode':
      // An answer's status is no element of records.
      return fc.constant(undefined)
    case 'headers':
      return fc.dictionary(fc.stringMatching(/^[a-z0-9]{1,6}$/), inHeader, { minKeys: 1 })
    case 'header':
      // Gzip is not told from its name alone.
      return locationName?.toLowerCase() === 'content-encoding'
        ? fc.constant('identity')
        : scalars(model, shape, inHeader)
    case 'querystring':
      return scalars(model, shape, inQuery)
  }
}

/** A scalar, a list of some, or a map of them: in a head all of these are texts. */
function scalars(
  model: ServiceModel,
  shapeName: string,
  text: fc.Arbitrary<string>,
): fc.Arbitrary<unknown> {
  const shape = model.shapes[shapeName]!
  if (shape.type === 'list') {
    return fc.array(scalars(model, shape.member, text), { minLength: 1, maxLength: 3 })
  }
  if (shape.type === 'map') {
    const keys = fc.stringMatching(/^any-[a-z]{1,6}$/)
    return fc.dictionary(keys, scalars(model, shape.value, text), { minKeys: 1, maxKeys: 3 })
  }
  return shape.type === 'string' && !shape.enum ? text : valuesOf(model, shapeName)
}

/** What of the members the protocol can say and the readers keep: content, as an object's bytes, is not kept. */
export function sayable(
  members: Members,
  shapeName: string | undefined,
  model: ServiceModel,
  protocol: CallProtocol,
  place: 'asked' | 'answered',
): Members {
  if (shapeName === undefined) return {}
  const { payload, isContent } = payloadOf(shapeName, model)
  const { [isContent ? payload! : '']: _, ...kept } = members
  const isForm = place === 'asked' && /Query$/.test(protocol)
  if (isForm) return inForm(kept, shapeName, model, protocol === 'ec2Query') ?? {}
  return /Query$|Xml$/.test(protocol) ? inXml(kept, shapeName, model) : kept
}

/** What a form tells of a value: nothing of empty structures and maps, and to EC2 nothing of empty lists. */
function inForm(value: any, shapeName: string, model: ServiceModel, isEc2: boolean): any {
  const shape = model.shapes[shapeName]!
  const within = (one: unknown, name: string) => inForm(one, name, model, isEc2)
  if (shape.type === 'list') {
    if (value.length === 0) return isEc2 ? undefined : []
    const items = value.map((one: unknown) => within(one, shape.member)).filter(isThere)
    return items.length > 0 ? items : undefined
  }
  if (shape.type === 'map') {
    const all = entriesOf(value, () => shape.value, within)
    return Object.keys(value).length > 0 ? all : undefined
  }
  if (shape.type !== 'structure') return value
  const all = entriesOf(value, (name) => shape.members[name]!.shape, within)
  return Object.keys(all).length > 0 ? all : undefined
}

/** What XML tells of a value: nothing of empty lists and maps that have no element of their own. */
function inXml(value: any, shapeName: string, model: ServiceModel): any {
  const shape = model.shapes[shapeName]!
  const within = (one: unknown, name: string) => inXml(one, name, model)
  if (shape.type === 'list') return value.map((one: unknown) => within(one, shape.member))
  if (shape.type === 'map') return entriesOf(value, () => shape.value, within)
  if (shape.type !== 'structure') return value
  const shown = Object.entries(value).filter(([name, one]) => {
    const member = shape.members[name]!
    return !(isFlat(member, model.shapes[member.shape]!) && isEmpty(one))
  })
  return entriesOf(Object.fromEntries(shown), (name) => shape.members[name]!.shape, within)
}

function isFlat({ flattened }: Member, shape: Shape): boolean {
  return (shape.type === 'list' || shape.type === 'map') && (flattened ?? shape.flattened) === true
}

function isEmpty(value: unknown): boolean {
  return Object.keys(value as object).length === 0
}

function entriesOf(
  value: object,
  shapeOf: (name: string) => string,
  within: (one: unknown, shapeName: string) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(value).map(([name, one]) => [name, within(one, shapeOf(name))])
  return Object.fromEntries(entries.filter(([, one]) => isThere(one)))
}

function isThere(value: unknown): boolean {
  return value !== undefined
}
