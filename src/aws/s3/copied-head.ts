import { ApiError } from '../../errors.ts'
import type { CopyObjectRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import type { ObjectVersion } from '../../objects/contract.ts'
import type { Context } from '../../operation.ts'
import { parseCopySource } from './copy-source.ts'
import { type ObjectHead, objectHead } from './new-object.ts'

/**
 * What is said of a copy: its source's headers, metadata and tags, or the request's where it replaces them.
 * The storage class is never copied. Throws what `objectHead` throws, and ApiError InvalidArgument for a
 * directive that is none.
 */
export function copiedHead(input: CopyObjectRequest, source: ObjectVersion): ObjectHead {
  const { tags: sentTags, headers, metadata, ...head } = objectHead(input)
  const isReplaced = replaces(input.MetadataDirective, 'metadata')
  const tags = replaces(input.TaggingDirective, 'tagging') ? sentTags : source.tags
  return {
    ...head,
    headers: isReplaced ? headers : source.headers,
    metadata: isReplaced ? metadata : source.metadata,
    ...(tags && { tags }),
  }
}

/** Tags are read and written as such, also when a copy takes them along. */
export function authorizeCopiedTags(
  input: CopyObjectRequest,
  source: ObjectVersion,
  authorize: Context<unknown>['authorize'],
): void {
  if (!source.tags || replaces(input.TaggingDirective, 'tagging')) return
  const { Bucket, Key, VersionId } = parseCopySource(input.CopySource)
  const read = VersionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging'
  authorize(read, bucketArn(Bucket, Key))
  authorize('s3:PutObjectTagging', bucketArn(input.Bucket, input.Key))
}

function replaces(directive: string | undefined, name: string): boolean {
  if (directive === undefined || directive === 'COPY') return false
  if (directive === 'REPLACE') return true
  const details = { ArgumentName: `x-amz-${name}-directive`, ArgumentValue: directive }
  throw new ApiError('InvalidArgument', `Unknown ${name} directive.`, { details })
}
