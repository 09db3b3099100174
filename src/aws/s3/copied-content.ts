import { ApiError } from '../../errors.ts'
import type { CopyObjectRequest } from '../../gen/s3-types.ts'
import { limits } from '../../limits.ts'
import type { Bucket, ObjectServices, ObjectVersion } from '../../objects/contract.ts'
import type { Context } from '../../operation.ts'
import { addressed, type VersionInput } from './addressed.ts'
import { builtAlgorithm } from './checksum-members.ts'
import { assertCopyable, parseCopySource } from './copy-source.ts'
import { contentOf, type ObjectContent, usualChecksum } from './object-content.ts'

/** The source as it was found, and its bytes as a content of their own: the source may go at any time. */
type Copied = Readonly<{
  source: Readonly<{ bucket: Bucket; version: ObjectVersion }>
  content: ObjectContent
}>

/** Throws ApiError for a source that is not there, not as expected, too large or the target itself. */
export async function copiedContent(
  input: CopyObjectRequest,
  { tx, services: { blobs } }: Pick<Context<ObjectServices>, 'tx' | 'services'>,
): Promise<Copied> {
  const named = parseCopySource(input.CopySource)
  const { ExpectedSourceBucketOwner: ExpectedBucketOwner } = input
  const source = await findSource(tx, {
    ...named,
    ...(ExpectedBucketOwner && { ExpectedBucketOwner }),
  })
  const { version } = source
  assertCopyable(version, input)
  assertDifferent(input, named)
  if (version.size > limits.streamBytesMax) {
    const text =
      'The specified copy source is larger than the maximum allowable size for a copy source'
    throw new ApiError('InvalidRequest', `${text}: ${limits.streamBytesMax}`)
  }
  const asked = builtAlgorithm(input.ChecksumAlgorithm)
  const algorithm = asked ?? version.checksum?.algorithm ?? usualChecksum
  const body = blobs.read(version.blobs, 0, version.size)
  const bytesMax = limits.streamBytesMax
  const blob = await blobs.write(body, { bytesMax, checksums: [algorithm] })
  return { source, content: contentOf(blob, algorithm) }
}

async function findSource(tx: Context<unknown>['tx'], named: VersionInput) {
  return addressed(tx, named).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'MethodNotAllowed') throw error
    const text =
      'The source of a copy request may not specifically refer to a delete marker by version id.'
    throw new ApiError('InvalidRequest', text)
  })
}

/** An object may be copied onto itself to change what is said of it, or to bring an older version back. */
function assertDifferent(input: CopyObjectRequest, { Bucket, Key, VersionId }: VersionInput): void {
  if (Bucket !== input.Bucket || Key !== input.Key || VersionId !== undefined) return
  const { MetadataDirective, StorageClass, ServerSideEncryption } = input
  if (MetadataDirective === 'REPLACE' || (StorageClass ?? ServerSideEncryption)) return
  throw new ApiError(
    'InvalidRequest',
    'This copy request is illegal because it is trying to copy an object to itself without changing ' +
      "the object's metadata, storage class, website redirect location or encryption attributes.",
  )
}
