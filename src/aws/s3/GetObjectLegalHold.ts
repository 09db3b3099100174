import type { GetObjectLegalHoldOutput, GetObjectLegalHoldRequest } from '../../gen/s3-types.ts'
import { bucketArn } from '../../objects/buckets.ts'
import { assertLockable, noLockOfObject } from '../../objects/retention.ts'
import type { Operation } from '../../operation.ts'
import { addressed } from './addressed.ts'
import { objectResources } from './object-resources.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html */
export const GetObjectLegalHold: Operation<GetObjectLegalHoldRequest, GetObjectLegalHoldOutput> = {
  access: 'read',
  category: 'Data',

  resources: ({ Bucket, Key }) => [bucketArn(Bucket, Key)],

  async run(input, { tx }) {
    const { bucket, version } = await addressed(tx, input)
    assertLockable(bucket)
    if (version.legalHold === undefined) throw noLockOfObject(version)
    return { LegalHold: { Status: version.legalHold ? 'ON' : 'OFF' } }
  },

  recorded: objectResources,
}
