import { ApiError } from '../errors.ts'
import type { Service } from '../operation.ts'
import { parseForm } from './aws-query.ts'
import type { Claim, RequestHead } from './sigv4/verify.ts'

/** What of the request tells the operation before the body is read. */
export type Evidence = Readonly<{
  claim: Claim | undefined
  /** X-Amz-Target */
  target?: string
}>

/**
 * Whose call this is: the signed scope's service wins; without one, the target's prefix. A scope and a
 * target that contradict each other are refused. Undefined when nothing tells.
 */
export function findService(
  services: readonly Service[],
  { claim, target }: Evidence,
): Service | undefined {
  const dot = target?.lastIndexOf('.') ?? -1
  const prefix = dot < 0 ? undefined : target!.slice(0, dot)
  const byTarget = prefix && services.find(({ model }) => model.targetPrefixes?.includes(prefix))
  if (!claim) return byTarget || undefined
  const byScope = services.find(({ model }) => model.signingName === claim.service)
  if (byTarget && byTarget !== byScope) {
    throw new ApiError(
      'SignatureDoesNotMatch',
      `Credential should be scoped to correct service: '${byTarget.model.signingName}'.`,
    )
  }
  return byScope
}

/** The operation's name as the request gives it; awsQuery may give it in the body. Undefined when it gives none. */
export function operationName(
  { model }: Service,
  { target, query }: { target?: string; query: string },
  body?: Buffer,
): string | undefined {
  if (model.protocol !== 'awsQuery') return target?.slice(target.lastIndexOf('.') + 1)
  const fromQuery = parseForm(query).get('Action')
  if (fromQuery !== undefined || !body) return fromQuery
  return parseForm(body.toString('utf8')).get('Action')
}

/** The raw target of a request line in its two parts. */
export function splitTarget({ target }: RequestHead): { path: string; query: string } {
  const mark = target.indexOf('?')
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}
