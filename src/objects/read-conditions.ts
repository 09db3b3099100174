import { ApiError } from '../errors.ts'
import type { ObjectVersion } from './contract.ts'
import { preconditionFailed, unquoted } from './write-conditions.ts'

/** Headers of a read that depends on what is there. */
export type ReadConditions = Readonly<{
  IfMatch?: string
  IfNoneMatch?: string
  IfModifiedSince?: Date
  IfUnmodifiedSince?: Date
}>

/**
 * Throws ApiError PreconditionFailed, or NotModified for what the caller has already. An entity tag decides,
 * whatever the time says.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function assertReadable(version: ObjectVersion, conditions: ReadConditions): void {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions
  const isNamed = (etags: string) =>
    etags.split(',').some((etag) => ['*', version.etag].includes(unquoted(etag.trim())))
  // Headers have whole seconds.
  const modified = Math.floor(version.lastModified / 1000) * 1000

  if (IfMatch !== undefined) {
    if (!isNamed(IfMatch)) throw preconditionFailed('If-Match')
  } else if (IfUnmodifiedSince && modified > IfUnmodifiedSince.getTime()) {
    throw preconditionFailed('If-Unmodified-Since')
  }
  const isOld = IfModifiedSince !== undefined && modified <= IfModifiedSince.getTime()
  const isKnown = IfNoneMatch === undefined ? isOld : isNamed(IfNoneMatch)
  if (isKnown) throw notModified(version)
}

/**
 * Whether the bytes that If-Range is about are still those of the object: it has the entity tag or the time
 * named there, exactly. Where they are not, the caller has a part of something else, and gets all of this.
 *
 * https://www.rfc-editor.org/rfc/rfc9110#name-if-range
 */
export function isSameRange(
  { etag, lastModified }: Pick<ObjectVersion, 'etag' | 'lastModified'>,
  ifRange: string | undefined,
): boolean {
  if (ifRange === undefined || unquoted(ifRange) === etag) return true
  return Date.parse(ifRange) === Math.floor(lastModified / 1000) * 1000
}

function notModified({ etag, lastModified, headers }: ObjectVersion): ApiError {
  const { 'cache-control': cacheControl, expires } = headers
  const shown = {
    etag: `"${etag}"`,
    'last-modified': new Date(lastModified).toUTCString(),
    ...(cacheControl && { 'cache-control': cacheControl }),
    ...(expires && { expires }),
  }
  return new ApiError('NotModified', 'Not Modified', { headers: shown })
}
