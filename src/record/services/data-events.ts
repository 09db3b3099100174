import type { CapturedCall } from '../captured.ts'
import type { Facts, Resource } from './resources.ts'

/** A kind of data event (`logging-data-events-with-cloudtrail` in CloudTrail's user guide). */
export type DataEvent = Readonly<{
  /** The type of its resources. */
  type: string
  operations: ReadonlySet<string>
  /** The member that names the resource, by its name or ARN. */
  named?: string
  /** The ARN of a name; `R` and `A` stand for Region and account. */
  arn?: string
}>

function kind(type: string, operations: string, named?: string, arn?: string): DataEvent {
  return { type, operations: new Set(operations.split(' ')), named, arn }
}

/** By event source, without its domain. */
const dataEvents: Readonly<Record<string, readonly DataEvent[]>> = {
  s3: [
    kind(
      'AWS::S3::Object',
      'AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject ' +
        'DeleteObjectTagging DeleteObjects GetObject GetObjectAcl GetObjectAttributes ' +
        'GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent HeadBucket ' +
        'HeadObject ListObjects ListObjectsV2 ListObjectVersions ListParts ' +
        'PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging RestoreObject ' +
        'SelectObjectContent UpdateObjectEncryption UploadPart UploadPartCopy',
    ),
  ],
  lambda: [
    kind(
      'AWS::Lambda::Function',
      'Invoke InvokeAsync InvokeWithResponseStream',
      'FunctionName',
      'arn:aws:lambda:R:A:function:',
    ),
  ],
  dynamodb: [
    kind(
      'AWS::DynamoDB::Table',
      'BatchExecuteStatement BatchGetItem BatchWriteItem DeleteItem ExecuteStatement ' +
        'ExecuteTransaction GetItem PutItem Query Scan TransactGetItems TransactWriteItems UpdateItem',
      'TableName',
      'arn:aws:dynamodb:R:A:table/',
    ),
    kind('AWS::DynamoDB::Stream', 'GetRecords GetShardIterator', 'StreamArn'),
  ],
  sqs: [
    kind(
      'AWS::SQS::Queue',
      'ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch ' +
        'ReceiveMessage SendMessage SendMessageBatch',
      'QueueUrl',
      'arn:aws:sqs:R:A:',
    ),
  ],
  sns: [kind('AWS::SNS::Topic', 'Publish PublishBatch', 'TopicArn')],
  kinesis: [
    kind(
      'AWS::Kinesis::Stream',
      'GetRecords GetShardIterator PutRecord PutRecords SubscribeToShard',
      'StreamName',
      'arn:aws:kinesis:R:A:stream/',
    ),
  ],
  firehose: [
    kind(
      'AWS::KinesisFirehose::DeliveryStream',
      'PutRecord PutRecordBatch',
      'DeliveryStreamName',
      'arn:aws:firehose:R:A:deliverystream/',
    ),
  ],
  monitoring: [kind('AWS::CloudWatch::Metric', 'GetMetricData GetMetricWidgetImage PutMetricData')],
  ses: [
    kind(
      'AWS::SES::EmailIdentity',
      'SendBounce SendBulkEmail SendBulkTemplatedEmail SendCustomVerificationEmail SendEmail ' +
        'SendRawEmail SendTemplatedEmail',
      'Source',
      'arn:aws:ses:R:A:identity/',
    ),
  ],
  'cognito-identity': [
    kind(
      'AWS::Cognito::IdentityPool',
      'GetCredentialsForIdentity GetId GetOpenIdToken GetOpenIdTokenForDeveloperIdentity ' +
        'UnlinkDeveloperIdentity UnlinkIdentity',
      'IdentityPoolId',
      'arn:aws:cognito-identity:R:A:identitypool/',
    ),
  ],
  'cloudtrail-data': [kind('AWS::CloudTrail::Channel', 'PutAuditEvents', 'ChannelArn')],
}

/** The kind of data event a call is; undefined for a management event. */
export function dataEventOf({ eventSource, operation }: CapturedCall): DataEvent | undefined {
  const kinds = dataEvents[eventSource.split('.')[0]!] ?? []
  return kinds.find(({ operations }) => operations.has(operation))
}

/** The resources of a data event: whatever it names, under the event's type. */
export function dataResources({ type, named, arn }: DataEvent, facts: Facts): Resource[] {
  if (named === undefined) return []
  const { parameters, region, accountId } = facts
  const name = parameters[named]
  if (typeof name !== 'string' || name === '') return []
  if (name.startsWith('arn:')) return [{ accountId, type, ARN: name }]
  if (arn === undefined) return []
  // A queue is named by the URL that ends with its name.
  const last = name.slice(name.lastIndexOf('/') + 1)
  const prefix = arn.replace(':R:', `:${region}:`).replace(':A:', `:${accountId}:`)
  return [{ accountId, type, ARN: `${prefix}${last}` }]
}
