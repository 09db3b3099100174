// The unmodified AWS CLI, boto3 and the JavaScript SDK against the real server: each call is found by
// event name, user name, access key, source and id within a second.
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { aws, hasTool, runTool, until } from '../tools.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => removeTestServer(server))

function lookup(key: string, value: string): Promise<any> {
  const attribute = `AttributeKey=${key},AttributeValue=${value}`
  const args = ['cloudtrail', 'lookup-events', '--lookup-attributes', attribute]
  return until(
    () => aws(server.clientEnv, ...args),
    ({ Events }) => Events.length > 0,
    1_000,
  )
}

const hasCli = hasTool('aws', ['--version'], 'the AWS CLI against the server')
describe.skipIf(!hasCli)('the AWS CLI', () => {
  test('makes a user and a key; both calls are found by every attribute', async () => {
    const env = server.clientEnv
    const { User } = await aws(env, 'iam', 'create-user', '--user-name', 'alice')
    const { AccessKey } = await aws(env, 'iam', 'create-access-key', '--user-name', 'alice')
    expect(User.Arn).toBe('arn:aws:iam::000000000000:user/alice')
    expect(AccessKey).toMatchObject({ UserName: 'alice', Status: 'Active' })

    const found = await lookup('EventName', 'CreateUser')
    const [event] = found.Events
    const record = JSON.parse(event.CloudTrailEvent)
    expect(record).toMatchObject({
      eventVersion: '1.11',
      userIdentity: {
        type: 'Root',
        principalId: '000000000000',
        arn: 'arn:aws:iam::000000000000:root',
        accountId: '000000000000',
        accessKeyId: server.credentials.accessKeyId,
      },
      eventSource: 'iam.amazonaws.com',
      eventName: 'CreateUser',
      awsRegion: 'us-east-1',
      sourceIPAddress: '127.0.0.1',
      userAgent: expect.stringContaining('aws-cli'),
      requestParameters: { userName: 'alice' },
      responseElements: {
        user: { userName: 'alice', arn: User.Arn, userId: User.UserId, path: '/' },
      },
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '000000000000',
      eventCategory: 'Management',
      tlsDetails: { clientProvidedHostHeader: new URL(server.url).host },
    })
    expect(event).toMatchObject({ Username: 'root', ReadOnly: 'false', EventId: record.eventID })

    const attributes = {
      EventId: record.eventID,
      EventSource: 'iam.amazonaws.com',
      Username: 'root',
      ReadOnly: 'false',
      AccessKeyId: server.credentials.accessKeyId,
      ResourceName: 'alice',
      ResourceType: 'AWS::IAM::User',
    }
    for (const [key, value] of Object.entries(attributes)) {
      const { Events } = await lookup(key, value)
      expect(Events.map((one: any) => one.EventId)).toContain(record.eventID)
    }
    expect(JSON.stringify(await lookup('EventName', 'CreateAccessKey'))).not.toContain(
      AccessKey.SecretAccessKey,
    )
  })

  test('a user with a policy may do what it says, and the refusals are recorded', async () => {
    const root = server.clientEnv
    await aws(root, 'iam', 'create-user', '--user-name', 'bob')
    const { AccessKey } = await aws(root, 'iam', 'create-access-key', '--user-name', 'bob')
    const bob = {
      ...root,
      AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey,
    }
    expect(await aws(bob, 'sts', 'get-caller-identity')).toMatchObject({
      Arn: 'arn:aws:iam::000000000000:user/bob',
    })
    await expect(aws(bob, 'iam', 'create-user', '--user-name', 'eve')).rejects.toThrow(
      'not authorized to perform: iam:CreateUser on resource: arn:aws:iam::000000000000:user/eve',
    )
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'iam:*', Resource: '*' }],
    }
    const put = ['iam', 'put-user-policy', '--user-name', 'bob', '--policy-name', 'all']
    await aws(root, ...put, '--policy-document', JSON.stringify(policy))
    await aws(bob, 'iam', 'create-user', '--user-name', 'eve')

    const { Events } = await until(
      () =>
        aws(
          root,
          'cloudtrail',
          'lookup-events',
          '--lookup-attributes',
          'AttributeKey=Username,AttributeValue=bob',
        ),
      (answer) => answer.Events.length >= 3,
      1_000,
    )
    const records = Events.map((event: any) => JSON.parse(event.CloudTrailEvent))
    expect(records.map((record: any) => [record.eventName, record.errorCode])).toEqual([
      ['CreateUser', undefined],
      ['CreateUser', 'AccessDenied'],
      ['GetCallerIdentity', undefined],
    ])
  })

  test('a wrong secret is recorded as nobody', async () => {
    const env = { ...server.clientEnv, AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) }
    await expect(aws(env, 'iam', 'list-users')).rejects.toThrow('SignatureDoesNotMatch')
    const { Events } = await lookup('EventName', 'ListUsers')
    const record = JSON.parse(Events[0].CloudTrailEvent)
    expect(record.userIdentity).toEqual({ type: 'Unknown' })
    expect(record.errorCode).toBe('SignatureDoesNotMatch')
    expect(Events[0].AccessKeyId).toBeUndefined()
  })
})

const boto3Script = `
import boto3, json, sys, time
boto3.client('iam').create_user(UserName='from-boto3')
trail = boto3.client('cloudtrail')
for _ in range(40):
    events = trail.lookup_events(LookupAttributes=[{'AttributeKey': 'ResourceName', 'AttributeValue': 'from-boto3'}])['Events']
    if events: break
    time.sleep(0.025)
print(json.dumps([e['EventName'] for e in events] + [boto3.client('sts').get_caller_identity()['Account']]))
`
const hasBoto3 = hasTool('python3', ['-c', 'import boto3'], 'boto3 against the server')
test.skipIf(!hasBoto3)('boto3 makes a user and finds the call', async () => {
  const printed = await runTool('python3', ['-c', boto3Script], server.clientEnv)
  expect(JSON.parse(printed)).toEqual(['CreateUser', '000000000000'])
})

test('the JavaScript SDK makes a user and finds the call', async () => {
  const { accessKeyId, secret } = server.credentials
  const options = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: secret },
  }
  await new IAMClient(options).send(new CreateUserCommand({ UserName: 'from-js' }))
  const LookupAttributes = [{ AttributeKey: 'ResourceName' as const, AttributeValue: 'from-js' }]
  const { Events } = await until(
    () => new CloudTrailClient(options).send(new LookupEventsCommand({ LookupAttributes })),
    (answer) => answer.Events!.length > 0,
    1_000,
  )
  expect(Events).toMatchObject([{ EventName: 'CreateUser', EventSource: 'iam.amazonaws.com' }])
  const identity = await new STSClient(options).send(new GetCallerIdentityCommand({}))
  expect(identity).toMatchObject({ Arn: 'arn:aws:iam::000000000000:root' })
})
