import type { GetObjectAclOutput, GetObjectAclRequest } from '../../gen/s3-types.ts'
import { ownersAcl } from '../../objects/bucket-settings.ts'
import { bucketArn } from '../../objects/buckets.ts'
import type { Operation } from '../../operation.ts'
import { addressed } from './addressed.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export const GetObjectAcl: Operation<GetObjectAclRequest, GetObjectAclOutput> = {
  access: 'read',
  category: 'Data',
  action: ({ VersionId }) => `s3:GetObject${VersionId === undefined ? '' : 'Version'}Acl`,

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx }) {
    const { bucket } = await addressed(tx, input)
    return ownersAcl(bucket)
  },

  recorded: objectResources,
}
