import { ApiError } from '../errors.ts'
import { limits } from '../limits.ts'

/** A form's decoded names and values, in the order sent. */
export type Form = ReadonlyArray<readonly [name: string, value: string]>

/**
 * Reads `application/x-www-form-urlencoded`. Throws ApiError MalformedInput for a bad escape or too
 * many pairs.
 */
export function parseForm(text: string): Form {
  const pairs: Array<readonly [string, string]> = []
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf('&', start)
    const end = next < 0 ? text.length : next
    if (end > start) pairs.push(parsePair(text.slice(start, end)))
    if (pairs.length > limits.formParametersMax) {
      throw malformed(`More than ${limits.formParametersMax} parameters`)
    }
    start = end + 1
  }
  return pairs
}

function parsePair(text: string): readonly [string, string] {
  const equals = text.indexOf('=')
  if (equals < 0) return [decode(text), '']
  return [decode(text.slice(0, equals)), decode(text.slice(equals + 1))]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformed('The form has an escape that is not valid')
  }
}

/** `Tags.member.1.Key=a` as nested names. Maps, so that no name is anything but a name. */
export type FormTree = { value?: string; readonly children: Map<string, FormTree> }

/** The tree of a form. Of a name given twice the last value counts. */
export function formTree(form: Form): FormTree {
  const root: FormTree = { children: new Map() }
  for (const [name, value] of form) {
    const steps = name.split('.')
    if (steps.length > limits.nestingMax) throw malformed('A name is nested too deep')
    let node = root
    for (const step of steps) {
      let next = node.children.get(step)
      if (!next) {
        next = { children: new Map() }
        node.children.set(step, next)
      }
      node = next
    }
    node.value = value
  }
  return root
}

function malformed(message: string): ApiError {
  return new ApiError('MalformedInput', message)
}
