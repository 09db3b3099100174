import { type Clock, isoSeconds } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Bucket } from '../objects/contract.ts'
import type { RecordedEntry } from '../state/recorded-commit.ts'
import type { Destination, SinkObject } from '../trails/contract.ts'

/** Who delivers, in bucket policies and in records. */
export const deliverer = 'cloudtrail.amazonaws.com'

type Call = Readonly<{
  eventName: 'GetBucketAcl' | 'PutObject'
  destination: Destination
  bucket: Bucket
  /** What was put. */
  object?: SinkObject
  /** The bucket's policy does not let us in. */
  denied?: boolean
}>

/** The record of a call that delivering makes, as CloudTrail's own are (`core.md` 10). */
export function footprint(call: Call, { clock, ids }: { clock: Clock; ids: Ids }): RecordedEntry {
  const { eventName, destination, bucket, object, denied = false } = call
  const { accountId, region: awsRegion } = destination
  const eventID = ids.uuid()
  const isData = object !== undefined
  const record = {
    eventVersion: '1.11',
    userIdentity: { type: 'AWSService', invokedBy: deliverer },
    eventTime: isoSeconds(clock.now()),
    eventSource: 's3.amazonaws.com',
    eventName,
    awsRegion,
    sourceIPAddress: deliverer,
    userAgent: deliverer,
    ...(denied && { errorCode: 'AccessDenied', errorMessage: 'Access Denied' }),
    requestParameters: parameters(bucket, object),
    responseElements: object && !denied ? encryptionOf(object) : null,
    additionalEventData: { bytesTransferredIn: object?.body.length ?? 0, bytesTransferredOut: 0 },
    requestID: ids.uuid(),
    eventID,
    readOnly: !isData,
    resources: resources(bucket, object),
    eventType: 'AwsApiCall',
    managementEvent: !isData,
    recipientAccountId: accountId,
    sharedEventID: ids.uuid(),
    eventCategory: isData ? 'Data' : 'Management',
  }
  return { eventID, from: 'delivery', record: Buffer.from(JSON.stringify(record)) }
}

function parameters({ name, region }: Bucket, object: SinkObject | undefined) {
  const bucketName = { bucketName: name, Host: `${name}.s3.${region}.amazonaws.com` }
  if (!object) return { ...bucketName, acl: '' }
  const acl = object.headers['x-amz-acl']
  return { ...bucketName, 'x-amz-acl': acl, ...encryptionOf(object), key: object.key }
}

function encryptionOf({ headers }: SinkObject): Record<string, string | undefined> {
  return { 'x-amz-server-side-encryption': headers['x-amz-server-side-encryption'] }
}

function resources({ name, accountId }: Bucket, object: SinkObject | undefined): object[] {
  const ARN = `arn:aws:s3:::${name}`
  const bucket = { accountId, type: 'AWS::S3::Bucket', ARN }
  return object ? [{ type: 'AWS::S3::Object', ARN: `${ARN}/${object.key}` }, bucket] : [bucket]
}
