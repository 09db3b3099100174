import { limits } from '../limits.ts'
import { hiddenMark } from '../record/redact.ts'

/** Wider than for AWS's calls, whose members are known: an application may name its secrets as it likes. */
const secretNames = [
  /passw|passphrase|pwd|secret|token|credential|authorization|cookie|signature/i,
  /(api|private)[-_]?key|access[-_]?key$|^(otp|pin|cvv)$/i,
]
/** Names that say where a secret is, or where a list goes on. */
const openNames = /(arn|id|type|version)$|^(next|page|continuation|nextcontinuation)[-_]?token$/i
const depthMax = 16

/**
 * A copy as JSON would have it in which what is secret by its name is masked, at every depth. What JSON
 * has no form for, what lies too deep and what refers to itself is named by its kind, so that an event is
 * never lost for a value in it. Null where there are more values than a record may have.
 */
export function redacted(value: unknown, isHidden = isSecretName): unknown {
  const masking = { isHidden, valuesLeft: limits.capturedValuesMax }
  const copy = masked(value, masking, 0)
  return masking.valuesLeft < 0 ? null : copy
}

type Masking = { readonly isHidden: (name: string) => boolean; valuesLeft: number }

function masked(value: unknown, masking: Masking, depth: number): unknown {
  // Objects that refer to one another have more paths through them than can be walked.
  if (--masking.valuesLeft < 0 || value === undefined || value === null) return value
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object') return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return '[bytes]'
  if (depth >= depthMax) return '[too deep]'
  if (Array.isArray(value)) return value.map((one) => masked(one, masking, depth + 1))
  if (!isPlain(value)) return `[${value.constructor?.name ?? 'object'}]`
  const members = Object.entries(value).map(([name, one]) => {
    const isSecret = masking.isHidden(name) && one !== undefined && one !== null
    return [name, isSecret ? hiddenMark : masked(one, masking, depth + 1)]
  })
  return Object.fromEntries(members)
}

/** Whether a member of that name may hold a secret of an application. */
export function isSecretName(name: string): boolean {
  return secretNames.some((names) => names.test(name)) && !openNames.test(name)
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** The members of the names given; nothing where none is there. */
export function allowed(
  values: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> | undefined {
  const found = names.filter((name) => Object.hasOwn(values, name) && values[name] !== undefined)
  if (found.length === 0) return undefined
  return Object.fromEntries(found.map((name) => [name, values[name]]))
}
