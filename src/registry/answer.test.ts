import { describe, expect, test } from 'vitest'
import { readAnswer } from './answer.ts'
import type { Answer, CallProtocol } from './contract.ts'
import { Registry } from './registry.ts'

const registry = new Registry()

type Given = Readonly<{
  service: string
  operation: string
  protocol: CallProtocol
  status?: number
  headers?: readonly string[]
  body?: string
  isWhole?: boolean
}>

function read({ service, operation, protocol, status = 200, ...rest }: Given): Answer {
  const [entry] = registry.servicesOf(service)
  const recognised = {
    signingName: service,
    model: registry.load(entry!).model,
    eventSource: `${service}.amazonaws.com`,
    operation,
    eventName: operation,
    region: 'eu-west-1',
    protocol,
    kind: 'none',
    labels: {},
  } as const
  const head = { status, rawHeaders: rest.headers ?? [] }
  const body = { bytes: Buffer.from(rest.body ?? ''), isWhole: rest.isWhole ?? true }
  return readAnswer(recognised, head, body)
}

const assumeRole = { service: 'sts', operation: 'AssumeRole', protocol: 'awsQuery' } as const
const getItem = { service: 'dynamodb', operation: 'GetItem', protocol: 'awsJson1.0' } as const
const ec2 = { service: 'ec2', operation: 'RunInstances', protocol: 'ec2Query' } as const
const getObject = { service: 's3', operation: 'GetObject', protocol: 'restXml' } as const

describe('readAnswer', () => {
  test.each<[string, Given, Partial<Answer>]>([
    [
      'awsQuery',
      {
        ...assumeRole,
        body: '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><Expiration>2026-11-21T04:44:23Z</Expiration></Credentials></AssumeRoleResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></AssumeRoleResponse>',
      },
      {
        requestId: 'r-1',
        members: {
          Credentials: {
            AccessKeyId: 'ASIAEXAMPLE',
            Expiration: new Date('2026-11-21T04:44:23Z'),
          },
        },
      },
    ],
    [
      'ec2Query',
      {
        ...ec2,
        body: '<RunInstancesResponse><requestId>r-2</requestId><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet></RunInstancesResponse>',
      },
      { requestId: 'r-2', members: { Instances: [{ InstanceId: 'i-1' }] } },
    ],
    [
      'awsJson',
      { ...getItem, headers: ['x-amzn-RequestId', 'r-3'], body: '{"Item":{"a":{"S":"b"}}}' },
      { requestId: 'r-3', members: { Item: { a: { S: 'b' } } } },
    ],
    [
      'an object, without its content',
      {
        ...getObject,
        headers: ['x-amz-request-id', 'r-4', 'x-amz-id-2', 'h', 'ETag', '"e"'],
        body: 'x',
        isWhole: false,
      },
      { requestId: 'r-4', hostId: 'h', members: { ETag: '"e"' }, incomplete: false },
    ],
    [
      'an answer that was cut off',
      { ...getItem, body: '{"It', isWhole: false },
      { incomplete: true },
    ],
    ['XML that is none', { ...assumeRole, body: '<a><b>' }, { incomplete: true }],
  ])('%s', (_, given, expected) => {
    expect(read(given)).toMatchObject(expected)
  })

  test.each<[string, Given, Answer['error']]>([
    [
      "JSON's type with a namespace",
      {
        ...getItem,
        status: 400,
        body: '{"__type":"com.amazonaws.dynamodb#ResourceNotFoundException","message":"m"}',
      },
      { code: 'ResourceNotFoundException', message: 'm' },
    ],
    [
      'a header with a link',
      {
        ...getItem,
        status: 403,
        headers: ['x-amzn-ErrorType', 'AccessDeniedException:http://internal/'],
        body: '{"Message":"no"}',
      },
      { code: 'AccessDeniedException', message: 'no' },
    ],
    [
      'awsQuery',
      {
        ...assumeRole,
        status: 403,
        body: '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>',
      },
      { code: 'AccessDenied', message: 'no' },
    ],
    [
      'ec2Query',
      {
        ...ec2,
        status: 400,
        body: '<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>m</Message></Error></Errors><RequestID>r</RequestID></Response>',
      },
      { code: 'InvalidVpcID.NotFound', message: 'm' },
    ],
    [
      'a copy that failed late',
      {
        ...getObject,
        operation: 'CopyObject',
        body: '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>m</Message></Error>',
      },
      { code: 'InternalError', message: 'm' },
    ],
    [
      'HEAD of what is not there',
      { ...getObject, operation: 'HeadObject', status: 404 },
      { code: 'NoSuchKey' },
    ],
    ['a status alone', { ...getItem, status: 502, body: '<html>' }, { code: 'Http502' }],
  ])('%s', (_, given, error) => {
    expect(read(given).error).toEqual(error)
  })
})
