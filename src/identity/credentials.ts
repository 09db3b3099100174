import type { Principal, Transaction } from '../operation.ts'
import { findAccessKey } from './access-keys.ts'
import { rootPrincipal } from './principal.ts'
import { findUser } from './users.ts'

/** What a signature is checked against, and whom it proves. */
export type Credential = Readonly<{ secret: string; active: boolean; principal: Principal }>

/** Undefined for an access key id that nobody has. */
export function findCredential(tx: Transaction, accessKeyId: string): Credential | undefined {
  const key = findAccessKey(tx, accessKeyId)
  if (!key) return undefined
  const { secret, active, accountId, userName } = key
  if (userName === undefined) {
    return { secret, active, principal: rootPrincipal(accountId, accessKeyId) }
  }
  const user = findUser(tx, accountId, userName)
  if (!user) return undefined
  const { arn, userId: principalId } = user
  return {
    secret,
    active,
    principal: { type: 'IAMUser', accountId, arn, principalId, userName, accessKeyId },
  }
}
