import type { DeleteUserPolicyRequest } from '../../gen/iam-types.ts'
import { deleteUserPolicy } from '../../identity/user-policies.ts'
import type { Operation } from '../../operation.ts'
import { userResource } from './user-shape.ts'

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html */
export const DeleteUserPolicy: Operation<DeleteUserPolicyRequest> = {
  access: 'write',

  resources: userResource,

  async run({ UserName, PolicyName }, { caller, tx }) {
    deleteUserPolicy(tx, caller.accountId, UserName, PolicyName)
    return {}
  },
}
