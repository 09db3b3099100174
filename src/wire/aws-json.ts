import { ApiError } from '../errors.ts'
import type { ServiceModel, Shape } from '../gen/model.ts'
import type { Codec } from './codec.ts'

/** awsJson 1.0 and 1.1: one JSON object each way, errors by `__type`. */
export const awsJson: Codec = {
  parse(body, operation, model) {
    const text = body.toString('utf8')
    const value = text.trim() === '' ? {} : parseJson(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ApiError(
        'SerializationException',
        'Start of structure or map found where not expected.',
      )
    }
    return operation.input === undefined
      ? {}
      : (read(value, operation.input, model) as Record<string, unknown>)
  },

  answer(output, operation, model) {
    const body = operation.output === undefined ? {} : write(output, operation.output, model)
    return {
      status: 200,
      headers: { 'content-type': contentType(model) },
      body: JSON.stringify(body),
    }
  },

  refuse({ code, message, status }, model) {
    return {
      status,
      headers: { 'content-type': contentType(model), 'x-amzn-errortype': code },
      body: JSON.stringify({ __type: code, message }),
    }
  },
}

function contentType(model: ServiceModel): string {
  return `application/x-amz-json-${model.protocol === 'awsJson1.0' ? '1.0' : '1.1'}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError('SerializationException', 'The request body is not valid JSON.')
  }
}

/** JSON as the model has it: unknown members are dropped, null is absent, a wrong type is refused. */
function read(value: unknown, name: string, model: ServiceModel): unknown {
  const shape = model.shapes[name]!
  switch (shape.type) {
    case 'structure': {
      const given = expectType(value, 'object') as Record<string, unknown>
      const members: Record<string, unknown> = {}
      for (const [member, { shape: of }] of Object.entries(shape.members)) {
        const one = Object.hasOwn(given, member) ? given[member] : undefined
        if (one !== undefined && one !== null) members[member] = read(one, of, model)
      }
      return members
    }
    case 'list':
      return (expectType(value, 'array') as unknown[])
        .filter((one) => one !== null)
        .map((one) => read(one, shape.member, model))
    case 'map':
      return Object.fromEntries(
        Object.entries(expectType(value, 'object') as object)
          .filter(([, one]) => one !== null)
          .map(([key, one]) => [key, read(one, shape.value, model)]),
      )
    default:
      return readScalar(value, shape)
  }
}

function readScalar(value: unknown, shape: Shape): unknown {
  switch (shape.type) {
    case 'boolean':
      return expectType(value, 'boolean')
    case 'integer':
    case 'long':
      return expectInteger(expectType(value, 'number') as number)
    case 'float':
    case 'double':
      return expectType(value, 'number')
    case 'timestamp':
      return new Date((expectType(value, 'number') as number) * 1000)
    case 'blob':
      return Buffer.from(expectType(value, 'string') as string, 'base64')
    default:
      return expectType(value, 'string')
  }
}

const expected = {
  object: 'object',
  array: 'object',
  string: 'string',
  number: 'number',
  boolean: 'boolean',
}
const found: Record<string, string> = {
  string: 'STRING_VALUE',
  number: 'NUMBER_VALUE',
  boolean: 'BOOLEAN_VALUE',
  object: 'START_OBJECT',
  array: 'START_ARRAY',
}

function expectType(value: unknown, type: keyof typeof expected): unknown {
  const actual = Array.isArray(value) ? 'array' : typeof value
  if (actual === type) return value
  throw new ApiError('SerializationException', `${found[actual]} cannot be converted to ${type}`)
}

function expectInteger(value: number): number {
  if (Number.isInteger(value)) return value
  throw new ApiError('SerializationException', 'NUMBER_VALUE cannot be converted to Integer')
}

/** What the answer holds, in the model's form: absent members stay away, times are epoch seconds. */
function write(value: unknown, name: string, model: ServiceModel): unknown {
  const shape = model.shapes[name]!
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(shape.members)
          .map(
            ([member, { shape: of }]) =>
              [member, (value as Record<string, unknown>)[member], of] as const,
          )
          .filter(([, one]) => one !== undefined && one !== null)
          .map(([member, one, of]) => [member, write(one, of, model)]),
      )
    case 'list':
      return (value as unknown[]).map((one) => write(one, shape.member, model))
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, one]) => [key, write(one, shape.value, model)]),
      )
    case 'timestamp':
      return (value as Date).getTime() / 1000
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64')
    default:
      return value
  }
}
