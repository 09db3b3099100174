import { ApiError } from '../../errors.ts'
import type { AclInput } from './acl-input.ts'

/** The ACLs that say what is so anyway: the bucket's owner has full control. */
const harmless = ['private', 'bucket-owner-full-control']

/** Throws ApiError AccessControlListNotSupported for an object with any ACL but its owner's full control. */
export function assertOwnersObject({ ACL = 'private', ...input }: AclInput): void {
  const { GrantFullControl, GrantRead, GrantReadACP, GrantWrite, GrantWriteACP } = input
  const granted = [GrantFullControl, GrantRead, GrantReadACP, GrantWrite, GrantWriteACP]
  if (harmless.includes(ACL) && granted.every((one) => one === undefined)) return
  throw aclNotSupported()
}

export function aclNotSupported(): ApiError {
  return new ApiError('AccessControlListNotSupported', 'The bucket does not allow ACLs')
}
