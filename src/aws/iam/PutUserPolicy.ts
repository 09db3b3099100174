import type { PutUserPolicyRequest } from '../../gen/iam-types.ts'
import { putUserPolicy } from '../../identity/user-policies.ts'
import type { Operation } from '../../operation.ts'
import { userResource } from './user-shape.ts'

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html */
export const PutUserPolicy: Operation<PutUserPolicyRequest> = {
  access: 'write',

  resources: userResource,

  async run({ UserName, PolicyName, PolicyDocument }, { caller, tx }) {
    const policy = { name: PolicyName, document: PolicyDocument }
    putUserPolicy(tx, caller.accountId, UserName, policy)
    return {}
  },
}
