import type { PutObjectAclOutput, PutObjectAclRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import type { Operation } from '../../operation.ts'
import { assertOwnersAcl, assertOwnersGrants } from './acl-input.ts'
import { addressed } from './addressed.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html */
export const PutObjectAcl: Operation<PutObjectAclRequest, PutObjectAclOutput> = {
  access: 'write',
  category: 'Data',
  action: ({ VersionId }) => `s3:PutObject${VersionId === undefined ? '' : 'Version'}Acl`,
  ownChecks: ['ACL', 'AccessControlPolicy'],

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx }) {
    const { bucket } = await addressed(tx, input)
    assertOwnersAcl(input)
    assertOwnersGrants(input.AccessControlPolicy, bucket)
    return {}
  },

  recorded: objectResources,
}
