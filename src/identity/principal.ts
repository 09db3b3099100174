import type { Principal } from '../operation.ts'

/** The owner of an account, as each of its access keys proves it. */
export function rootPrincipal(accountId: string, accessKeyId: string): Principal {
  return {
    type: 'Root',
    accountId,
    arn: `arn:aws:iam::${accountId}:root`,
    principalId: accountId,
    accessKeyId,
  }
}

/** `arn:aws:iam::111122223333:user/path/name` */
export function userArn(accountId: string, path: string, userName: string): string {
  return `arn:aws:iam::${accountId}:user${path}${userName}`
}
