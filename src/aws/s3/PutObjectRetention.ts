import type { PutObjectRetentionOutput, PutObjectRetentionRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import { replaceVersion } from '../../objects/object-rows.ts'
import { askedRetention, assertLockable, assertRetentionChange } from '../../objects/retention.ts'
import type { Operation } from '../../operation.ts'
import { addressed } from './addressed.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html */
export const PutObjectRetention: Operation<PutObjectRetentionRequest, PutObjectRetentionOutput> = {
  access: 'write',
  category: 'Data',
  ownChecks: ['Retention'],

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx, clock, authorize }) {
    const { Bucket, Key, BypassGovernanceRetention: bypassGovernance = false } = input
    if (bypassGovernance) authorize('s3:BypassGovernanceRetention', bucketArn(Bucket, Key))
    const now = clock.now()
    const { bucket, version } = await addressed(tx, input)
    assertLockable(bucket)
    const retention = askedRetention(input.Retention, now)
    assertRetentionChange(version, retention, { bypassGovernance, now })
    await replaceVersion(tx, bucket, { ...version, retention })
    return {}
  },

  recorded: objectResources,
}
