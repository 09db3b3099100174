import { ApiError } from '../../errors.ts'
import type { AccessControlPolicy } from '../../gen/s3-types.ts'
import { isOwnersAcl } from '../../objects/bucket-settings.ts'
import type { Bucket } from '../../objects/contract.ts'

/*
 * ACLs are off here, as S3 has it by default: everything belongs to the bucket's owner.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 */

/** What sets an ACL in a request's head. */
export type AclInput = Readonly<{
  ACL?: string
  GrantFullControl?: string
  GrantRead?: string
  GrantReadACP?: string
  GrantWrite?: string
  GrantWriteACP?: string
}>

/** The one ACL of an object that says what is so anyway. */
const ownersObject = 'bucket-owner-full-control'

/** Throws ApiError InvalidBucketAclWithObjectOwnership for a new bucket with any ACL but the private one. */
export function assertPrivate(input: AclInput): void {
  if (asksNoMore(input, 'private')) return
  throw new ApiError(
    'InvalidBucketAclWithObjectOwnership',
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  )
}

/** Throws ApiError AccessControlListNotSupported for any ACL but `usual`, which is an object's by default. */
export function assertOwnersAcl(input: AclInput, usual: string = ownersObject): void {
  if (!asksNoMore(input, usual)) throw aclNotSupported()
}

/** Throws ApiError AccessControlListNotSupported for grants other than the owner's full control. */
export function assertOwnersGrants(policy: AccessControlPolicy | undefined, bucket: Bucket): void {
  if (policy && !isOwnersAcl(bucket, policy)) throw aclNotSupported()
}

function asksNoMore({ ACL, ...grants }: AclInput, usual: string): boolean {
  const { GrantFullControl, GrantRead, GrantReadACP, GrantWrite, GrantWriteACP } = grants
  const granted = [GrantFullControl, GrantRead, GrantReadACP, GrantWrite, GrantWriteACP]
  return (ACL ?? usual) === usual && granted.every((one) => one === undefined)
}

function aclNotSupported(): ApiError {
  return new ApiError('AccessControlListNotSupported', 'The bucket does not allow ACLs')
}
