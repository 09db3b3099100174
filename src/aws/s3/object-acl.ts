import { ApiError } from '../../errors.ts'
import type { AclInput } from './acl-input.ts'

/** The one ACL that says what is so anyway. */
const ownersObject = 'bucket-owner-full-control'

/**
 * ACLs are off here, as S3 has it by default: everything belongs to the bucket's owner. Throws ApiError
 * AccessControlListNotSupported for an object with any other ACL.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 */
export function assertOwnersObject({ ACL = ownersObject, ...input }: AclInput): void {
  const { GrantFullControl, GrantRead, GrantReadACP, GrantWrite, GrantWriteACP } = input
  const granted = [GrantFullControl, GrantRead, GrantReadACP, GrantWrite, GrantWriteACP]
  if (ACL === ownersObject && granted.every((one) => one === undefined)) return
  throw aclNotSupported()
}

export function aclNotSupported(): ApiError {
  return new ApiError('AccessControlListNotSupported', 'The bucket does not allow ACLs')
}
