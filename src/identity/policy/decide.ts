import { type ConditionContext, fill, globMatches } from './glob.ts'
import type { Policy, Statement } from './parse.ts'
import type { PolicyPrincipal } from './principals.ts'

export type Question = Readonly<{
  /** All that may speak: today a user's inline policies; those of groups and managed ones join this list. */
  policies: readonly Policy[]
  /** `iam:CreateUser`, in any case. */
  action: string
  /** ARNs, or `*` for an action that has none. At least one; each must be allowed. */
  resources: readonly string[]
  context: ConditionContext
  /** Asked of statements that name principals (resource policies). */
  principal?: PolicyPrincipal
}>

export type Decision = Readonly<{
  decision: 'Allow' | 'ExplicitDeny' | 'ImplicitDeny'
  /** The statement that decided; none in an implicit deny. */
  matched?: Statement
  /** The first resource that was not allowed; the last one of an Allow. */
  resource: string
}>

/**
 * Denied unless a statement allows it, and denied whatever allows it when one denies it.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function decide(question: Question): Decision {
  const statements = question.policies.flat().filter((statement) => concerns(statement, question))
  const decisions = question.resources.map((resource) => decideOne(statements, question, resource))
  return (
    decisions.find(({ decision }) => decision === 'ExplicitDeny') ??
    decisions.find(({ decision }) => decision === 'ImplicitDeny') ??
    decisions.at(-1) ?? { decision: 'ImplicitDeny', resource: '*' }
  )
}

/** All of a statement but its resources. */
function concerns(statement: Statement, { action, context, principal }: Question): boolean {
  if (!matches(statement, 'actions', action.toLowerCase(), context)) return false
  return speaksOf(statement, principal) && statement.conditions.every((holds) => holds(context))
}

/** Whoever is excepted with its account is excepted, also where only names count. */
function speaksOf({ principals }: Statement, principal: Question['principal']): boolean {
  if (!principals) return true
  if (!principal) return false
  return principals.not
    ? !principals.test({ ...principal, byName: false })
    : principals.test(principal)
}

function decideOne(
  statements: readonly Statement[],
  { context }: Question,
  resource: string,
): Decision {
  const matching = statements.filter((statement) =>
    matches(statement, 'resources', resource, context),
  )
  const denied = matching.find(({ effect }) => effect === 'Deny')
  if (denied) return { decision: 'ExplicitDeny', matched: denied, resource }
  const allowed = matching.find(({ effect }) => effect === 'Allow')
  if (allowed) return { decision: 'Allow', matched: allowed, resource }
  return { decision: 'ImplicitDeny', resource }
}

/**
 * A variable without a value opens nothing: as Resource its pattern covers none; as an Allow's NotResource
 * it covers all, so that nothing is left over to allow.
 */
function matches(
  statement: Statement,
  element: 'actions' | 'resources',
  text: string,
  context: ConditionContext,
): boolean {
  const { not, patterns } = statement[element]
  const ofUnfilled = not && statement.effect === 'Allow'
  const isListed = patterns.some((pattern) => {
    const glob = fill(pattern, context)
    return glob === undefined ? ofUnfilled : globMatches(glob, text)
  })
  return isListed !== not
}
