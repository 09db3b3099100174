import type { DeleteUserRequest } from '../../gen/iam-types.ts'
import { deleteUser } from '../../identity/users.ts'
import type { Operation } from '../../operation.ts'
import { userResource } from './user-shape.ts'

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html */
export const DeleteUser: Operation<DeleteUserRequest> = {
  access: 'write',

  resources: userResource,

  async run({ UserName }, { caller, tx }) {
    deleteUser(tx, caller.accountId, UserName)
    return {}
  },
}
