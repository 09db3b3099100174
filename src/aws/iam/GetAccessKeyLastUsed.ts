import type {
  GetAccessKeyLastUsedRequest,
  GetAccessKeyLastUsedResponse,
} from '../../gen/iam-types.ts'
import { findAccessKey, noSuchKey } from '../../identity/access-keys.ts'
import type { IamServices } from '../../identity/identity.ts'
import { userArnOf } from '../../identity/users.ts'
import type { Operation } from '../../operation.ts'
import { date } from './dates.ts'

/**
 * The use of any key of the account. A key of another account is as unknown as one nobody has.
 *
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
 */
export const GetAccessKeyLastUsed: Operation<
  GetAccessKeyLastUsedRequest,
  GetAccessKeyLastUsedResponse,
  IamServices
> = {
  access: 'read',

  resources({ AccessKeyId }, { accountId }, tx) {
    const key = findAccessKey(tx, AccessKeyId)
    if (key?.accountId !== accountId || key.userName === undefined) return ['*']
    return [userArnOf(tx, accountId, key.userName)]
  },

  async run({ AccessKeyId }, { caller, tx, services }) {
    const key = findAccessKey(tx, AccessKeyId)
    if (key?.accountId !== caller.accountId) throw noSuchKey(AccessKeyId)
    const use = services.uses.last(tx, AccessKeyId)
    return {
      UserName: key.userName,
      AccessKeyLastUsed: {
        LastUsedDate: use && date(use.at),
        ServiceName: use?.service ?? 'N/A',
        Region: use?.region ?? 'N/A',
      },
    }
  },
}
