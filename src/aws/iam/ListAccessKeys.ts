import type { ListAccessKeysRequest, ListAccessKeysResponse } from '../../gen/iam-types.ts'
import { listAccessKeys } from '../../identity/access-keys.ts'
import { page } from '../../identity/pages.ts'
import type { Operation } from '../../operation.ts'
import { date } from './dates.ts'
import { keyOwner } from './key-owner.ts'
import { userResource } from './user-shape.ts'

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html */
export const ListAccessKeys: Operation<ListAccessKeysRequest, ListAccessKeysResponse> = {
  access: 'read',

  resources: userResource,

  async run(input, { caller, tx }) {
    const keys = listAccessKeys(tx, keyOwner(input, caller))
    const sorted = keys.sort((a, b) => (a.accessKeyId < b.accessKeyId ? -1 : 1))
    const { items, ...rest } = page(sorted, ({ accessKeyId }) => accessKeyId, input)
    const AccessKeyMetadata = items.map((key) => ({
      UserName: key.userName,
      AccessKeyId: key.accessKeyId,
      Status: key.active ? ('Active' as const) : ('Inactive' as const),
      CreateDate: date(key.createdAt),
    }))
    return { AccessKeyMetadata, ...rest }
  },
}
