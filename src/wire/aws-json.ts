import { ApiError } from '../errors.ts'
import type { ServiceModel } from '../gen/model.ts'
import { bodyText, type Codec } from './codec.ts'
import { type JsonForm, readJson, writeJson } from './json-shape.ts'

/** Members go by the model's names. */
const form: JsonForm = { keyOf: (name) => name }

/**
 * awsJson 1.0 and 1.1: one JSON object each way, errors by `__type`.
 *
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export const awsJson: Codec = {
  parse({ body }, operation, model) {
    const text = bodyText(body)
    const value = text.trim() === '' ? {} : parseJson(text)
    if (operation.input === undefined) return {}
    return awsJsonMembers(value, operation.input, model)
  },

  answer(output, operation, model) {
    const { output: shape } = operation
    const body = shape === undefined ? {} : writeJson(output, shape, model, form)
    return { status: 200, headers: headers(model), body: JSON.stringify(body) }
  },

  refuse({ code, message, status }, model) {
    return {
      status,
      headers: { ...headers(model), 'x-amzn-errortype': code },
      body: JSON.stringify({ __type: code, message }),
    }
  },
}

/** What was parsed already as the shape has it; see `readJson`. Throws ApiError SerializationException. */
export function awsJsonMembers(
  value: unknown,
  shapeName: string,
  model: ServiceModel,
): Record<string, unknown> {
  return readJson(value, shapeName, model, form) as Record<string, unknown>
}

function headers(model: ServiceModel): Record<string, string> {
  const version = model.protocol === 'awsJson1.0' ? '1.0' : '1.1'
  return { 'content-type': `application/x-amz-json-${version}` }
}

/** Throws ApiError SerializationException; the parser's own words would repeat parts of the body. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError('SerializationException', 'The request body is not valid JSON.')
  }
}
