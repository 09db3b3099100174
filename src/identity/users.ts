import type { Clock } from '../clock.ts'
import { ApiError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../operation.ts'
import { userArn } from './principal.ts'

export type Tag = Readonly<{ Key: string; Value: string }>

/** An IAM user with all that belongs to it alone; its access keys are documents of their own. */
export type User = Readonly<{
  accountId: string
  userName: string
  /** `/`, `/team/` */
  path: string
  /** AIDA… */
  userId: string
  arn: string
  /** Milliseconds since the epoch. */
  createdAt: number
  accessKeyIds: readonly string[]
  /** Inline, in the order of their names. */
  policies: ReadonlyArray<Readonly<{ name: string; document: string }>>
  tags: readonly Tag[]
}>

const kind = 'iam-user'

/** Names are unique without regard to case, and found so. */
function key(accountId: string, userName: string): string {
  return `${accountId}/${userName.toLowerCase()}`
}

export function findUser(tx: Transaction, accountId: string, userName: string): User | undefined {
  return tx.get<User>(kind, key(accountId, userName))
}

/** Throws NoSuchEntity. */
export function getUser(tx: Transaction, accountId: string, userName: string): User {
  const user = findUser(tx, accountId, userName)
  if (user) return user
  throw new ApiError('NoSuchEntity', `The user with name ${userName} cannot be found.`)
}

/** The ARN of a user, with its path where it is known; a policy is asked about a name nobody has, too. */
export function userArnOf(tx: Transaction, accountId: string, userName: string): string {
  return findUser(tx, accountId, userName)?.arn ?? userArn(accountId, '/', userName)
}

/** All of an account's, by name without regard to case. */
export function listUsers(tx: Transaction, accountId: string): User[] {
  return tx.list<User>(kind, `${accountId}/`).map(([, user]) => user)
}

export function saveUser(tx: Transaction, user: User): void {
  tx.put(kind, key(user.accountId, user.userName), user)
}

export type NewUser = Readonly<{
  accountId: string
  userName: string
  path?: string
  tags?: readonly Tag[]
}>

/** Throws EntityAlreadyExists, and InvalidInput where a tag's key comes twice. */
export function createUser(tx: Transaction, by: { clock: Clock; ids: Ids }, wanted: NewUser): User {
  const { accountId, userName, path = '/', tags = [] } = wanted
  if (findUser(tx, accountId, userName)) {
    throw new ApiError('EntityAlreadyExists', `User with name ${userName} already exists.`)
  }
  if (new Set(tags.map(({ Key }) => Key.toLowerCase())).size < tags.length) {
    throw new ApiError(
      'InvalidInput',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    )
  }
  const user: User = {
    accountId,
    userName,
    path,
    userId: by.ids.unique('AIDA'),
    arn: userArn(accountId, path, userName),
    createdAt: by.clock.now(),
    accessKeyIds: [],
    policies: [],
    tags,
  }
  saveUser(tx, user)
  return user
}

/** Throws NoSuchEntity; DeleteConflict while the user has keys or policies. */
export function deleteUser(tx: Transaction, accountId: string, userName: string): void {
  const user = getUser(tx, accountId, userName)
  const left =
    user.accessKeyIds.length > 0 ? 'access keys' : user.policies.length > 0 ? 'policies' : undefined
  if (left) {
    throw new ApiError('DeleteConflict', `Cannot delete entity, must delete ${left} first.`)
  }
  tx.delete(kind, key(accountId, userName))
}
