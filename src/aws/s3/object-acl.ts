import { ApiError } from '../../errors.ts'
import type { AccessControlPolicy } from '../../gen/s3-types.ts'
import { canonicalUserId } from '../../objects/canonical-user.ts'
import type { Bucket } from '../../objects/contract.ts'
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

/** Throws ApiError AccessControlListNotSupported for grants other than the owner's full control. */
export function assertOwnersGrants(
  policy: AccessControlPolicy | undefined,
  { accountId }: Pick<Bucket, 'accountId'>,
): void {
  if (!policy) return
  const [grant, ...more] = policy.Grants ?? []
  const isOwners = grant?.Grantee?.ID === canonicalUserId(accountId)
  if (isOwners && grant?.Permission === 'FULL_CONTROL' && more.length === 0) return
  throw aclNotSupported()
}

function aclNotSupported(): ApiError {
  return new ApiError('AccessControlListNotSupported', 'The bucket does not allow ACLs')
}
