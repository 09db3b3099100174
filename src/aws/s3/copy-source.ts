import { ApiError } from '../../errors.ts'
import { bucketArn } from '../../objects/buckets.ts'
import type { ObjectVersion } from '../../objects/contract.ts'
import { preconditionFailed, unquoted } from '../../objects/write-conditions.ts'
import type { Context } from '../../operation.ts'
import type { VersionInput } from './addressed.ts'

/**
 * Which version `x-amz-copy-source` names: `bucket/key?versionId=…`, percent-encoded, with or without a slash
 * before it. Throws ApiError InvalidArgument, and NotImplemented for an access point.
 */
export function parseCopySource(
  header: string,
): Readonly<{ Bucket: string; Key: string; VersionId?: string }> {
  const [, path = '', VersionId] = /^\/?(.*?)(?:\?versionId=([^?]*))?$/s.exec(header)!
  if (path.startsWith('arn:')) throw new ApiError('NotImplemented', 'Access points are not built.')
  const at = path.indexOf('/')
  const [Bucket, Key] = [path.slice(0, Math.max(at, 0)), decoded(path.slice(at + 1))]
  if (Bucket !== '' && Key) return { Bucket, Key, ...(VersionId && { VersionId }) }
  const text = 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey'
  const details = { ArgumentName: 'x-amz-copy-source', ArgumentValue: header }
  throw new ApiError('InvalidArgument', text, { details })
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Asks whether the caller may read what is to be copied. */
export function authorizeSource(
  { Bucket, Key, VersionId }: VersionInput,
  authorize: Context<unknown>['authorize'],
): void {
  const action = VersionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'
  authorize(action, bucketArn(Bucket, Key))
}

/** Conditions on the version that is copied. */
export type CopyConditions = Readonly<{
  CopySourceIfMatch?: string
  CopySourceIfModifiedSince?: Date
  CopySourceIfNoneMatch?: string
  CopySourceIfUnmodifiedSince?: Date
}>

/**
 * Throws ApiError PreconditionFailed. An entity tag that matches decides over the time, and so does one that
 * does not have to.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export function assertCopyable(version: ObjectVersion, conditions: CopyConditions): void {
  const { CopySourceIfMatch: match, CopySourceIfNoneMatch: noneMatch } = conditions
  const { CopySourceIfModifiedSince: since, CopySourceIfUnmodifiedSince: until } = conditions
  const matches = (etag: string) => etag === '*' || unquoted(etag) === version.etag
  // Headers have whole seconds.
  const modified = Math.floor(version.lastModified / 1000) * 1000
  if (match !== undefined) {
    if (!matches(match)) throw preconditionFailed('x-amz-copy-source-If-Match')
  } else if (until && modified > until.getTime()) {
    throw preconditionFailed('x-amz-copy-source-If-Unmodified-Since')
  }
  if (noneMatch !== undefined) {
    if (matches(noneMatch)) throw preconditionFailed('x-amz-copy-source-If-None-Match')
  } else if (since && modified <= since.getTime()) {
    throw preconditionFailed('x-amz-copy-source-If-Modified-Since')
  }
}

/** Bytes `start` to `end` (not included) of the source. Throws ApiError InvalidArgument. */
export function copyRange(
  header: string | undefined,
  size: number,
): Readonly<{ start: number; end: number }> {
  if (header === undefined) return { start: 0, end: size }
  const details = { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header }
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? []
  if (first === undefined || Number(first) > Number(last)) {
    const text =
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are ' +
      'the zero-based offsets of the first and last bytes to copy'
    throw new ApiError('InvalidArgument', text, { details })
  }
  if (Number(last) < size) return { start: Number(first), end: Number(last) + 1 }
  const text = `Range specified is not valid for source object of size: ${size}`
  throw new ApiError('InvalidArgument', text, { details })
}
