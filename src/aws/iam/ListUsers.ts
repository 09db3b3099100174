import type { ListUsersRequest, ListUsersResponse } from '../../gen/iam-types.ts'
import { page } from '../../identity/pages.ts'
import { userArn } from '../../identity/principal.ts'
import { listUsers } from '../../identity/users.ts'
import type { Operation } from '../../operation.ts'
import { userShape } from './user-shape.ts'

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
export const ListUsers: Operation<ListUsersRequest, ListUsersResponse> = {
  access: 'read',

  resources: ({ PathPrefix = '/' }, { accountId }) => [userArn(accountId, PathPrefix, '')],

  async run({ PathPrefix = '/', ...request }, { caller, tx }) {
    const users = listUsers(tx, caller.accountId).filter(({ path }) => path.startsWith(PathPrefix))
    const { items, ...rest } = page(users, ({ userName }) => userName.toLowerCase(), request)
    return { Users: items.map((user) => userShape(user, { tags: false })), ...rest }
  },
}
