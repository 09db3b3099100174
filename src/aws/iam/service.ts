import type { Operation } from '../../operation.ts'
import { CreateAccessKey } from './CreateAccessKey.ts'
import { CreateUser } from './CreateUser.ts'
import { DeleteAccessKey } from './DeleteAccessKey.ts'
import { DeleteUser } from './DeleteUser.ts'
import { DeleteUserPolicy } from './DeleteUserPolicy.ts'
import { GetAccessKeyLastUsed } from './GetAccessKeyLastUsed.ts'
import { GetUser } from './GetUser.ts'
import { GetUserPolicy } from './GetUserPolicy.ts'
import { ListAccessKeys } from './ListAccessKeys.ts'
import { ListUserPolicies } from './ListUserPolicies.ts'
import { ListUsers } from './ListUsers.ts'
import { PutUserPolicy } from './PutUserPolicy.ts'
import { UpdateAccessKey } from './UpdateAccessKey.ts'

/**
 * The part of IAM that is built: users, their keys and inline policies. Groups, roles and managed policies
 * join here; the evaluator (`identity/policy`) is ready for their policies.
 */
export const iamOperations: Readonly<Record<string, Operation>> = {
  CreateAccessKey,
  CreateUser,
  DeleteAccessKey,
  DeleteUser,
  DeleteUserPolicy,
  GetAccessKeyLastUsed,
  GetUser,
  GetUserPolicy,
  ListAccessKeys,
  ListUserPolicies,
  ListUsers,
  PutUserPolicy,
  UpdateAccessKey,
}
