import { ApiError } from '../errors.ts'
import type { Member, ScalarShape, ServiceModel, TimestampFormat } from '../gen/model.ts'
import { limits } from '../limits.ts'
import { formatTime, fromEpochSeconds, parseTime } from './timestamps.ts'

/** How a protocol's JSON differs: restJson renames members, awsJson does not. */
export type JsonForm = Readonly<{ keyOf(name: string, member: Member): string }>

/**
 * A JSON value as the shape has it: unknown members are left out, null is absent, times are Date and
 * blobs Buffer. Members that REST keeps outside the body are not looked for. Throws ApiError
 * SerializationException, in AWS's kind of words, for a wrong type.
 */
export function readJson(
  value: unknown,
  shapeName: string,
  model: ServiceModel,
  form: JsonForm,
  depth = 0,
  format?: TimestampFormat,
): unknown {
  if (depth > limits.nestingMax) throw refused('The input is nested too deep')
  const shape = model.shapes[shapeName]!
  const within = (one: unknown, name: string, format?: TimestampFormat) =>
    readJson(one, name, model, form, depth + 1, format)
  switch (shape.type) {
    case 'structure': {
      if (shape.document) return value
      const given = expectObject(value, 'Expected null')
      const members: Record<string, unknown> = {}
      for (const name in shape.members) {
        const member = shape.members[name]!
        if (member.location !== undefined) continue
        const key = form.keyOf(name, member)
        const one = Object.hasOwn(given, key) ? given[key] : undefined
        if (one === undefined || one === null) continue
        members[name] = within(one, member.shape, member.timestampFormat)
      }
      return members
    }
    case 'list':
      if (!Array.isArray(value)) throw misplaced(value, 'Expected list or null')
      return value.filter((one) => one !== null).map((one) => within(one, shape.member))
    case 'map': {
      // Built from entries, so that a key such as __proto__ is a key and nothing else.
      const entries = Object.entries(expectObject(value, 'Expected map or null'))
      const present = entries.filter(([, one]) => one !== null)
      return Object.fromEntries(present.map(([key, one]) => [key, within(one, shape.value)]))
    }
    default:
      return readScalar(value, shape, format ?? shape.timestampFormat)
  }
}

function readScalar(
  value: unknown,
  shape: ScalarShape,
  format: TimestampFormat = 'unixTimestamp',
): unknown {
  switch (shape.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : unconvertible(value, 'a Boolean')
    case 'integer':
      return isInteger(value, 2 ** 31) ? value : unconvertible(value, 'an Integer')
    case 'long':
      return isInteger(value, 2 ** 63) ? value : unconvertible(value, 'a Long')
    case 'float':
    case 'double':
      return typeof value === 'number' ? value : unconvertible(value, 'a Double')
    case 'timestamp':
      return readTime(value, format) ?? unconvertible(value, 'milliseconds since epoch')
    case 'blob':
      return readBlob(value) ?? unconvertible(value, 'a byte buffer')
    case 'string':
      return typeof value === 'string' ? value : unconvertible(value, 'a String')
  }
}

function isInteger(value: unknown, bound: number): boolean {
  return Number.isInteger(value) && (value as number) >= -bound && (value as number) < bound
}

function readTime(value: unknown, format: TimestampFormat): Date | undefined {
  if (format !== 'unixTimestamp') return typeof value === 'string' ? parseTime(value) : undefined
  return typeof value === 'number' ? fromEpochSeconds(value) : undefined
}

function readBlob(value: unknown): Buffer | undefined {
  return typeof value === 'string' ? parseBase64(value) : undefined
}

/** The bytes of a base64 text, padded or not; undefined for what is none. */
export function parseBase64(text: string): Buffer | undefined {
  const digits = text.replace(/[\r\n]/g, '').replace(/=+$/, '')
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1) return undefined
  return Buffer.from(digits, 'base64')
}

function expectObject(value: unknown, message: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw misplaced(value, message)
}

function unconvertible(value: unknown, type: string): never {
  if (typeof value === 'object') throw misplaced(value, 'Unexpected null')
  const token = typeof value === 'boolean' ? String(value) : typeof value
  throw refused(`${token.toUpperCase()}_VALUE can not be converted to ${type}`)
}

function misplaced(value: unknown, otherwise: string): ApiError {
  if (Array.isArray(value)) return refused('Start of list found where not expected')
  const isObject = typeof value === 'object' && value !== null
  return refused(isObject ? 'Start of structure or map found where not expected.' : otherwise)
}

function refused(message: string): ApiError {
  return new ApiError('SerializationException', message)
}

/**
 * Output in the shape's form: what is absent stays away, times are epoch seconds unless the model says
 * else.
 */
export function writeJson(
  value: unknown,
  shapeName: string,
  model: ServiceModel,
  form: JsonForm,
  format?: TimestampFormat,
): unknown {
  const shape = model.shapes[shapeName]!
  const within = (one: unknown, name: string, format?: TimestampFormat) =>
    writeJson(one, name, model, form, format)
  switch (shape.type) {
    case 'structure': {
      const given = value as Readonly<Record<string, unknown>>
      const members: Record<string, unknown> = {}
      for (const [name, member] of Object.entries(shape.members)) {
        const one = given[name]
        if (member.location !== undefined || one === undefined || one === null) continue
        members[form.keyOf(name, member)] = within(one, member.shape, member.timestampFormat)
      }
      return members
    }
    case 'list':
      return (value as unknown[]).map((one) => within(one, shape.member))
    case 'map': {
      const entries = Object.entries(value as object)
      return Object.fromEntries(entries.map(([key, one]) => [key, within(one, shape.value)]))
    }
    case 'timestamp': {
      const asked = format ?? shape.timestampFormat ?? 'unixTimestamp'
      const text = formatTime(value as Date, asked)
      return asked === 'unixTimestamp' ? Number(text) : text
    }
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    default:
      return value
  }
}
