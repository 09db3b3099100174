import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CapturedExchange, type CapturedModel, captureRecord } from './captured.ts'
import type { CapturedPrincipal } from './captured-identity.ts'

const now = Date.parse('2026-11-21T04:44:23Z')
const string = { type: 'string' } as const
const secretText = { type: 'string', sensitive: true } as const
const strings = { type: 'list', member: 'String' } as const

type Given = Readonly<{
  source: string
  operation: string
  input?: Readonly<Record<string, string>>
  output?: Readonly<Record<string, string>>
  shapes?: CapturedModel['shapes']
  errors?: CapturedModel['errors']
  protocol?: string
  parameters?: Readonly<Record<string, unknown>>
  answered?: Readonly<Record<string, unknown>>
  error?: Readonly<{ code: string; message?: string }>
  status?: number
  more?: Partial<CapturedExchange>
}>

/** The record of one call, its model made of a line for each member: name and shape. */
function record(given: Given): Record<string, any> {
  const { source, operation, input, output, protocol = 'awsJson1.1' } = given
  const structure = (members: Readonly<Record<string, string>>) => ({
    type: 'structure' as const,
    members: Object.fromEntries(Object.entries(members).map(([name, shape]) => [name, { shape }])),
  })
  const model: CapturedModel = {
    apiVersion: '2016-11-15',
    operations: {
      [operation]: { input: input && 'In', output: output && 'Out', errors: [] },
    },
    shapes: {
      String: string,
      Secret: secretText,
      Strings: strings,
      Time: { type: 'timestamp' },
      Map: { type: 'map', key: 'String', value: 'String' },
      ...(input && { In: structure(input) }),
      ...(output && { Out: structure(output) }),
      ...given.shapes,
    },
    errors: given.errors ?? {},
  }
  const isKnown = input !== undefined || output !== undefined
  const exchange: CapturedExchange = {
    call: {
      signingName: source,
      eventSource: `${source}.amazonaws.com`,
      operation,
      eventName: operation,
      protocol,
      region: 'eu-west-1',
      model: isKnown ? model : undefined,
    },
    parameters: { members: given.parameters },
    answer: {
      status: given.status ?? 200,
      requestId: 'request-1',
      error: given.error,
      members: given.answered,
    },
    caller: {},
    sourceIp: '192.0.2.1',
    http: { query: '', headers: { host: 'h:1' }, answered: {}, bytesIn: 0, bytesOut: 0 },
    ...given.more,
  }
  const options = { eventID: 'event-1', now, recipientAccountId: '111122223333' }
  return JSON.parse(JSON.stringify(captureRecord(exchange, options)))
}

test('a record has its members in the order of CloudTrail', () => {
  const made = record({
    source: 'sqs',
    operation: 'CreateQueue',
    input: { QueueName: 'String', tags: 'Map' },
    output: { QueueUrl: 'String' },
    parameters: { QueueName: 'q', tags: { Team: 'a' } },
    answered: { QueueUrl: 'http://h/q' },
  })
  expect(Object.keys(made).join()).toBe(
    'eventVersion,userIdentity,eventTime,eventSource,eventName,awsRegion,sourceIPAddress,' +
      'requestParameters,responseElements,requestID,eventID,readOnly,eventType,managementEvent,' +
      'recipientAccountId,eventCategory,tlsDetails',
  )
  expect(made).toMatchObject({
    eventVersion: '1.11',
    eventTime: '2026-11-21T04:44:23Z',
    requestParameters: { queueName: 'q', tags: { Team: 'a' } },
    responseElements: { queueUrl: 'http://h/q' },
    readOnly: false,
    managementEvent: true,
    tlsDetails: { clientProvidedHostHeader: 'h:1' },
  })
})

describe('nothing is null', () => {
  test.each([
    { what: 'parameters that are not there', source: 'iam', operation: 'ListUsers' },
    { what: 'the answer of a read', source: 'iam', operation: 'GetUser', answered: { A: 'a' } },
    { what: 'an empty answer', source: 'iam', operation: 'DeleteUser', answered: {} },
    {
      what: 'the answer of an error',
      source: 'iam',
      operation: 'CreateUser',
      error: { code: 'EntityAlreadyExists' },
      answered: { A: 'a' },
    },
  ])('$what', ({ what: _, ...given }) => {
    expect(record({ ...given, input: { A: 'String' }, output: { A: 'String' } })).toMatchObject({
      requestParameters: null,
      responseElements: null,
    })
  })

  test('but the answer of AssumeRole, without the secret', () => {
    const credentials = { AccessKeyId: 'ASIA1', SecretAccessKey: 's', SessionToken: 't' }
    const made = record({
      source: 'sts',
      operation: 'AssumeRole',
      input: { RoleArn: 'String' },
      output: { Credentials: 'Credentials' },
      shapes: {
        Credentials: {
          type: 'structure',
          members: {
            AccessKeyId: { shape: 'String' },
            SecretAccessKey: { shape: 'Secret' },
            SessionToken: { shape: 'String' },
            Expiration: { shape: 'Time' },
          },
        },
      },
      parameters: { RoleArn: 'arn:aws:iam::111122223333:role/r' },
      answered: { Credentials: { ...credentials, Expiration: new Date(now) } },
    })
    expect(made).toMatchObject({
      readOnly: true,
      responseElements: {
        credentials: {
          accessKeyId: 'ASIA1',
          sessionToken: 't',
          expiration: 'Nov 21, 2026, 4:44:23 AM',
        },
      },
      resources: [
        {
          accountId: '111122223333',
          type: 'AWS::IAM::Role',
          ARN: 'arn:aws:iam::111122223333:role/r',
        },
      ],
    })
    expect(made['responseElements'].credentials).not.toHaveProperty('secretAccessKey')
  })
})

describe('secrets', () => {
  const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'
  test.each([
    { source: 'ssm', member: 'Value', shape: 'Secret', shown: { value: hidden } },
    {
      source: 'rds',
      member: 'MasterUserPassword',
      shape: 'String',
      shown: { masterUserPassword: hidden },
    },
    { source: 'iam', member: 'Password', shape: 'Secret', shown: {} },
    { source: 'secretsmanager', member: 'SecretString', shape: 'Secret', shown: {} },
    { source: 'kms', member: 'Plaintext', shape: 'String', shown: {} },
    { source: 'kms', member: 'CiphertextBlob', shape: 'String', shown: {} },
    { source: 'lambda', member: 'ZipFile', shape: 'String', shown: {} },
    { source: 'lambda', member: 'Variables', shape: 'Map', shown: {} },
    { source: 'dynamodb', member: 'Item', shape: 'Map', shown: {} },
    { source: 'sqs', member: 'MessageBody', shape: 'String', shown: {} },
    { source: 'sns', member: 'Message', shape: 'String', shown: { message: hidden } },
    {
      source: 'ec2',
      member: 'UserData',
      shape: 'Secret',
      shown: { userData: '<sensitiveDataRemoved>' },
    },
    { source: 'iam', member: 'UserName', shape: 'Secret', shown: { userName: 'a value' } },
  ])('$source $member', ({ source, member, shape, shown }) => {
    const value = shape === 'Map' ? { a: 'a value' } : 'a value'
    const made = record({
      source,
      operation: source === 'ec2' ? 'StopInstances' : 'Put',
      input: { [member]: shape, Other: 'String' },
      parameters: { [member]: value, Other: 'x' },
    })
    expect(made['requestParameters']).toEqual({ ...shown, other: 'x' })
  })

  test('of a service that no model describes are known by their names', () => {
    const parameters = {
      UserName: 'a',
      SecretArn: 'arn',
      NextToken: 'n',
      Login: [{ Password: 'p', accessToken: 't', api_key: 'k' }],
      Credentials: { Secret: 's' },
    }
    expect(record({ source: 'x', operation: 'Y', parameters })['requestParameters']).toEqual({
      userName: 'a',
      secretArn: 'arn',
      nextToken: 'n',
      login: [{ password: hidden, accessToken: hidden, api_key: hidden }],
      credentials: hidden,
    })
  })

  test('of headers are nowhere', () => {
    const headers = {
      authorization: 'AWS4 Signature=abc',
      cookie: 'abc',
      'x-amz-security-token': 'abc',
      'x-amz-server-side-encryption-customer-key': 'abc',
    }
    const query = 'X-Amz-Signature=abc&X-Amz-Security-Token=abc&X-Amz-Credential=abc&x-id=GetObject'
    const http = { query, headers, answered: {}, bytesIn: 0, bytesOut: 0 }
    for (const source of ['s3', 'sqs', 'ec2']) {
      const parameters = { labels: { Bucket: 'b', Key: 'k' } }
      const made = record({ source, operation: 'GetObject', more: { http, parameters } })
      expect(JSON.stringify(made)).not.toContain('abc')
    }
  })
})

describe('error codes', () => {
  test.each([
    { source: 'ec2', code: 'UnauthorizedOperation', is: 'Client.UnauthorizedOperation' },
    { source: 'ec2', code: 'InternalError', status: 500, is: 'Server.InternalError' },
    { source: 'iam', code: 'NoSuchEntity', is: 'NoSuchEntityException' },
    { source: 'sts', code: 'AccessDenied', is: 'AccessDenied' },
    { source: 'organizations', code: 'AccessDeniedException', is: 'AccessDenied' },
    { source: 'cloudtrail', code: 'TrailNotFoundException', is: 'TrailNotFoundException' },
  ])('$source: $code is $is', ({ source, code, status = 400, is }) => {
    const errors = { NoSuchEntity: { status: 404, name: 'NoSuchEntityException' } }
    const error = { code, message: 'Why.' }
    const made = record({ source, operation: 'Get', input: {}, errors, error, status })
    expect(made).toMatchObject({ errorCode: is, errorMessage: 'Why.' })
  })

  test('a failure of the way there counts', () => {
    const failure = { code: 'UpstreamUnreachable', message: 'refused' }
    const made = record({
      source: 'sqs',
      operation: 'CreateQueue',
      more: { failure, answer: undefined },
    })
    expect(made).toMatchObject({ errorCode: 'UpstreamUnreachable', responseElements: null })
  })
})

describe('who called', () => {
  const user: CapturedPrincipal = {
    type: 'IAMUser',
    principalId: 'AIDA1',
    arn: 'arn:aws:iam::111122223333:user/a',
    accountId: '111122223333',
    userName: 'a',
  }
  const session = {
    issuer: { type: 'Role' as const, principalId: 'AROA1', userName: 'r' },
    createdAt: now,
    mfa: true,
  }
  const role: CapturedPrincipal = { type: 'AssumedRole', principalId: 'AROA1:s', session }
  const accessKeyId = 'AKIAIOSFODNN7EXAMPLE'
  test.each([
    { is: 'a user', caller: { principal: user, accessKeyId }, as: { ...user, accessKeyId } },
    {
      is: 'a session',
      caller: { principal: role, accessKeyId },
      as: {
        type: 'AssumedRole',
        principalId: 'AROA1:s',
        accessKeyId,
        sessionContext: {
          sessionIssuer: session.issuer,
          webIdFederationData: {},
          attributes: { creationDate: '2026-11-21T04:44:23Z', mfaAuthenticated: 'true' },
        },
      },
    },
    {
      is: 'a service',
      caller: { principal: { type: 'AWSService', invokedBy: 's3.amazonaws.com' } as const },
      as: { type: 'AWSService', invokedBy: 's3.amazonaws.com' },
    },
    {
      is: 'a key nobody knows',
      caller: { accessKeyId, accountId: '111122223333' },
      as: { type: 'Unknown', principalId: accessKeyId, accountId: '111122223333', accessKeyId },
    },
    { is: 'nobody', caller: {}, as: { type: 'Unknown' } },
    {
      is: 'who was refused',
      caller: { principal: user, accessKeyId, refused: true },
      as: { type: 'Unknown' },
    },
  ])('$is', ({ caller, as }) => {
    expect(record({ source: 'sqs', operation: 'X', more: { caller } })['userIdentity']).toEqual(as)
  })

  test('what may be a secret is no key id', () => {
    const accessKeyId = 'wJalrXUtnFEMIxK7MDENGxbPxRfiCYEXAMPLEKEY'
    const made = record({ source: 'sqs', operation: 'X', more: { caller: { accessKeyId } } })
    expect(JSON.stringify(made)).not.toContain(accessKeyId)
  })

  test('a refused key is told beside', () => {
    const more = { caller: { accessKeyId, refused: true } }
    expect(record({ source: 'sqs', operation: 'X', more })).toMatchObject({
      additionalEventData: { claimedAccessKeyId: accessKeyId },
    })
  })
})

describe('data events', () => {
  test.each([
    ['lambda', 'Invoke', { FunctionName: 'f' }, 'AWS::Lambda::Function', 'lambda:R:A:function:f'],
    ['dynamodb', 'GetItem', { TableName: 't' }, 'AWS::DynamoDB::Table', 'dynamodb:R:A:table/t'],
    ['sqs', 'SendMessage', { QueueUrl: 'http://h/1/q' }, 'AWS::SQS::Queue', 'sqs:R:A:q'],
    ['sns', 'Publish', { TopicArn: 'arn:aws:sns:R:A:t' }, 'AWS::SNS::Topic', 'sns:R:A:t'],
  ])('%s %s', (source, operation, parameters, type, arn) => {
    const regional = (text: string) => text.replace(':R:A:', ':eu-west-1:111122223333:')
    const given = Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, regional(value)]),
    )
    const input = Object.fromEntries(Object.keys(parameters).map((name) => [name, 'String']))
    expect(record({ source, operation, input, parameters: given })).toMatchObject({
      managementEvent: false,
      eventCategory: 'Data',
      resources: [{ accountId: '111122223333', type, ARN: regional(`arn:aws:${arn}`) }],
    })
  })

  test('an object of S3', () => {
    const http = { query: '', headers: { host: 'h' }, answered: {}, bytesIn: 0, bytesOut: 9 }
    const parameters = { labels: { Bucket: 'b', Key: 'k' } }
    expect(
      record({ source: 's3', operation: 'GetObject', more: { http, parameters } }),
    ).toMatchObject({
      eventCategory: 'Data',
      readOnly: true,
      requestParameters: { bucketName: 'b', Host: 'h', key: 'k' },
      additionalEventData: { bytesTransferredOut: 9 },
      resources: [
        { type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::b/k' },
        { accountId: '111122223333', type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::b' },
      ],
    })
  })
})

describe('bounds', () => {
  test('texts are cut and objects left out', () => {
    const made = record({
      source: 'sqs',
      operation: 'Put',
      input: { A: 'String' },
      parameters: { A: 'x'.repeat(200_000) },
      error: { code: 'E', message: 'ä'.repeat(2_000) },
    })
    expect(made['requestParameters']).toBe(null)
    expect(Buffer.byteLength(made['errorMessage'])).toBe(1_024)
  })
})

test('whatever a service answers can be recorded', () => {
  const anything = fc.dictionary(fc.constantFrom('A', 'B', 'C', 'D'), fc.jsonValue({ maxDepth: 3 }))
  const members = { A: 'Strings', B: 'Time', C: 'Map', D: 'Secret' }
  const calls = fc.constantFrom('ec2 StopInstances', 'ec2 CreateFleet', 'rds Put', 'kms Put')
  const property = fc.property(calls, anything, anything, (call, parameters, answered) => {
    const [source, operation] = call.split(' ') as [string, string]
    record({ source, operation, input: members, output: members, parameters, answered })
  })
  fc.assert(property, { numRuns: 500 })
})
