import type { GetCallerIdentityResponse } from '../../gen/sts-types.ts'
import type { Operation } from '../../operation.ts'

/**
 * No policy can forbid it: whoever signs may know who it is.
 *
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export const GetCallerIdentity: Operation<object, GetCallerIdentityResponse> = {
  access: 'read',
  unguarded: true,

  async run(_, { caller }) {
    return { UserId: caller.principalId, Account: caller.accountId, Arn: caller.arn }
  },
}
