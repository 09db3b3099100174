// Requests as the AWS CLI and boto3 send them, with bodies and credentials of our own making.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CapturedAnswer, CapturedCall, CapturedParameters } from '../record/captured.ts'
import type { Answer, Parameters, Recognised } from './contract.ts'
import { readParameters } from './parameters.ts'
import { recognise } from './recognise.ts'
import { Registry } from './registry.ts'

const registry = new Registry()
const options = { registry, bucketSuffixes: ['s3.example.com'], region: 'us-east-1' }

type Sent = Readonly<{
  method?: string
  target?: string
  scope?: string
  host?: string
  headers?: Readonly<Record<string, string>>
  body?: string | Buffer
}>

function request({ method = 'POST', target = '/', scope, host, headers, body = '' }: Sent) {
  const credential = `Credential=AKIAEXAMPLE/20261121/${scope}/aws4_request`
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=00`
  const all = {
    Host: host ?? 'localhost:4590',
    ...(scope !== undefined && { Authorization: authorization }),
    ...headers,
  }
  const head = { method, target, rawHeaders: Object.entries(all).flat() }
  return { head, body: { bytes: Buffer.from(body), isWhole: true } }
}

function asked(sent: Sent) {
  const { head, body } = request(sent)
  const recognised = recognise(head, body, options)
  return { recognised, parameters: readParameters(recognised, head, body) }
}

const form = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' }
const get = { method: 'GET', scope: 'eu-west-1/s3' }
const put = { method: 'PUT', scope: 'eu-west-1/s3' }
const presigned =
  'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAEXAMPLE%2F20261121%2Feu-west-1%2Fs3%2Faws4_request'
const target = (text: string) => ({
  'X-Amz-Target': text,
  'Content-Type': 'application/x-amz-json-1.0',
})
const multipart =
  '--b\r\nContent-Disposition: form-data; name="x-amz-credential"\r\n\r\nAKIAEXAMPLE/20261121/eu-west-1/s3/aws4_request\r\n--b--'

describe('recognise', () => {
  test.each<[string, Sent, Partial<Recognised>]>([
    [
      'awsJson',
      { scope: 'eu-west-1/dynamodb', headers: target('DynamoDB_20120810.PutItem') },
      { operation: 'PutItem', protocol: 'awsJson1.0', region: 'eu-west-1', kind: 'AuthHeader' },
    ],
    [
      'a stream of the same scope',
      { scope: 'eu-west-1/dynamodb', headers: target('DynamoDBStreams_20120810.GetRecords') },
      { operation: 'GetRecords', eventSource: 'dynamodb.amazonaws.com' },
    ],
    [
      'awsQuery',
      {
        scope: 'us-east-1/iam',
        headers: form,
        body: 'Action=CreateUser&Version=2010-05-08&UserName=a',
      },
      { operation: 'CreateUser', protocol: 'awsQuery', eventSource: 'iam.amazonaws.com' },
    ],
    [
      'ec2Query',
      { scope: 'eu-west-1/ec2', headers: form, body: 'Action=RunInstances&Version=2016-11-15' },
      { operation: 'RunInstances', protocol: 'ec2Query' },
    ],
    [
      'the second load balancing by its version',
      {
        scope: 'eu-west-1/elasticloadbalancing',
        headers: form,
        body: 'Action=CreateRule&Version=2015-12-01',
      },
      { operation: 'CreateRule', eventSource: 'elasticloadbalancing.amazonaws.com' },
    ],
    [
      'CBOR',
      {
        scope: 'eu-west-1/monitoring',
        target: '/service/GraniteServiceVersion20100801/operation/PutMetricData',
        headers: { 'smithy-protocol': 'rpc-v2-cbor' },
      },
      {
        operation: 'PutMetricData',
        protocol: 'rpcV2Cbor',
        eventSource: 'monitoring.amazonaws.com',
      },
    ],
    [
      'Lambda by its dated name',
      { method: 'GET', scope: 'eu-west-1/lambda', target: '/2015-03-31/functions/f' },
      {
        operation: 'GetFunction',
        eventName: 'GetFunction20150331v2',
        labels: { FunctionName: 'f' },
      },
    ],
    [
      'a newer operation of Lambda',
      {
        method: 'GET',
        scope: 'eu-west-1/lambda',
        target: '/2020-06-30/functions/f/code-signing-config',
      },
      { eventName: 'GetFunctionCodeSigningConfig' },
    ],
    [
      'CloudFront',
      { method: 'GET', scope: 'us-east-1/cloudfront', target: '/2020-05-31/distribution/E1' },
      { eventName: 'GetDistribution', protocol: 'restXml' },
    ],
    [
      'a part of the path under another name',
      { method: 'GET', scope: 'eu-west-1/apigateway', target: '/restapis/abc' },
      { operation: 'GetRestApi', labels: { restApiId: 'abc' } },
    ],
    [
      'API Gateway v2',
      { method: 'GET', scope: 'eu-west-1/apigateway', target: '/v2/apis/abc' },
      { operation: 'GetApi', eventSource: 'apigateway.amazonaws.com' },
    ],
    ['a bucket list', { ...get, target: '/b?list-type=2' }, { operation: 'ListObjectsV2' }],
    ['a bucket sub-resource', { ...get, target: '/b?acl' }, { operation: 'GetBucketAcl' }],
    ['an object', { ...get, target: '/b/a/b%20c' }, { labels: { Bucket: 'b', Key: 'a/b c' } }],
    [
      'a copy',
      { ...put, target: '/b/k', headers: { 'x-amz-copy-source': '/a/k' } },
      { operation: 'CopyObject' },
    ],
    [
      'a part of an upload',
      { ...put, target: '/b/k?partNumber=1&uploadId=u&x-id=UploadPart' },
      { operation: 'UploadPart' },
    ],
    [
      'a virtual host',
      { ...put, target: '/k', host: 'b.s3.example.com:443' },
      { operation: 'PutObject', labels: { Bucket: 'b', Key: 'k' } },
    ],
    [
      'a virtual host of AWS',
      { ...get, target: '/k', host: 'b.s3.eu-west-1.amazonaws.com' },
      { operation: 'GetObject', labels: { Bucket: 'b', Key: 'k' } },
    ],
    [
      'S3 Control',
      {
        ...get,
        target: '/v20180820/configuration/publicAccessBlock',
        headers: { 'x-amz-account-id': '111122223333' },
      },
      { operation: 'GetPublicAccessBlock', eventSource: 's3.amazonaws.com' },
    ],
    [
      'a directory bucket',
      { ...put, scope: 'eu-west-1/s3express', target: '/b/k' },
      { operation: 'PutObject', eventSource: 's3express.amazonaws.com' },
    ],
    [
      'the directory buckets',
      { ...get, scope: 'eu-west-1/s3express', target: '/?max-directory-buckets=9' },
      { operation: 'ListDirectoryBuckets', eventSource: 's3express.amazonaws.com' },
    ],
    [
      'a presigned URL',
      { method: 'GET', target: `/b/k?${presigned}` },
      {
        operation: 'GetObject',
        kind: 'QueryString',
        accessKeyId: 'AKIAEXAMPLE',
        region: 'eu-west-1',
      },
    ],
    [
      'the first signature',
      { method: 'GET', target: '/b/k', headers: { Authorization: 'AWS AKIAEXAMPLE:abc=' } },
      { operation: 'GetObject', kind: 'AuthHeader', accessKeyId: 'AKIAEXAMPLE' },
    ],
    [
      'the signature for many Regions',
      {
        method: 'GET',
        target: '/b/k',
        headers: {
          'X-Amz-Region-Set': '*',
          Authorization:
            'AWS4-ECDSA-P256-SHA256 Credential=AKIAEXAMPLE/20261121/s3/aws4_request, SignedHeaders=host',
        },
      },
      { operation: 'GetObject', accessKeyId: 'AKIAEXAMPLE', region: 'us-east-1' },
    ],
    [
      "a browser's upload",
      {
        target: '/b',
        headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
        body: multipart,
      },
      { operation: 'PostObject', kind: 'QueryString', region: 'eu-west-1', signingName: 's3' },
    ],
    [
      'an unsigned call that names its version',
      { headers: form, body: 'Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=a' },
      { signingName: 'sts', operation: 'AssumeRoleWithWebIdentity', kind: 'none' },
    ],
    [
      'an unsigned call that names its target',
      { headers: target('AWSCognitoIdentityService.GetId') },
      { signingName: 'cognito-identity', operation: 'GetId' },
    ],
    [
      'an unsigned call by its host',
      { host: 'sqs.eu-west-1.amazonaws.com', headers: form, body: 'Action=SendMessage' },
      { signingName: 'sqs', operation: 'SendMessage', region: 'eu-west-1' },
    ],
    [
      'a sign-in, which nobody signs',
      { target: '/token', body: '{}' },
      { operation: 'CreateToken', eventSource: 'sso.amazonaws.com' },
    ],
    ['an anonymous reader', { method: 'GET', target: '/b/k' }, { eventSource: 's3.amazonaws.com' }],
    [
      'an unknown service',
      { scope: 'eu-west-1/newthing', headers: target('NewThing.MakeIt') },
      { eventSource: 'newthing.amazonaws.com', operation: 'MakeIt', model: undefined },
    ],
    [
      'an unknown operation',
      { scope: 'eu-west-1/dynamodb', headers: target('DynamoDB_20120810.Fly') },
      { operation: 'Fly', eventName: 'Fly' },
    ],
    [
      'an unknown path',
      { method: 'GET', scope: 'eu-west-1/execute-api', target: '/things/7' },
      { operation: 'GetThings', protocol: 'unknown' },
    ],
    [
      'a target that is no name',
      { scope: 'eu-west-1/dynamodb', headers: target('DynamoDB_20120810.<b>') },
      { operation: 'Unknown' },
    ],
  ])('%s', (_, sent, expected) => {
    expect(asked(sent).recognised).toMatchObject(expected)
  })

  test('what it gives is what records are shaped from', () => {
    const accepted = (call: CapturedCall, asked: CapturedParameters, answer: CapturedAnswer) => [
      call,
      asked,
      answer,
    ]
    const given = (call: Recognised, parameters: Parameters, answer: Answer) =>
      accepted(call, parameters, answer)
    expect(given).toBeDefined()
  })

  test('never throws', () => {
    const word = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom('iam', 's3', 'ec2', 'lambda', 'constructor', '__proto__', 'rpc-v2-cbor'),
    )
    const headers = fc.dictionary(
      fc.constantFrom('Authorization', 'X-Amz-Target', 'Host', 'Content-Type', 'smithy-protocol'),
      fc.oneof(word, fc.constant('application/x-www-form-urlencoded')),
    )
    const sent = fc.record({
      method: fc.constantFrom('GET', 'PUT', 'POST', 'PROPFIND', ''),
      target: fc.oneof(
        word,
        word.map((text) => `/${text}?${text}=%`),
      ),
      scope: fc.option(
        word.map((text) => `eu-west-1/${text}`),
        { nil: undefined },
      ),
      headers,
      body: fc.oneof(
        word,
        word.map((text) => `Action=${text}&a.b.1=%${text}`),
      ),
    })
    fc.assert(
      fc.property(sent, (one) => {
        const { recognised, parameters } = asked(one)
        expect(recognised.eventName).toMatch(/^[\w.:-]{1,160}$/)
        expect(typeof parameters.incomplete).toBe('boolean')
      }),
    )
  })
})
