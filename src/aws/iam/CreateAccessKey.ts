import type {
  AccessKey,
  CreateAccessKeyRequest,
  CreateAccessKeyResponse,
} from '../../gen/iam-types.ts'
import { createAccessKey } from '../../identity/access-keys.ts'
import type { Operation } from '../../operation.ts'
import { date } from './dates.ts'
import { keyOwner } from './key-owner.ts'
import { userResource } from './user-shape.ts'

/**
 * The only answer that ever holds the secret.
 *
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
 */
export const CreateAccessKey: Operation<CreateAccessKeyRequest, CreateAccessKeyResponse> = {
  access: 'write',

  resources: userResource,

  async run(input, { caller, tx, ...by }) {
    const key = createAccessKey(tx, by, keyOwner(input, caller))
    return {
      AccessKey: {
        UserName: key.userName,
        AccessKeyId: key.accessKeyId,
        Status: 'Active',
        SecretAccessKey: key.secret,
        CreateDate: date(key.createdAt),
      } as AccessKey,
    }
  },
}
