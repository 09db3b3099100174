import { ApiError } from '../../errors.ts'
import type { CreateUserRequest, CreateUserResponse } from '../../gen/iam-types.ts'
import type { IamServices } from '../../identity/identity.ts'
import { userArn } from '../../identity/principal.ts'
import { createUser } from '../../identity/users.ts'
import type { Operation } from '../../operation.ts'
import { userShape } from './user-shape.ts'

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
export const CreateUser: Operation<CreateUserRequest, CreateUserResponse, IamServices> = {
  access: 'write',

  resources: ({ UserName, Path = '/' }, { accountId }) => [userArn(accountId, Path, UserName)],

  tags: ({ Tags }) => Tags,

  async run({ UserName, Path, Tags, PermissionsBoundary }, { caller, tx, services, ...by }) {
    if (PermissionsBoundary !== undefined) {
      throw new ApiError('NotImplemented', 'Permissions boundaries are not built yet.')
    }
    const { accountId } = caller
    const user = createUser(tx, by, { accountId, userName: UserName, path: Path, tags: Tags })
    services.quota.take(accountId)
    return { User: userShape(user, { tags: true }) }
  },
}
