// What vendors document, as it comes, and all that is made of it.

import { expect, test } from 'vitest'
import { atOnce } from '../../../test/at-once.ts'
import {
  awsLogLines,
  kubernetesEvent,
  mappedEvent,
  minioEntry,
  minioOwnEntry,
  otlpRecord,
  otlpRequest,
  rgwEntry,
  sampleMap,
  vaultResponse,
  versityLogLine,
  versityWebhook,
} from '../../../test/feed-samples.ts'
import type { FeedContext } from './adapter.ts'
import { adapters } from './adapters.ts'

const context: FeedContext = {
  feed: 'a',
  accountId: '111122223333',
  region: 'eu-west-1',
  eventSource: 's3.amazonaws.com',
  isWhole: true,
  itemBytesMax: 100_000,
  itemsMax: 1_000,
}

/** The only record of an item; objects are sent as JSON. */
function record(kind: string, item: unknown, more: Partial<FeedContext> = {}): any {
  const bytes = Buffer.from(typeof item === 'string' ? item : JSON.stringify(item))
  const { records, refused } = atOnce(adapters[kind]!(bytes, { ...context, ...more }))
  expect(refused).toEqual([])
  expect(records).toHaveLength(1)
  const made = JSON.parse(records[0]!.toString())
  expect(made).toMatchObject({ eventTime: '2026-11-21T04:44:23Z', awsRegion: 'eu-west-1' })
  return made
}

test('MinIO: a request', () => {
  expect(record('minio', minioEntry)).toMatchObject({
    eventName: 'PutObject',
    eventSource: 's3.amazonaws.com',
    userIdentity: { type: 'IAMUser', userName: 'alice', accessKeyId: 'SVCACCOUNT1' },
    sourceIPAddress: '10.1.2.3',
    userAgent: '[MinIO (linux; amd64) minio-go/v7.0.80]',
    requestID: '17F0A1B2C3D4E5F6',
    requestParameters: {
      bucketName: 'invoices',
      key: '2026/a b.pdf',
      partNumber: '1',
      Host: 'minio.example.internal:9000',
      'x-amz-acl': 'private',
    },
    additionalEventData: { bytesTransferredIn: 1234, bytesTransferredOut: 0 },
  })
})

test('MinIO: -1 bytes are bytes that it does not know', () => {
  const unknown = { ...minioEntry, api: { ...minioEntry.api, rx: -1, tx: -1 } }
  const { additionalEventData: more } = record('minio', unknown)
  expect(more).not.toHaveProperty('bytesTransferredIn')
  expect(more).not.toHaveProperty('bytesTransferredOut')
})

test('MinIO: what it does by itself names the objects', () => {
  expect(record('minio', minioOwnEntry)).toMatchObject({
    eventCategory: 'ActivityAuditLog',
    eventData: {
      eventSource: 'minio.internal',
      eventName: 'ILMExpiry',
      userIdentity: { type: 'Unknown' },
      requestParameters: { bucketName: 'invoices', objects: [{ objectName: '2020/old.pdf' }] },
      additionalEventData: { trigger: 'ilm:expiry' },
    },
  })
})

test('MinIO: a request that it refused before it knew the operation', () => {
  const { api: _, ...rest } = minioEntry
  const early = { ...rest, api: { statusCode: 403, status: 'Forbidden', rx: 0, tx: 300 } }
  expect(record('minio', early).eventData).toMatchObject({
    eventName: 'UnknownOperation',
    errorCode: 'AccessDenied',
    sourceIPAddress: '10.1.2.3',
    requestParameters: { path: '/invoices/2026/a b.pdf' },
  })
})

test('AWS: a request of the account, with all 27 fields', () => {
  expect(record('s3-access-log', awsLogLines.versioning)).toMatchObject({
    eventName: 'GetBucketVersioning',
    userIdentity: { type: 'IAMUser', principalId: '79a5'.repeat(16) },
    requestID: '3E57427F3EXAMPLE',
    userAgent: '[S3Console/0.4]',
    requestParameters: { bucketName: 'invoices', versioning: '' },
    additionalEventData: {
      bytesTransferredOut: 113,
      accessPointArn: 'arn:aws:s3:us-west-1:111122223333:accesspoint/ap',
      aclRequired: 'Yes',
      sourceRegion: 'us-east-1',
      'x-amz-id-2': 's9lzHYrFp76Z+9/c31234=',
    },
    tlsDetails: { tlsVersion: 'TLSV1.2', cipherSuite: 'ECDHE-RSA-AES128-GCM-SHA256' },
  })
})

test('AWS: a role, a key that is encoded twice', () => {
  expect(record('s3-access-log', awsLogLines.put)).toMatchObject({
    eventName: 'PutObject',
    userIdentity: {
      type: 'AssumedRole',
      arn: 'arn:aws:sts::111122223333:assumed-role/Uploader/build-7',
    },
    requestParameters: { key: 's3-dg+guide.pdf' },
    additionalEventData: { objectSize: 4406583, totalTime: 41754, turnAroundTime: 28 },
  })
})

test('AWS: nobody, refused; and what S3 does by itself, without a status', () => {
  expect(record('s3-access-log', awsLogLines.denied)).toMatchObject({
    eventName: 'GetBucketPolicy',
    errorCode: 'AccessDenied',
    userIdentity: { accountId: 'ANONYMOUS_PRINCIPAL' },
  })
  expect(record('s3-access-log', awsLogLines.expired)).toMatchObject({
    eventName: 'ExpireObject',
    userIdentity: { type: 'AWSService', invokedBy: 's3.amazonaws.com' },
    requestParameters: { bucketName: 'invoices', key: 'old.pdf' },
  })
  const user = awsLogLines.denied.replace('403 AccessDenied', '- -')
  const { refused } = atOnce(adapters['s3-access-log']!(Buffer.from(user), context))
  expect(refused).toMatchObject([{ reason: 'not a line of an access log' }])
})

test('a status alone is an error, too', () => {
  const missing = awsLogLines.versioning.replace(' 200 - ', ' 404 - ')
  expect(record('s3-access-log', missing).errorCode).toBe('404')
  expect(record('rgw', { ...rgwEntry, http_status: '503' }).errorCode).toBe('503')
})

test('versitygw: keys as they are, in the file and posted', () => {
  expect(record('s3-access-log', versityLogLine)).toMatchObject({
    eventName: 'GetObject',
    errorCode: 'NoSuchKey',
    userAgent: '[Boto3/1.40 md/Botocore#1.40 ua/2.1]',
    requestParameters: { key: 'a%20 key.txt' },
  })
  expect(record('s3-access-log', versityWebhook)).toMatchObject({
    eventName: 'DeleteObject',
    userIdentity: { userName: 'AKIAUSER', accessKeyId: 'AKIAUSER' },
    requestParameters: { key: 'a%20 key.txt', versionId: 'v-1' },
    sourceIPAddress: '10.0.0.9',
  })
})

test('Ceph: a session of a role that deletes many', () => {
  const made = record('rgw', rgwEntry)
  expect(made).toMatchObject({
    eventName: 'DeleteObjects',
    userIdentity: { userName: 'alice', accessKeyId: 'ASIA0000000000000001' },
    sourceIPAddress: '10.3.2.1',
    requestID: 'tx000001',
    requestParameters: { bucketName: 'invoices', delete: '' },
    additionalEventData: {
      authenticationType: 'STS',
      session: { role_name: 'Cleaner', role_session: 'nightly' },
      subuser: 'alice:ops',
      objects: [{ key: 'old.pdf', delete_marker: true }],
      bytesTransferredIn: 190,
      bytesTransferredOut: 320,
    },
  })
  expect(made).not.toHaveProperty('tlsDetails')
})

test('Kubernetes: a refused request, as an item of a list and as a line', () => {
  const eventSource = 'kubernetes.example.internal'
  const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {} }
  const made = record('kubernetes', { ...list, items: [kubernetesEvent] }, { eventSource })
  expect(made.eventData).toMatchObject({
    eventSource,
    eventName: 'CreatePods',
    errorCode: 'Forbidden',
    errorMessage: 'pods "web" is forbidden',
    sourceIPAddress: '10.0.0.7',
    userIdentity: { type: 'ServiceAccount' },
    additionalEventData: { decision: 'forbid', reason: 'no RBAC policy matched', statusCode: 403 },
  })
  const line = `${JSON.stringify(kubernetesEvent)}\n`
  expect(record('kubernetes', line, { eventSource })).toEqual(made)
})

test('Vault and OpenBao: a response tells of its request', () => {
  const eventSource = 'vault.example.internal'
  expect(record('vault', vaultResponse, { eventSource }).eventData).toMatchObject({
    eventName: 'CreateKv',
    sourceIPAddress: '127.0.0.1',
    userAgent: 'Vault/1.21',
    userIdentity: {
      type: 'VaultToken',
      principalId: '13a62d16-0000-4000-8000-000000000001',
      details: { displayName: 'userpass-alice', policies: 'default' },
    },
    requestParameters: {
      path: 'secret/data/hello',
      namespace: 'team/',
      data: { data: { foo: 'hmac-sha256:d' } },
    },
    responseElements: { data: { version: 1 } },
  })
})

test('OTLP: every type of value; nothing to tell is no fault', () => {
  const eventSource = 'shop.example.internal'
  expect(record('otlp', otlpRequest(otlpRecord), { eventSource }).eventData).toMatchObject({
    eventName: 'invoice.deleted',
    userIdentity: { type: 'User', principalId: 'alice' },
    requestParameters: {
      count: '10',
      size: 637,
      ratio: 637.704,
      digest: 'AQID',
      array: ['many', true],
      map: { some: 'value' },
    },
  })
  const raw = record('otlp', otlpRequest(otlpRecord), { eventSource }).eventData.additionalEventData
  expect(JSON.parse(raw.raw)).toMatchObject({
    traceId: otlpRecord.traceId,
    spanId: otlpRecord.spanId,
    resource: { 'service.name': 'shop' },
  })
  for (const none of ['{}', '{"resourceLogs":[]}', JSON.stringify(otlpRequest())]) {
    expect(atOnce(adapters['otlp']!(Buffer.from(none), context))).toMatchObject({
      records: [],
      refused: [],
    })
  }
  const spans = Buffer.from('{"resourceSpans":[]}')
  expect(atOnce(adapters['otlp']!(spans, context)).refused).toHaveLength(1)
})

test('a mapping of its own', () => {
  const eventSource = 'shop.example.internal'
  const made = record('mapping', { events: [mappedEvent] }, { map: sampleMap, eventSource })
  expect(made.eventData).toMatchObject({ eventName: 'Pay', userIdentity: { principalId: 'alice' } })
})
