import { ApiError } from '../errors.ts'
import type { ServiceModel, Shape, StructureShape } from '../gen/model.ts'

/**
 * Holds input against the model's constraints and refuses it in AWS's words, all violations at once.
 * `except` names members that the operation checks itself with an error of its own.
 */
export function validate(
  input: Readonly<Record<string, unknown>>,
  shapeName: string,
  model: ServiceModel,
  except: readonly string[] = [],
): void {
  const found: string[] = []
  checkStructure(input, model.shapes[shapeName] as StructureShape, '', { model, found, except })
  if (found.length === 0) return
  const count = `${found.length} validation error${found.length === 1 ? '' : 's'} detected: `
  throw new ApiError('ValidationException', count + found.join('; '))
}

type Check = Readonly<{ model: ServiceModel; found: string[]; except: readonly string[] }>

function checkStructure(
  value: Readonly<Record<string, unknown>>,
  shape: StructureShape,
  path: string,
  check: Check,
): void {
  for (const [member, { shape: of }] of Object.entries(shape.members)) {
    const here = `${path}${lowerFirst(member)}`
    if (check.except.includes(member) && path === '') continue
    const one = value[member]
    if (one !== undefined) checkValue(one, of, here, check)
    else if (shape.required?.includes(member)) {
      check.found.push(
        `Value null at '${here}' failed to satisfy constraint: Member must not be null`,
      )
    }
  }
}

function checkValue(value: unknown, shapeName: string, path: string, check: Check): void {
  const shape = check.model.shapes[shapeName]!
  const violated = constraint(value, shape)
  if (violated) {
    const shown = shape.sensitive ? '***' : printed(value)
    check.found.push(`Value '${shown}' at '${path}' failed to satisfy constraint: ${violated}`)
  }
  if (shape.type === 'structure') {
    checkStructure(value as Record<string, unknown>, shape, `${path}.`, check)
  } else if (shape.type === 'list') {
    for (const [i, one] of (value as unknown[]).entries()) {
      checkValue(one, shape.member, `${path}.${i + 1}.member`, check)
    }
  } else if (shape.type === 'map') {
    for (const [key, one] of Object.entries(value as object)) {
      checkValue(key, shape.key, `${path}.${key}`, check)
      checkValue(one, shape.value, `${path}.${key}.member`, check)
    }
  }
}

/** The first constraint that the value breaks, in AWS's words. */
function constraint(value: unknown, shape: Shape): string | undefined {
  if (shape.type === 'structure' || shape.type === 'boolean' || shape.type === 'timestamp') return
  const { min, max } = shape
  if (typeof value === 'number') {
    if (min !== undefined && value < min)
      return `Member must have value greater than or equal to ${min}`
    if (max !== undefined && value > max)
      return `Member must have value less than or equal to ${max}`
    return
  }
  const length = sizeOf(value)
  if (min !== undefined && length < min)
    return `Member must have length greater than or equal to ${min}`
  if (max !== undefined && length > max)
    return `Member must have length less than or equal to ${max}`
  if (shape.type !== 'string') return
  if (shape.enum && !shape.enum.includes(value as string)) {
    return `Member must satisfy enum value set: [${shape.enum.join(', ')}]`
  }
  if (shape.pattern !== undefined && !matches(value as string, shape.pattern)) {
    return `Member must satisfy regular expression pattern: ${shape.pattern}`
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  if (value instanceof Uint8Array) return value.byteLength
  return Object.keys(value as object).length
}

/** The models' patterns are Java's and hold for the whole text. */
function matches(value: string, pattern: string): boolean {
  const script = pattern.replace('(?s)', '').replaceAll('\\:', ':')
  return new RegExp(`^(?:${script})$`, 'us').test(value)
}

function printed(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
