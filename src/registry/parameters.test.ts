import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { CallProtocol, Parameters } from './contract.ts'
import { readParameters } from './parameters.ts'
import { Registry } from './registry.ts'

const registry = new Registry()

type Sent = Readonly<{
  service: string
  operation: string
  protocol: CallProtocol
  target?: string
  labels?: Readonly<Record<string, string>>
  headers?: readonly string[]
  body?: string | Buffer
  isWhole?: boolean
}>

function read(sent: Sent): Parameters {
  const { service, operation, protocol, target = '/', labels = {}, headers = [] } = sent
  const entry = registry.servicesOf(service)[0]
  const recognised = {
    signingName: service,
    ...(entry && { model: registry.load(entry).model }),
    eventSource: `${service}.amazonaws.com`,
    operation,
    eventName: operation,
    region: 'eu-west-1',
    protocol,
    kind: 'none',
    labels,
  } as const
  const head = { method: 'POST', target, rawHeaders: headers }
  const body = { bytes: Buffer.from(sent.body ?? ''), isWhole: sent.isWhole ?? true }
  return readParameters(recognised, head, body)
}

const putItem = { service: 'dynamodb', operation: 'PutItem', protocol: 'awsJson1.0' } as const
const run = { service: 'ec2', operation: 'RunInstances', protocol: 'ec2Query' } as const
const createUser = { service: 'iam', operation: 'CreateUser', protocol: 'awsQuery' } as const
const putVersioning = {
  service: 's3',
  operation: 'PutBucketVersioning',
  protocol: 'restXml',
  labels: { Bucket: 'b' },
} as const
const versioning =
  '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>'

describe('readParameters', () => {
  test.each<[string, Sent, Parameters['members']]>([
    [
      'awsJson',
      { ...putItem, body: '{"TableName":"t","Item":{"a":{"B":"AQI="}}}' },
      { TableName: 't', Item: { a: { B: Buffer.from([1, 2]) } } },
    ],
    [
      'a document of any form',
      {
        service: 'cognito-idp',
        operation: 'CreateManagedLoginBranding',
        protocol: 'awsJson1.1',
        body: '{"UserPoolId":"p","Settings":[1,{"Any":"thing"}]}',
      },
      { UserPoolId: 'p', Settings: [1, { Any: 'thing' }] },
    ],
    [
      'awsQuery',
      {
        ...createUser,
        body: 'Action=CreateUser&Version=2010-05-08&UserName=a&Tags.member.1.Key=k&Tags.member.1.Value=v%26',
      },
      { UserName: 'a', Tags: [{ Key: 'k', Value: 'v&' }] },
    ],
    [
      'ec2Query',
      {
        ...run,
        body: 'Action=RunInstances&Version=2016-11-15&MaxCount=2&SecurityGroupId.1=sg-1&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v',
      },
      {
        MaxCount: 2,
        SecurityGroupIds: ['sg-1'],
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'k', Value: 'v' }] }],
      },
    ],
    [
      "ec2Query's names of their own",
      { ...run, body: 'NetworkInterface.1.PrivateIpAddresses.1.PrivateIpAddress=10.0.0.1' },
      { NetworkInterfaces: [{ PrivateIpAddresses: [{ PrivateIpAddress: '10.0.0.1' }] }] },
    ],
    [
      'restJson',
      {
        service: 'lambda',
        operation: 'UpdateFunctionConfiguration',
        protocol: 'restJson1',
        labels: { FunctionName: 'f' },
        body: '{"Timeout":9}',
      },
      { FunctionName: 'f', Timeout: 9 },
    ],
    [
      'restJson without its content',
      {
        service: 'lambda',
        operation: 'Invoke',
        protocol: 'restJson1',
        labels: { FunctionName: 'f' },
        headers: ['X-Amz-Invocation-Type', 'Event'],
        body: '{"secret":1}',
        isWhole: false,
      },
      { FunctionName: 'f', InvocationType: 'Event' },
    ],
    [
      'restXml',
      { ...putVersioning, body: versioning },
      { Bucket: 'b', VersioningConfiguration: { Status: 'Enabled' } },
    ],
    [
      'CBOR',
      {
        service: 'monitoring',
        operation: 'ListMetrics',
        protocol: 'rpcV2Cbor',
        body: Buffer.from('a1694e616d657370616365634e2f41', 'hex'),
      },
      { Namespace: 'N/A' },
    ],
    [
      'a compressed body',
      { ...putItem, headers: ['Content-Encoding', 'gzip'], body: gzipSync('{"TableName":"t"}') },
      { TableName: 't' },
    ],
    [
      'a service without a model',
      { service: 'newthing', operation: 'MakeIt', protocol: 'awsJson1.1', body: '{"A":[1]}' },
      { A: [1] },
    ],
  ])('%s', (_, sent, members) => {
    expect(read(sent).members).toEqual(members)
  })

  test.each<[string, Sent, Parameters['members']]>([
    ['JSON that was cut off', { ...putItem, body: '{"TableName":"t"', isWhole: false }, undefined],
    ['JSON that is none', { ...putItem, body: '{"TableName":"t"' }, undefined],
    ['a wrong type', { ...putItem, body: '{"TableName":7}' }, { TableName: 7 }],
    ['too deep a nest', { ...putItem, body: '['.repeat(9e4) + ']'.repeat(9e4) }, undefined],
    [
      'a form that was cut off',
      { ...createUser, body: 'Action=CreateUser&UserName=alice&Path=/ab', isWhole: false },
      { UserName: 'alice' },
    ],
    ['XML that is none', { ...putVersioning, body: '<a' }, { Bucket: 'b' }],
    [
      'more than is inflated',
      { ...putItem, headers: ['Content-Encoding', 'gzip'], body: gzipSync(Buffer.alloc(2e6)) },
      undefined,
    ],
  ])('%s is incomplete', (_, sent, members) => {
    const found = read(sent)
    expect(found.incomplete).toBe(true)
    expect(found.members).toEqual(members)
  })

  test('an XML body stands under its root', () => {
    const { document } = read({ ...putVersioning, body: versioning })
    expect(document).toEqual({
      VersioningConfiguration: {
        xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/',
        Status: 'Enabled',
      },
    })
  })
})
