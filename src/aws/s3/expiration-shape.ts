import type { Bucket, ObjectVersion } from '../../objects/contract.ts'
import { enabledRules, expirationOf } from '../../objects/lifecycle-rules.ts'

/**
 * When a life-cycle rule of the bucket will let the current version of a key expire, and which: the answer's
 * `x-amz-expiration`.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export function expirationShape(
  bucket: Bucket,
  version: Pick<ObjectVersion, 'key' | 'size' | 'tags' | 'lastModified'>,
): { Expiration?: string } {
  const due = expirationOf(version, enabledRules(bucket))
  if (!due) return {}
  const rule = encodeURIComponent(due.ruleId ?? '')
  return { Expiration: `expiry-date="${new Date(due.at).toUTCString()}", rule-id="${rule}"` }
}
