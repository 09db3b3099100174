import type { KeyOwner } from '../../identity/access-keys.ts'
import type { Principal } from '../../operation.ts'

/** Whose keys are meant: the named user's or the caller's own, which is how a root manages its keys. */
export function keyOwner({ UserName }: { UserName?: string }, caller: Principal): KeyOwner {
  return { accountId: caller.accountId, userName: UserName ?? caller.userName }
}
