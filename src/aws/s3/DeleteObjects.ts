import { ApiError } from '../../errors.ts'
import type {
  DeletedObject,
  DeleteObjectsOutput,
  DeleteObjectsRequest,
  ObjectIdentifier,
  Error as RefusedObject,
} from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import type { Bucket, ObjectServices } from '../../objects/contract.ts'
import { deleteObject } from '../../objects/delete-object.ts'
import { malformedXml } from '../../objects/malformed-xml.ts'
import { checkKey } from '../../objects/object-key.ts'
import type { Context, Operation } from '../../operation.ts'
import { checkVersionId } from './addressed.ts'

const objectsMax = 1_000

/**
 * Each object is judged on its own: what one may not delete does not keep the others.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
export const DeleteObjects: Operation<DeleteObjectsRequest, DeleteObjectsOutput, ObjectServices> = {
  access: 'write',
  category: 'Data',
  ownChecks: ['Delete'],
  action: 's3:DeleteObject',
  unguarded: true,

  async run(input, context) {
    const { Objects = [], Quiet } = input.Delete ?? {}
    if (Objects.length === 0 || Objects.length > objectsMax) throw malformedXml()
    const bucket = getBucket(context.tx, input)
    const Deleted: DeletedObject[] = []
    const Errors: RefusedObject[] = []
    for (const object of distinct(Objects)) {
      const { Key, VersionId } = object
      try {
        Deleted.push(await deleteOne(object, bucket, input, context))
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        Errors.push({ Key, VersionId, Code: error.code, Message: error.message })
      }
    }
    return { Deleted: Quiet ? [] : Deleted, Errors }
  },

  recorded: ({ Bucket }, _, { accountId }) => [
    { type: 'AWS::S3::Bucket', ARN: bucketArn(Bucket), accountId },
  ],
}

async function deleteOne(
  { Key: key, VersionId: versionId, ETag: ifMatch, LastModifiedTime, Size }: ObjectIdentifier,
  bucket: Bucket,
  { BypassGovernanceRetention }: DeleteObjectsRequest,
  { tx, clock, ids, services: { blobs }, authorize }: Context<ObjectServices>,
): Promise<DeletedObject> {
  if (!key) throw malformedXml()
  const arn = bucketArn(bucket.name, key)
  authorize(`s3:DeleteObject${versionId === undefined ? '' : 'Version'}`, arn)
  const bypassGovernance = BypassGovernanceRetention === true
  if (bypassGovernance) authorize('s3:BypassGovernanceRetention', arn)
  if (LastModifiedTime !== undefined || Size !== undefined) {
    throw new ApiError('NotImplemented', 'Only directory buckets know these conditions.')
  }
  checkKey(key)
  if (versionId !== undefined) checkVersionId(versionId)
  const deletion = { key, versionId, ifMatch, bypassGovernance }
  const deleted = await deleteObject(tx, bucket, deletion, { clock, ids, blobs })
  return {
    Key: key,
    VersionId: versionId,
    DeleteMarker: deleted.isMarker,
    DeleteMarkerVersionId: deleted.isMarker && deleted.versionId,
  }
}

/** A transaction changes each thing once. */
function distinct(objects: readonly ObjectIdentifier[]): ObjectIdentifier[] {
  const byName = new Map(objects.map((one) => [JSON.stringify([one.Key, one.VersionId]), one]))
  return [...byName.values()]
}
