import type { User } from '../../gen/iam-types.ts'
import { type User as OurUser, userArnOf } from '../../identity/users.ts'
import type { Principal, Transaction } from '../../operation.ts'
import { date } from './dates.ts'

/** A user as the API shows it. Lists leave the tags out, as AWS's do. */
export function userShape(user: OurUser, show: { tags: boolean }): User {
  return {
    Path: user.path,
    UserName: user.userName,
    UserId: user.userId,
    Arn: user.arn,
    CreateDate: date(user.createdAt),
    Tags: show.tags && user.tags.length > 0 ? [...user.tags] : undefined,
  }
}

/** The ARN of the named user, or of the caller itself where an operation may leave the name out. */
export function userResource(
  { UserName }: { UserName?: string },
  { accountId, arn }: Principal,
  tx: Transaction,
): string[] {
  return [UserName === undefined ? arn : userArnOf(tx, accountId, UserName)]
}
