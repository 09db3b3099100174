import type { DeleteAccessKeyRequest } from '../../gen/iam-types.ts'
import { deleteAccessKey } from '../../identity/access-keys.ts'
import type { Operation } from '../../operation.ts'
import { keyOwner } from './key-owner.ts'
import { userResource } from './user-shape.ts'

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html */
export const DeleteAccessKey: Operation<DeleteAccessKeyRequest> = {
  access: 'write',

  resources: userResource,

  async run(input, { caller, tx }) {
    deleteAccessKey(tx, keyOwner(input, caller), input.AccessKeyId)
    return {}
  },
}
