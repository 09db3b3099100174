import type { Clock } from '../clock.ts'
import type { Principal, Transaction } from '../operation.ts'
import { findAccessKey } from './access-keys.ts'
import { type Access, type AccessRequest, authorize } from './authorize.ts'
import { type Credential, findCredential } from './credentials.ts'
import { KeyUses, type Store } from './key-use.ts'
import { PolicyCache } from './policy/cache.ts'
import { UserQuota } from './user-quota.ts'

/** Who calls and what they may do: all that the listener needs of this folder. */
export type Identity = Readonly<{
  /** In memory, so a call costs no wait. */
  credential(accessKeyId: string): Credential | undefined
  authorize(tx: Transaction, request: AccessRequest): Access
  /** Remembers that a verified call used its key; `at` in milliseconds since the epoch. */
  noteUse(principal: Principal, use: { at: number; region: string; service: string }): void
  /** What the IAM operations work with. */
  services: IamServices
  /** Before state closes. */
  close(): Promise<void>
}>

export type IamServices = Readonly<{ uses: KeyUses; quota: UserQuota }>

export function openIdentity(state: Store, clock: Clock): Identity {
  const cache = new PolicyCache()
  const uses = new KeyUses(state, clock, (tx, id) => findAccessKey(tx, id) !== undefined)
  const quota = new UserQuota(() => state.begin())
  return {
    credential: (accessKeyId) => findCredential(state.begin(), accessKeyId),
    authorize: (tx, request) => authorize(tx, request, cache),
    noteUse: ({ accessKeyId }, use) => uses.note(accessKeyId, use),
    services: { uses, quota },
    close: () => uses.close(),
  }
}
