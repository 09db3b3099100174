import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../operation.ts'
import { type AccessKey, createAccessKey, listAccessKeys } from './access-keys.ts'
import { findAccount } from './accounts.ts'

/**
 * The account's root key: made when the account is new, found again later, so that a start that crashed
 * before it wrote the key down can be made good. Undefined once the owner deleted it: then it must not
 * come back by a restart.
 */
export function rootCredential(
  tx: Transaction,
  by: { clock: Clock; ids: Ids },
  accountId: string,
): (AccessKey & { created: boolean }) | undefined {
  if (!findAccount(tx, accountId)) {
    return { ...createAccessKey(tx, by, { accountId }), created: true }
  }
  const key = listAccessKeys(tx, { accountId }).find(({ active }) => active)
  return key && { ...key, created: false }
}
