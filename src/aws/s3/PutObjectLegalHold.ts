import type { PutObjectLegalHoldOutput, PutObjectLegalHoldRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import { malformedXml } from '../../objects/malformed-xml.ts'
import { replaceVersion } from '../../objects/object-rows.ts'
import { assertLockable } from '../../objects/retention.ts'
import type { Operation } from '../../operation.ts'
import { addressed } from './addressed.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html */
export const PutObjectLegalHold: Operation<PutObjectLegalHoldRequest, PutObjectLegalHoldOutput> = {
  access: 'write',
  category: 'Data',
  ownChecks: ['LegalHold'],

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx }) {
    const { bucket, version } = await addressed(tx, input)
    assertLockable(bucket)
    const status = input.LegalHold?.Status
    if (status !== 'ON' && status !== 'OFF') throw malformedXml()
    await replaceVersion(tx, bucket, { ...version, legalHold: status === 'ON' })
    return {}
  },

  recorded: objectResources,
}
