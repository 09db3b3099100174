import { ApiError } from '../../errors.ts'

/** What sets an ACL in a request's head. */
export type AclInput = Readonly<{
  ACL?: string
  GrantFullControl?: string
  GrantRead?: string
  GrantReadACP?: string
  GrantWrite?: string
  GrantWriteACP?: string
}>

/**
 * ACLs are off here, as S3 has it by default: everything belongs to the bucket's owner. Throws ApiError
 * InvalidBucketAclWithObjectOwnership for a bucket with any other ACL than the private one.
 */
export function assertPrivate({ ACL = 'private', ...grants }: AclInput): void {
  const { GrantFullControl, GrantRead, GrantReadACP, GrantWrite, GrantWriteACP } = grants
  const granted = [GrantFullControl, GrantRead, GrantReadACP, GrantWrite, GrantWriteACP]
  if (ACL === 'private' && granted.every((one) => one === undefined)) return
  throw new ApiError(
    'InvalidBucketAclWithObjectOwnership',
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  )
}

/** Throws ApiError NotImplemented for an ownership that would bring ACLs into force. */
export function assertOwnerEnforced(ownership: string | undefined): void {
  if (ownership === undefined || ownership === 'BucketOwnerEnforced') return
  throw new ApiError('NotImplemented', 'Only BucketOwnerEnforced is built: ACLs are off.')
}
