import type { Principal, Transaction } from '../operation.ts'
import type { PolicyCache } from './policy/cache.ts'
import { decide } from './policy/decide.ts'
import { conditionContext, type RequestFacts } from './request-context.ts'
import { findUser } from './users.ts'

export type AccessRequest = Readonly<{
  principal: Principal
  /** `iam:CreateUser` */
  action: string
  /** ARNs; none is `*`. */
  resources: readonly string[]
  facts: RequestFacts
}>

export type Access = Readonly<{ allowed: true }> | Readonly<{ allowed: false; message: string }>

/**
 * Whether the caller's own policies allow the call, and AWS's words when they do not. The root of an
 * account may do everything in it. Reads through the call's transaction: a change that comes in on a
 * permission taken away meanwhile meets a conflict, and is asked again.
 */
export function authorize(tx: Transaction, request: AccessRequest, cache: PolicyCache): Access {
  const { principal, action, facts } = request
  if (principal.type === 'Root') return { allowed: true }

  const user = findUser(tx, principal.accountId, principal.userName!)
  const { decision, resource } = decide({
    policies: (user?.policies ?? []).map(({ document }) => cache.parse(document)),
    action,
    resources: request.resources.length > 0 ? request.resources : ['*'],
    context: conditionContext(principal, facts),
  })
  if (decision === 'Allow') return { allowed: true }
  const reason =
    decision === 'ExplicitDeny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`
  const what = `perform: ${action} on resource: ${shown(action, resource)}`
  return {
    allowed: false,
    message: `User: ${principal.arn} is not authorized to ${what} ${reason}`,
  }
}

/** IAM names an entity that should be there already as `user bob`, all else by its ARN. */
function shown(action: string, resource: string): string {
  const name = /^arn:aws:iam::\d+:user\/(?:.*\/)?([^/]+)$/.exec(resource)?.[1]
  return name && action !== 'iam:CreateUser' ? `user ${name}` : resource
}
