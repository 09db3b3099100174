// What CloudTrail shows of S3 calls, which is the request as it was sent and not the model's members.
import { describe, expect, test } from 'vitest'
import type { ApiCall } from '../../operation.ts'
import { s3Effects, s3Members } from './s3.ts'

type Http = NonNullable<ApiCall['http']>

function call(operation: string, http: Partial<Http>, more: Partial<ApiCall> = {}): ApiCall {
  return {
    ...{ operation, access: 'write', category: 'Data', region: 'us-east-1', host: 'h:1' },
    signature: 'AuthHeader',
    ...more,
    http: { labels: {}, query: '', headers: {}, answered: {}, bytesIn: 0, bytesOut: 0, ...http },
  } as ApiCall
}

const bucket = { accountId: '111122223333', region: 'eu-west-1' }
const shown = (of: ApiCall) => JSON.parse(JSON.stringify(s3Members(of, () => bucket)))
const labels = { Bucket: 'b', Key: 'a/b c' }

test('an object put', () => {
  const headers = {
    'x-amz-acl': 'bucket-owner-full-control',
    'x-amz-server-side-encryption': 'AES256',
    'x-amz-server-side-encryption-customer-key': 'a secret',
    'x-amz-security-token': 'another',
    'x-amz-date': '20261121T044423Z',
    'x-amz-meta-note': 'theirs',
    'content-type': 'text/plain',
  }
  const answered = {
    'x-amz-id-2': 'id',
    'x-amz-version-id': 'v',
    'x-amz-server-side-encryption': 'AES256',
    etag: '"e"',
  }
  const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' }
  const query = 'x-id=PutObject'
  const http = { labels, query, headers, answered, bytesIn: 5 }
  const put = call('PutObject', http, { tls, userAgent: 'aws-cli/2' })
  expect(shown(put)).toEqual({
    eventName: 'PutObject',
    awsRegion: 'eu-west-1',
    userAgent: '[aws-cli/2]',
    requestParameters: {
      bucketName: 'b',
      Host: 'h:1',
      'x-id': 'PutObject',
      'x-amz-acl': 'bucket-owner-full-control',
      'x-amz-server-side-encryption': 'AES256',
      key: 'a/b c',
    },
    responseElements: { 'x-amz-version-id': 'v', 'x-amz-server-side-encryption': 'AES256' },
    additionalEventData: {
      SignatureVersion: 'SigV4',
      CipherSuite: 'TLS_AES_128_GCM_SHA256',
      bytesTransferredIn: 5,
      AuthenticationMethod: 'AuthHeader',
      'x-amz-id-2': 'id',
      bytesTransferredOut: 0,
    },
    resources: [
      { type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::b/a/b c' },
      { accountId: '111122223333', type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::b' },
    ],
  })
})

describe('requestParameters', () => {
  test.each([
    {
      what: 'a presigned URL, without what could be used again',
      of: call('GetObject', {
        labels,
        query:
          'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F1&X-Amz-Date=20261121T044423Z' +
          '&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Security-Token=t&X-Amz-Signature=s',
      }),
      are: {
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Date': '20261121T044423Z',
        'X-Amz-Expires': '60',
        'X-Amz-SignedHeaders': 'host',
        key: 'a/b c',
      },
    },
    {
      what: 'a list',
      of: call('ListObjectsV2', { labels: { Bucket: 'b' }, query: 'list-type=2&prefix=a%2F' }),
      are: { 'list-type': '2', prefix: 'a/' },
    },
    {
      what: 'no body of a data event',
      of: call('DeleteObjects', {
        labels: { Bucket: 'b' },
        query: 'delete',
        document: { Delete: { Object: { Key: 'a' } } },
      }),
      are: { delete: '' },
    },
    {
      what: 'a policy that is no JSON',
      of: call(
        'PutBucketPolicy',
        { labels: { Bucket: 'b' }, query: 'policy' },
        { category: 'Management', input: { Policy: '{' } },
      ),
      are: { policy: '', bucketPolicy: '{' },
    },
  ])('$what', ({ of, are }) => {
    expect(shown(of).requestParameters).toEqual({ bucketName: 'b', Host: 'h:1', ...are })
  })
})

test('of lists, the resources are all that begins alike', () => {
  const list = call('ListObjectsV2', { labels: { Bucket: 'b' } })
  expect(shown(list)).toMatchObject({
    eventName: 'ListObjects',
    resources: [
      { type: 'AWS::S3::Object', ARNPrefix: 'arn:aws:s3:::b/' },
      { type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::b' },
    ],
  })
})

test('a bucket that is not there has no account', () => {
  const own = s3Members(call('DeleteBucket', { labels: { Bucket: 'b' } }), () => undefined)
  expect(own.resources).toEqual([{ type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::b' }])
  expect(own.awsRegion).toBe('us-east-1')
})

test('each object that DeleteObjects deleted has an event of its own', () => {
  const Objects = [{ Key: 'a' }, { Key: 'b', VersionId: 'v' }, { Key: 'kept' }, { Key: 'a' }]
  const more = {
    input: { Delete: { Objects } },
    output: { Errors: [{ Key: 'kept', Code: 'AccessDenied' }] },
  }
  const deleted = call('DeleteObjects', { labels: { Bucket: 'x' } }, more)
  const owner = { accountId: '111122223333', type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::x' }
  const event = (key: string, versionId?: string) => ({
    eventName: 'DeleteObject',
    requestParameters: { bucketName: 'x', Host: 'h:1', key, versionId },
    resources: [{ type: 'AWS::S3::Object', ARN: `arn:aws:s3:::x/${key}` }, owner],
  })
  expect(s3Effects(deleted, () => bucket)).toEqual([event('a'), event('b', 'v')])
  expect(s3Effects(call('DeleteObject', { labels }), () => bucket)).toEqual([])
})
