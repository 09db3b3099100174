import { ApiError } from '../../errors.ts'
import type { UpdateAccessKeyRequest } from '../../gen/iam-types.ts'
import { setAccessKeyActive } from '../../identity/access-keys.ts'
import type { Operation } from '../../operation.ts'
import { keyOwner } from './key-owner.ts'
import { userResource } from './user-shape.ts'

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html */
export const UpdateAccessKey: Operation<UpdateAccessKeyRequest> = {
  access: 'write',

  resources: userResource,

  async run(input, { caller, tx }) {
    if (input.Status === 'Expired') {
      throw new ApiError('InvalidInput', 'A key can be made Active or Inactive.')
    }
    const isActive = input.Status === 'Active'
    setAccessKeyActive(tx, keyOwner(input, caller), input.AccessKeyId, isActive)
    return {}
  },
}
