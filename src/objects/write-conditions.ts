import { ApiError } from '../errors.ts'
import type { ObjectVersion } from './contract.ts'

/** Headers of a write that depends on what is there. */
export type WriteConditions = Readonly<{ IfMatch?: string; IfNoneMatch?: string }>

/**
 * Throws ApiError PreconditionFailed when the key's current version is not what the caller expects,
 * NoSuchKey when there is none to match, NotImplemented for a condition that S3 does not know.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function assertWritable(
  current: ObjectVersion | undefined,
  key: string,
  { IfMatch, IfNoneMatch }: WriteConditions,
): void {
  const existing = current?.isDeleteMarker ? undefined : current
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') {
    const text = 'A header you provided implies functionality that is not implemented'
    throw new ApiError('NotImplemented', text, { details: { Header: 'If-None-Match' } })
  }
  if (IfNoneMatch === '*' && existing) throw preconditionFailed('If-None-Match')
  if (IfMatch === undefined) return
  if (!existing) {
    const text = 'The specified key does not exist.'
    throw new ApiError('NoSuchKey', text, { details: { Key: key } })
  }
  if (IfMatch !== '*' && unquoted(IfMatch) !== existing.etag) throw preconditionFailed('If-Match')
}

/** S3's refusal of a call whose `condition`, a header, does not hold. */
export function preconditionFailed(condition: string): ApiError {
  const text = 'At least one of the pre-conditions you specified did not hold'
  return new ApiError('PreconditionFailed', text, { details: { Condition: condition } })
}

/** An entity tag as it is kept. */
export function unquoted(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1')
}
