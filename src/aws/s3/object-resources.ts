import { bucketArn } from '../../objects/buckets.ts'
import type { Principal, RecordedResource } from '../../operation.ts'

/** What the record of an object's call names: the object and its bucket. */
export function objectResources(
  { Bucket, Key }: Readonly<{ Bucket: string; Key: string }>,
  _output: unknown,
  { accountId }: Principal,
): RecordedResource[] {
  return [
    { type: 'AWS::S3::Object', ARN: bucketArn(Bucket, Key) },
    { type: 'AWS::S3::Bucket', ARN: bucketArn(Bucket), accountId },
  ]
}
