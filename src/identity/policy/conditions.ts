import type { ConditionContext } from './glob.ts'
import { isBool, operators, type Test } from './operators.ts'

/** One key of a Condition block: all of a statement's must hold. */
export type Condition = (context: ConditionContext) => boolean

/**
 * Reads `{operator: {key: value or values}}`. Undefined where there is no such operator, and for a value that
 * it cannot read.
 *
 * A key the request does not have makes a condition false, a negated one (StringNotEquals) or one with
 * IfExists true; `ForAllValues` holds for no values, `ForAnyValue` does not.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
 */
export function condition(
  operatorText: string,
  key: string,
  wanted: readonly string[],
  variables: boolean,
): Condition | undefined {
  const name = key.toLowerCase()
  if (operatorText === 'Null') return isNull(name, wanted)
  const form = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operatorText)
  const operator = operators.get(form?.[2] ?? '')
  if (!form || !operator) return undefined

  const [, quantifier, , ifExists] = form
  const tests = wanted.flatMap((value) => operator.prepare(value, variables) ?? [])
  if (tests.length < wanted.length) return undefined
  const ofMissing = quantifier ? quantifier === 'ForAllValues' : operator.negated
  // Of several values without a quantifier one must match, or none where the operator is negated.
  const every = quantifier ? quantifier === 'ForAllValues' : operator.negated
  return (context) => {
    const values = context.get(name) ?? []
    if (values.length === 0) return ifExists !== undefined || ofMissing
    const one = (value: string) => anyHolds(tests, value, context) !== operator.negated
    return every ? values.every(one) : values.some(one)
  }
}

function anyHolds(tests: readonly Test[], value: string, context: ConditionContext): boolean {
  return tests.some((test) => test(value, context))
}

/** `"Null": {"key": "true"}` holds where the request does not have the key. */
function isNull(key: string, wanted: readonly string[]): Condition | undefined {
  if (!wanted.every((value) => isBool(value.toLowerCase()))) return undefined
  return (context) => {
    const absent = (context.get(key)?.length ?? 0) === 0
    return wanted.some((value) => value.toLowerCase() === String(absent))
  }
}
