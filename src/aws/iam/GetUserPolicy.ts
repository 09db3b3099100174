import type { GetUserPolicyRequest, GetUserPolicyResponse } from '../../gen/iam-types.ts'
import { getUserPolicy } from '../../identity/user-policies.ts'
import { getUser } from '../../identity/users.ts'
import type { Operation } from '../../operation.ts'
import { userResource } from './user-shape.ts'

/**
 * The document comes percent-encoded by RFC 3986; the AWS CLI and boto3 show it decoded.
 *
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html
 */
export const GetUserPolicy: Operation<GetUserPolicyRequest, GetUserPolicyResponse> = {
  access: 'read',

  resources: userResource,

  async run({ UserName, PolicyName }, { caller, tx }) {
    const user = getUser(tx, caller.accountId, UserName)
    const document = getUserPolicy(user, PolicyName)
    return { UserName: user.userName, PolicyName, PolicyDocument: percentEncoded(document) }
  },
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
