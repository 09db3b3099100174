import { ApiError } from '../errors.ts'
import type { Transaction } from '../operation.ts'
import { parsePolicy } from './policy/parse.ts'
import { getUser, saveUser, type User } from './users.ts'

/** Of all inline policies of a user together; white space is not counted. */
const policyBytesMax = 2048

/** Adds or replaces. Throws NoSuchEntity, MalformedPolicyDocument, LimitExceeded. */
export function putUserPolicy(
  tx: Transaction,
  accountId: string,
  userName: string,
  policy: Readonly<{ name: string; document: string }>,
): void {
  const user = getUser(tx, accountId, userName)
  parsePolicy(policy.document)
  const policies = [...user.policies.filter(({ name }) => name !== policy.name), policy]
  const bytes = policies.reduce((sum, { document }) => sum + countedBytes(document), 0)
  if (bytes > policyBytesMax) {
    throw new ApiError(
      'LimitExceeded',
      `Maximum policy size of ${policyBytesMax} bytes exceeded for user ${user.userName}`,
    )
  }
  policies.sort((a, b) => (a.name < b.name ? -1 : 1))
  saveUser(tx, { ...user, policies })
}

/** The text as it was put. Throws NoSuchEntity. */
export function getUserPolicy(user: User, policyName: string): string {
  const policy = user.policies.find(({ name }) => name === policyName)
  if (policy) return policy.document
  throw noSuchPolicy(policyName)
}

/** Throws NoSuchEntity. */
export function deleteUserPolicy(
  tx: Transaction,
  accountId: string,
  userName: string,
  policyName: string,
): void {
  const user = getUser(tx, accountId, userName)
  const policies = user.policies.filter(({ name }) => name !== policyName)
  if (policies.length === user.policies.length) throw noSuchPolicy(policyName)
  saveUser(tx, { ...user, policies })
}

function countedBytes(document: string): number {
  return Buffer.byteLength(document.replace(/\s/g, ''))
}

function noSuchPolicy(name: string): ApiError {
  return new ApiError('NoSuchEntity', `The user policy with name ${name} cannot be found.`)
}
