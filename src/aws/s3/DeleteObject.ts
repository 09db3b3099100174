import { ApiError } from '../../errors.ts'
import type { DeleteObjectOutput, DeleteObjectRequest } from '../../gen/s3-types.ts'
import { bucketArn, getBucket } from '../../objects/buckets.ts'
import type { ObjectServices } from '../../objects/contract.ts'
import { deleteObject } from '../../objects/delete-object.ts'
import { checkKey } from '../../objects/object-key.ts'
import type { Operation } from '../../operation.ts'
import { checkVersionId } from './addressed.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export const DeleteObject: Operation<DeleteObjectRequest, DeleteObjectOutput, ObjectServices> = {
  access: 'write',
  category: 'Data',
  action: ({ VersionId }) => `s3:DeleteObject${VersionId === undefined ? '' : 'Version'}`,

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx, clock, ids, services: { blobs }, authorize }) {
    const { Bucket, Key: key, VersionId: versionId, IfMatch: ifMatch } = input
    const bypassGovernance = input.BypassGovernanceRetention === true
    if (bypassGovernance) authorize('s3:BypassGovernanceRetention', bucketArn(Bucket, key))
    if (input.IfMatchLastModifiedTime !== undefined || input.IfMatchSize !== undefined) {
      throw new ApiError('NotImplemented', 'Only directory buckets know these conditions.')
    }
    checkKey(key)
    if (versionId !== undefined) checkVersionId(versionId)
    const bucket = getBucket(tx, input)
    const deletion = { key, versionId, ifMatch, bypassGovernance }
    const deleted = await deleteObject(tx, bucket, deletion, { clock, ids, blobs })
    return { DeleteMarker: deleted.isMarker, VersionId: deleted.versionId }
  },

  recorded: objectResources,
}
