import { createHash } from 'node:crypto'

/**
 * The id by which S3 names an account in lists and ACLs: 64 hex digits, always the same for an account.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html
 */
export function canonicalUserId(accountId: string): string {
  return createHash('sha256').update(`canonical user of ${accountId}`).digest('hex')
}
