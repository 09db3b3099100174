import type { Principal, Transaction } from '../operation.ts'
import type { PolicyCache } from './policy/cache.ts'
import { type Decision, decide } from './policy/decide.ts'
import type { ConditionContext } from './policy/glob.ts'
import { conditionContext, type RequestFacts } from './request-context.ts'
import { findUser, type User } from './users.ts'

export type AccessRequest = Readonly<{
  principal: Principal
  /** `iam:CreateUser` */
  action: string
  /** ARNs; none is `*`. */
  resources: readonly string[]
  facts: RequestFacts
  /** Whose the resource is, and its own policy where it has one; undefined: the caller's account's. */
  owner?: ResourceOwner
}>

export type ResourceOwner = Readonly<{
  accountId: string
  policy?: string
  /** What the owner's root may do whatever the policy says, so that nobody is locked out for good. */
  neverDenied?: readonly string[]
}>

export type Access = Readonly<{ allowed: true }> | Readonly<{ allowed: false; message: string }>

type Asked = AccessRequest & Readonly<{ user: User | undefined; context: ConditionContext }>

/**
 * Whether the caller may do it: by its own policies or, for a resource of the caller's account that has one,
 * by the resource's; by both for one of another account. A denial in either ends it. Else AWS's words. The
 * root of an account may do everything in it that no resource denies. Reads through the call's transaction:
 * a change that comes in on a permission taken away meanwhile meets a conflict, and is asked again.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function authorize(tx: Transaction, request: AccessRequest, cache: PolicyCache): Access {
  const { principal, facts } = request
  const { userName } = principal
  const user = userName === undefined ? undefined : findUser(tx, principal.accountId, userName)
  const asked = { ...request, user, context: conditionContext(principal, facts, user?.tags) }
  for (const resource of request.resources.length > 0 ? request.resources : ['*']) {
    const byIdentity = identityDecision(asked, resource, cache)
    const byResource = resourceDecisions(asked, resource, cache)
    const why = refusal(asked, byIdentity, byResource)
    if (why === undefined) continue
    const { action } = request
    const what = `perform: ${action} on resource: ${shown(action, resource)}`
    const message = `User: ${principal.arn} is not authorized to ${what} ${why}`
    return { allowed: false, message }
  }
  return { allowed: true }
}

/** Undefined when it is allowed. */
function refusal(
  { principal, action, owner }: Asked,
  byIdentity: Decision['decision'],
  byResource: Readonly<{ all: Decision['decision']; named: Decision['decision'] }>,
): string | undefined {
  const isOwn = owner === undefined || owner.accountId === principal.accountId
  if (isOwn && principal.type === 'Root' && owner?.neverDenied?.includes(action)) return undefined
  if (byIdentity === 'ExplicitDeny') return 'with an explicit deny in an identity-based policy'
  if (byResource.all === 'ExplicitDeny') return 'with an explicit deny in a resource-based policy'
  const isIdentityAllowed = byIdentity === 'Allow'
  if (isOwn && (isIdentityAllowed || byResource.named === 'Allow')) return undefined
  if (!isIdentityAllowed) return `because no identity-based policy allows the ${action} action`
  if (byResource.all === 'Allow') return undefined
  return `because no resource-based policy allows the ${action} action`
}

function identityDecision(
  { principal, user, action, context }: Asked,
  resource: string,
  cache: PolicyCache,
): Decision['decision'] {
  if (principal.type === 'Root') return 'Allow'
  const policies = (user?.policies ?? []).map(({ document }) => cache.parse(document))
  return decide({ policies, action, resources: [resource], context }).decision
}

/** Of everything that speaks of the caller, and of what names the caller itself and not only its account. */
function resourceDecisions(
  { principal, action, context, owner }: Asked,
  resource: string,
  cache: PolicyCache,
) {
  if (owner?.policy === undefined) return { all: 'ImplicitDeny', named: 'ImplicitDeny' } as const
  const policies = [cache.parse(owner.policy, 'resource')]
  const question = { policies, action, resources: [resource], context }
  return {
    all: decide({ ...question, principal }).decision,
    named: decide({ ...question, principal: { ...principal, byName: true } }).decision,
  }
}

/** IAM names an entity that should be there already as `user bob`, all else by its ARN. */
function shown(action: string, resource: string): string {
  const name = /^arn:aws:iam::\d+:user\/(?:.*\/)?([^/]+)$/.exec(resource)?.[1]
  return name && action !== 'iam:CreateUser' ? `user ${name}` : resource
}
