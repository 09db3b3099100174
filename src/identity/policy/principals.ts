/** Whom a statement of a resource policy speaks of. */
export type PrincipalTest = (principal: PolicyPrincipal) => boolean

/**
 * One who asks: an identity by its ARN and account, or a service of AWS by its name. `byName`: only
 * statements that name the identity itself count, not those that leave its account to decide.
 */
export type PolicyPrincipal = Readonly<{
  arn?: string
  accountId?: string
  service?: string
  byName?: boolean
}>

/**
 * `"*"`, `{"AWS": …}` or `{"Service": …}` as in resource policies: anybody, an account (its id or its root's
 * ARN: everybody in it), one identity's ARN, or a service. Federated and canonical users are not among our
 * callers and match nobody. Undefined where it is not a principal.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function principals(element: unknown): PrincipalTest | undefined {
  if (element === '*') return () => true
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return undefined
  const wanted: Record<string, string[]> = {
    AWS: [],
    Service: [],
    Federated: [],
    CanonicalUser: [],
  }
  for (const [kind, values] of Object.entries(element)) {
    const list: unknown[] = Array.isArray(values) ? values : [values]
    if (!Object.hasOwn(wanted, kind)) return undefined
    if (!list.every((value) => typeof value === 'string')) return undefined
    wanted[kind]!.push(...list)
  }
  const { AWS = [], Service = [] } = wanted
  return ({ arn, accountId, service, byName }) => {
    if (AWS.includes('*') || (service !== undefined && Service.includes(service))) return true
    const names =
      accountId === undefined || byName ? [arn] : [arn, accountId, `arn:aws:iam::${accountId}:root`]
    return names.some((name) => name !== undefined && AWS.includes(name))
  }
}
