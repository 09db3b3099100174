import type { Clock } from '../clock.ts'
import { ApiError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../operation.ts'
import { accountOf, findAccount, saveAccount } from './accounts.ts'
import { forgetUse } from './key-use.ts'
import { getUser, saveUser } from './users.ts'

export type AccessKey = Readonly<{
  /** AKIA… */
  accessKeyId: string
  accountId: string
  /** Absent for a key of the account's root. */
  userName?: string
  /** Kept in clear: a signature is checked by making it again. It leaves state once, when the key is made. */
  secret: string
  active: boolean
  /** Milliseconds since the epoch. */
  createdAt: number
}>

/** A user, or the root of the account where no name is given. */
export type KeyOwner = Readonly<{ accountId: string; userName?: string }>

const kind = 'iam-access-key'
const keysPerOwnerMax = 2

export function findAccessKey(tx: Transaction, accessKeyId: string): AccessKey | undefined {
  return tx.get<AccessKey>(kind, accessKeyId)
}

/** Oldest first. Throws NoSuchEntity for a user that is not there. */
export function listAccessKeys(tx: Transaction, owner: KeyOwner): AccessKey[] {
  return keyIds(tx, owner).map((id) => findAccessKey(tx, id)!)
}

/** Throws NoSuchEntity, LimitExceeded. */
export function createAccessKey(
  tx: Transaction,
  { clock, ids }: { clock: Clock; ids: Ids },
  { accountId, userName }: KeyOwner,
): AccessKey {
  const user = userName === undefined ? undefined : getUser(tx, accountId, userName)
  const account = accountOf(tx, accountId, clock)
  const held = (user ?? account).accessKeyIds
  if (held.length >= keysPerOwnerMax) {
    throw new ApiError(
      'LimitExceeded',
      `Cannot exceed quota for AccessKeysPerUser: ${keysPerOwnerMax}`,
    )
  }
  const key: AccessKey = {
    accessKeyId: ids.unique('AKIA'),
    accountId,
    userName: user?.userName,
    secret: ids.secret(),
    active: true,
    createdAt: clock.now(),
  }
  tx.put(kind, key.accessKeyId, key)
  const accessKeyIds = [...held, key.accessKeyId]
  if (user) saveUser(tx, { ...user, accessKeyIds })
  else saveAccount(tx, { ...account, accessKeyIds })
  return key
}

/** Throws NoSuchEntity: for the key of somebody else as for one that is not there. */
export function setAccessKeyActive(
  tx: Transaction,
  owner: KeyOwner,
  accessKeyId: string,
  active: boolean,
): void {
  if (!keyIds(tx, owner).includes(accessKeyId)) throw noSuchKey(accessKeyId)
  tx.put(kind, accessKeyId, { ...findAccessKey(tx, accessKeyId)!, active })
}

/** Throws NoSuchEntity, as `setAccessKeyActive` does. */
export function deleteAccessKey(tx: Transaction, owner: KeyOwner, accessKeyId: string): void {
  const accessKeyIds = keyIds(tx, owner).filter((id) => id !== accessKeyId)
  if (accessKeyIds.length === keyIds(tx, owner).length) throw noSuchKey(accessKeyId)
  const { accountId, userName } = owner
  if (userName !== undefined) saveUser(tx, { ...getUser(tx, accountId, userName), accessKeyIds })
  else saveAccount(tx, { ...findAccount(tx, accountId)!, accessKeyIds })
  tx.delete(kind, accessKeyId)
  forgetUse(tx, accessKeyId)
}

function keyIds(tx: Transaction, { accountId, userName }: KeyOwner): readonly string[] {
  if (userName !== undefined) return getUser(tx, accountId, userName).accessKeyIds
  return findAccount(tx, accountId)?.accessKeyIds ?? []
}

export function noSuchKey(accessKeyId: string): ApiError {
  return new ApiError('NoSuchEntity', `The Access Key with id ${accessKeyId} cannot be found`)
}
