import type { ListUserPoliciesRequest, ListUserPoliciesResponse } from '../../gen/iam-types.ts'
import { page } from '../../identity/pages.ts'
import { getUser } from '../../identity/users.ts'
import type { Operation } from '../../operation.ts'
import { userResource } from './user-shape.ts'

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html */
export const ListUserPolicies: Operation<ListUserPoliciesRequest, ListUserPoliciesResponse> = {
  access: 'read',

  resources: userResource,

  async run({ UserName, ...request }, { caller, tx }) {
    const { policies } = getUser(tx, caller.accountId, UserName)
    const names = policies.map(({ name }) => name)
    const { items, ...rest } = page(names, (name) => name, request)
    return { PolicyNames: items, ...rest }
  },
}
