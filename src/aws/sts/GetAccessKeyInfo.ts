import { ApiError } from '../../errors.ts'
import type { GetAccessKeyInfoRequest, GetAccessKeyInfoResponse } from '../../gen/sts-types.ts'
import { findAccessKey } from '../../identity/access-keys.ts'
import type { Operation } from '../../operation.ts'

/**
 * The account a key belongs to, whatever account asks. AWS reads it out of the id; ours has to be one
 * we made.
 *
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
 */
export const GetAccessKeyInfo: Operation<GetAccessKeyInfoRequest, GetAccessKeyInfoResponse> = {
  access: 'read',

  async run({ AccessKeyId }, { tx }) {
    const key = findAccessKey(tx, AccessKeyId)
    if (!key) throw new ApiError('ValidationException', `Access key ${AccessKeyId} is not valid.`)
    return { Account: key.accountId }
  },
}
