import { ApiError } from '../errors.ts'
import type { ScalarShape, ServiceModel, Shape, StructureShape } from '../gen/model.ts'

/** Violations reported at once, and characters of a value repeated: errors are answered and recorded. */
const violationsMax = 25
const shownMax = 1_024

type Check = Readonly<{ model: ServiceModel; found: string[]; except: readonly string[] }>

/**
 * Holds input against the model's constraints and refuses it with ApiError ValidationException, in
 * AWS's words, all violations at once. `except` names members, with what lies below them, that the
 * operation checks itself with an error of its own; list positions are no part of such a path.
 */
export function validate(
  input: Readonly<Record<string, unknown>>,
  shapeName: string,
  model: ServiceModel,
  except: readonly string[] = [],
): void {
  const found: string[] = []
  const shape = model.shapes[shapeName] as StructureShape
  checkMembers(input, shape, { shown: '', own: '' }, { model, found, except })
  if (found.length === 0) return
  const count = `${found.length} validation error${found.length === 1 ? '' : 's'} detected: `
  throw new ApiError('ValidationException', count + found.join('; '))
}

/** Where a value lies: as errors show it, and by the model's names alone. */
type Path = Readonly<{ shown: string; own: string }>

function checkMembers(
  value: Readonly<Record<string, unknown>>,
  shape: StructureShape,
  { shown, own }: Path,
  check: Check,
): void {
  for (const [name, { shape: of, streaming }] of Object.entries(shape.members)) {
    const path = { shown: shown + lowerFirst(name), own: own + name }
    if (check.except.includes(path.own)) continue
    const one = value[name]
    if (one !== undefined) {
      if (!streaming) checkValue(one, of, path, check)
    } else if (shape.required?.includes(name)) {
      violation(check, `Value null at '${path.shown}'`, 'Member must not be null')
    }
  }
}

function checkValue(value: unknown, shapeName: string, path: Path, check: Check): void {
  if (check.found.length === violationsMax) return
  const { model } = check
  const shape = model.shapes[shapeName]!
  const subject = () => {
    const text = shape.sensitive ? undefined : printed(value, shape, model)
    return `Value ${text === undefined ? '' : `'${clipped(text)}' `}at '${path.shown}'`
  }
  for (const broken of constraints(shape)) {
    if (!broken.holds(value)) violation(check, subject(), broken.text)
  }
  if (shape.type === 'structure') {
    const below = { shown: `${path.shown}.`, own: `${path.own}.` }
    checkMembers(value as Record<string, unknown>, shape, below, check)
  } else if (shape.type === 'list') {
    checkEach(value as unknown[], shape.member, 'Member', { subject, path, check })
  } else if (shape.type === 'map') {
    const map = value as Readonly<Record<string, unknown>>
    checkEach(Object.keys(map), shape.key, 'Map keys', { subject, path, check })
    checkEach(Object.values(map), shape.value, 'Map value', { subject, path, check })
  }
}

/** Of scalars AWS shows the whole list and what each must satisfy; structures it looks into one by one. */
function checkEach(
  values: readonly unknown[],
  shapeName: string,
  who: string,
  { subject, path, check }: { subject(): string; path: Path; check: Check },
): void {
  const shape = check.model.shapes[shapeName]!
  if (shape.type === 'structure' || shape.type === 'list' || shape.type === 'map') {
    values.forEach((one, i) => {
      checkValue(one, shapeName, { ...path, shown: `${path.shown}.${i + 1}.member` }, check)
    })
    return
  }
  const all = constraints(shape)
  if (values.every((one) => all.every(({ holds }) => holds(one)))) return
  const texts = all.map(({ text }) => text).join(', ')
  violation(check, subject(), `${who} must satisfy constraint: [${texts}]`)
}

function violation({ found }: Check, subject: string, constraint: string): void {
  if (found.length < violationsMax) {
    found.push(`${subject} failed to satisfy constraint: ${constraint}`)
  }
}

type Constraint = Readonly<{ text: string; holds(value: unknown): boolean }>

/** A shape's own constraints, in the order AWS reports them. */
function constraints(shape: Shape): Constraint[] {
  if (shape.type === 'structure' || shape.type === 'boolean' || shape.type === 'timestamp') {
    return []
  }
  const found: Constraint[] = []
  if (shape.type === 'string') found.push(...stringConstraints(shape))
  const { min, max } = shape
  const isNumber = ['integer', 'long', 'float', 'double'].includes(shape.type)
  const size = isNumber ? (value: unknown) => value as number : lengthOf
  const what = isNumber ? 'value' : 'length'
  if (max !== undefined) {
    const text = `Member must have ${what} less than or equal to ${max}`
    found.push({ text, holds: (value) => size(value) <= max })
  }
  if (min !== undefined) {
    const text = `Member must have ${what} greater than or equal to ${min}`
    found.push({ text, holds: (value) => size(value) >= min })
  }
  return found
}

function stringConstraints({ enum: values, pattern }: ScalarShape): Constraint[] {
  const found: Constraint[] = []
  if (values) {
    const text = `Member must satisfy enum value set: [${values.join(', ')}]`
    found.push({ text, holds: (value) => values.includes(value as string) })
  }
  if (pattern !== undefined) {
    const text = `Member must satisfy regular expression pattern: ${pattern}`
    found.push({ text, holds: (value) => wholePattern(pattern).test(value as string) })
  }
  return found
}

/**
 * The models' patterns are Java's and must match the whole text. Their two spellings that JavaScript
 * does not know are translated: a leading `(?s)` and the needless escape of a colon.
 */
export function wholePattern(pattern: string): RegExp {
  const dotAll = pattern.startsWith('(?s)')
  const source = pattern.replace(/^\(\?s\)/, '').replaceAll('\\:', ':')
  return new RegExp(`^(?:${source})$`, dotAll ? 'su' : 'u')
}

/** Characters of a text, bytes of a blob, members of a list or map. */
function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length - (value.match(surrogatePair)?.length ?? 0)
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length
  return Object.keys(value as object).length
}

const surrogatePair = /[\ud800-\udbff][\udc00-\udfff]/g

/** A value as Java prints it: `[a, b]`, `{key=value}`. */
function printed(value: unknown, shape: Shape, model: ServiceModel): string {
  const within = (one: unknown, name: string) => {
    const of = model.shapes[name]!
    return of.sensitive ? '***' : printed(one, of, model)
  }
  switch (shape.type) {
    case 'list':
      return `[${(value as unknown[]).map((one) => within(one, shape.member)).join(', ')}]`
    case 'map':
    case 'structure': {
      const shapeOf = (key: string) =>
        shape.type === 'map' ? shape.value : shape.members[key]!.shape
      const entries = Object.entries(value as object)
      return `{${entries.map(([key, one]) => `${key}=${within(one, shapeOf(key))}`).join(', ')}}`
    }
    case 'timestamp':
      return (value as Date).toISOString()
    case 'blob':
      return `${lengthOf(value)} bytes`
    default:
      return String(value)
  }
}

function clipped(text: string): string {
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
