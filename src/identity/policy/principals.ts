import type { Principal } from '../../operation.ts'

/** Whom a statement of a resource policy speaks of. */
export type PrincipalTest = (principal: Principal) => boolean

/**
 * `"*"` or `{"AWS": …}` as in resource policies: `*`, an account (its id or its root's ARN: everybody in
 * it), or one identity's ARN. Services, federated and canonical users are not among our callers and match
 * nobody. Undefined where it is not a principal.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function principals(element: unknown): PrincipalTest | undefined {
  if (element === '*') return () => true
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return undefined
  const wanted: string[] = []
  for (const [kind, values] of Object.entries(element)) {
    const list: unknown[] = Array.isArray(values) ? values : [values]
    if (!['AWS', 'Service', 'Federated', 'CanonicalUser'].includes(kind)) return undefined
    if (!list.every((value) => typeof value === 'string')) return undefined
    if (kind === 'AWS') wanted.push(...list)
  }
  return ({ accountId, arn }) =>
    wanted.some((value) => ['*', accountId, `arn:aws:iam::${accountId}:root`, arn].includes(value))
}
