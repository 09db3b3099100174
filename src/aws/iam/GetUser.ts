import type { GetUserRequest, GetUserResponse, User } from '../../gen/iam-types.ts'
import { accountOf } from '../../identity/accounts.ts'
import { getUser } from '../../identity/users.ts'
import type { Operation } from '../../operation.ts'
import { date } from './dates.ts'
import { userResource, userShape } from './user-shape.ts'

/**
 * Without a name it shows the caller; the account's root has neither a name nor a path.
 *
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
 */
export const GetUser: Operation<GetUserRequest, GetUserResponse> = {
  access: 'read',

  resources: userResource,

  async run({ UserName }, { caller, tx, clock }) {
    const userName = UserName ?? caller.userName
    if (userName !== undefined) {
      return { User: userShape(getUser(tx, caller.accountId, userName), { tags: true }) }
    }
    const CreateDate = date(accountOf(tx, caller.accountId, clock).createdAt)
    return { User: { UserId: caller.accountId, Arn: caller.arn, CreateDate } as User }
  },
}
