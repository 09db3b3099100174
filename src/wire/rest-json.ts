import type { StructureShape } from '../gen/model.ts'
import { parseJson } from './aws-json.ts'
import { type Answer, type Body, bodyText, type Codec } from './codec.ts'
import { type JsonForm, readJson, writeJson } from './json-shape.ts'
import { readHead, writeHead } from './rest-bindings.ts'

const form: JsonForm = { keyOf: (name, { locationName }) => locationName ?? name }
const contentType = { 'content-type': 'application/json' }

/**
 * restJson1: the operation is in method and path, members are in path, query, headers and a JSON body,
 * or one member is the body. Errors are named in a header.
 *
 * https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
export const restJson: Codec = {
  parse(request, operation, model) {
    const { input } = operation
    if (input === undefined) return {}
    const shape = model.shapes[input] as StructureShape
    const members = readHead(request, operation, model)
    const { payload } = shape
    if (payload === undefined) {
      const rest = readJson(jsonOf(request.body) ?? {}, input, model, form)
      return { ...members, ...(rest as Record<string, unknown>) }
    }
    const member = shape.members[payload]!
    const type = model.shapes[member.shape]!.type
    if (member.streaming || type === 'blob') return { ...members, [payload]: request.body }
    if (type === 'string') return { ...members, [payload]: bodyText(request.body) }
    const body = jsonOf(request.body)
    if (body === undefined) return members
    return { ...members, [payload]: readJson(body, member.shape, model, form) }
  },

  answer(output, { output: name, http }, model) {
    const status = http?.status ?? 200
    if (name === undefined) return { status, headers: contentType, body: '{}' }
    const shape = model.shapes[name] as StructureShape
    const head = writeHead(output, shape, model)
    const answered = { status: head.status ?? status, headers: { ...contentType, ...head.headers } }
    const { payload } = shape
    if (payload === undefined) {
      const body = writeJson(output, name, model, form)
      return { ...answered, body: JSON.stringify(body) }
    }
    const member = shape.members[payload]!
    const type = model.shapes[member.shape]!.type
    const value = output[payload]
    if (member.streaming || type === 'blob' || type === 'string') {
      return { ...answered, body: (value ?? '') as Answer['body'] }
    }
    const body = value == null ? {} : writeJson(value, member.shape, model, form)
    return { ...answered, body: JSON.stringify(body) }
  },

  refuse({ code, message, status }) {
    return {
      status,
      headers: { ...contentType, 'x-amzn-errortype': code },
      body: JSON.stringify({ message }),
    }
  },
}

/** Undefined for an empty body. */
function jsonOf(body: Body): unknown {
  const text = bodyText(body)
  return text.trim() === '' ? undefined : parseJson(text)
}
