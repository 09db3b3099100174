// The AWS CLI against an emulator behind the proxy, over sixteen services.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasMoto, startMoto } from '../moto.ts'
import { TappedProxy } from '../proxy-tapped.ts'
import { hasTool, runTool } from '../tools.ts'

const what = 'the AWS CLI through the proxy'
const canRun = hasMoto(what) && hasTool('aws', ['--version'], what)

const trust = '{"Version":"2012-10-17","Statement":[]}'
const states = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'
const role = 'arn:aws:iam::123456789012:role/robot'
const queue = (url: string) => `${url}/123456789012/q`
const topic = 'arn:aws:sns:us-east-1:123456789012:t'

/** Each with the name it is to be recorded under; `!` where the emulator refuses it. */
const commands: ReadonlyArray<readonly [source: string, name: string, ...args: string[]]> = [
  ['s3', 'CreateBucket', 's3api', 'create-bucket', '--bucket', 'cli'],
  ['s3', 'ListObjects', 's3api', 'list-objects-v2', '--bucket', 'cli'],
  ['s3', 'GetBucketLifecycle!', 's3api', 'get-bucket-lifecycle-configuration', '--bucket', 'cli'],
  [
    'dynamodb',
    'CreateTable',
    ...['dynamodb', 'create-table', '--table-name', 't', '--billing-mode', 'PAY_PER_REQUEST'],
    ...['--key-schema', 'AttributeName=id,KeyType=HASH'],
    ...['--attribute-definitions', 'AttributeName=id,AttributeType=S'],
  ],
  [
    'dynamodb',
    'PutItem',
    'dynamodb',
    'put-item',
    '--table-name',
    't',
    '--item',
    '{"id":{"S":"1"}}',
  ],
  ['ec2', 'CreateVpc', 'ec2', 'create-vpc', '--cidr-block', '10.0.0.0/16'],
  [
    'ec2',
    'DescribeInstances!',
    'ec2',
    'describe-instances',
    '--instance-ids',
    'i-0123456789abcdef0',
  ],
  [
    'iam',
    'CreateRole',
    ...['iam', 'create-role', '--role-name', 'robot', '--assume-role-policy-document', trust],
  ],
  ['iam', 'GetUser!', 'iam', 'get-user', '--user-name', 'nobody'],
  ['sts', 'GetCallerIdentity', 'sts', 'get-caller-identity'],
  ['sts', 'AssumeRole', 'sts', 'assume-role', '--role-arn', role, '--role-session-name', 'work'],
  ['lambda', 'ListFunctions20150331', 'lambda', 'list-functions'],
  ['lambda', 'GetFunction20150331v2!', 'lambda', 'get-function', '--function-name', 'none'],
  ['sqs', 'CreateQueue', 'sqs', 'create-queue', '--queue-name', 'q'],
  ['sqs', 'SendMessage', 'sqs', 'send-message', '--queue-url', 'QUEUE', '--message-body', 'hello'],
  ['sns', 'CreateTopic', 'sns', 'create-topic', '--name', 't'],
  ['sns', 'Publish', 'sns', 'publish', '--topic-arn', topic, '--message', 'hello'],
  ['kms', 'CreateKey', 'kms', 'create-key', '--description', 'd'],
  ['kms', 'DescribeKey!', 'kms', 'describe-key', '--key-id', 'alias/none'],
  [
    'rds',
    'CreateDBParameterGroup',
    ...['rds', 'create-db-parameter-group', '--db-parameter-group-name', 'g'],
    ...['--db-parameter-group-family', 'postgres16', '--description', 'd'],
  ],
  ['rds', 'DescribeDBInstances', 'rds', 'describe-db-instances'],
  [
    'secretsmanager',
    'CreateSecret',
    ...['secretsmanager', 'create-secret', '--name', 's', '--secret-string', 'hidden-string'],
  ],
  ['secretsmanager', 'GetSecretValue', 'secretsmanager', 'get-secret-value', '--secret-id', 's'],
  [
    'ssm',
    'PutParameter',
    ...['ssm', 'put-parameter', '--name', '/p', '--type', 'SecureString'],
    ...['--value', 'hidden-parameter'],
  ],
  ['ssm', 'GetParameter', 'ssm', 'get-parameter', '--name', '/p', '--with-decryption'],
  [
    'monitoring',
    'PutMetricData',
    ...['cloudwatch', 'put-metric-data', '--namespace', 'n', '--metric-name', 'm', '--value', '1'],
  ],
  ['monitoring', 'ListMetrics', 'cloudwatch', 'list-metrics'],
  ['ecs', 'CreateCluster', 'ecs', 'create-cluster', '--cluster-name', 'c'],
  ['ecs', 'ListClusters', 'ecs', 'list-clusters'],
  [
    'elasticbeanstalk',
    'CreateApplication',
    ...['elasticbeanstalk', 'create-application', '--application-name', 'a'],
  ],
  ['elasticbeanstalk', 'DescribeApplications', 'elasticbeanstalk', 'describe-applications'],
  [
    'states',
    'CreateStateMachine',
    ...['stepfunctions', 'create-state-machine', '--name', 'm', '--role-arn', role],
    ...['--definition', states],
  ],
  ['states', 'ListStateMachines', 'stepfunctions', 'list-state-machines'],
]

describe.skipIf(!canRun)('the AWS CLI through the proxy', () => {
  let proxy: TappedProxy

  beforeAll(async () => {
    proxy = await TappedProxy.start(await startMoto())
  })
  afterAll(() => proxy?.close())

  test('two calls of each of sixteen services, one after the other', async () => {
    const { clientEnv } = proxy
    for (const [, name, ...args] of commands) {
      // Version 1 of the CLI finds the endpoint of SQS in no other place than this.
      const url = clientEnv['AWS_ENDPOINT_URL']!
      const given = args.map((arg) => (arg === 'QUEUE' ? queue(url) : arg))
      const run = runTool('aws', [...given, '--endpoint-url', url], clientEnv)
      if (name.endsWith('!')) await expect(run).rejects.toThrow()
      else await run
    }
    const records = proxy.records()
    const found = records.map(({ eventSource, eventName, errorCode }) => [
      eventSource,
      `${eventName}${errorCode ? '!' : ''}`,
    ])
    expect(found).toEqual(commands.map(([source, name]) => [`${source}.amazonaws.com`, name]))
    proxy.expectTrue()
    expect(JSON.stringify(records)).not.toMatch(/hidden-(string|parameter)/)
  })

  test('an upload in parts and a presigned URL', async () => {
    const before = proxy.records().length
    const env = { ...proxy.clientEnv, AWS_MAX_CONCURRENT_REQUESTS: '1' }
    await runTool('aws', ['s3', 'mb', 's3://parts'], env)
    const content = randomBytes(17 * 1024 * 1024)
    const file = join(proxy.clientEnv['HOME']!, 'content')
    writeFileSync(file, content)
    await runTool('aws', ['s3', 'cp', file, 's3://parts/content', '--quiet'], env)
    const url = (await runTool('aws', ['s3', 'presign', 's3://parts/content'], env)).trim()
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(content)).toBe(true)
    const names = proxy
      .records()
      .slice(before)
      .map(({ eventName }) => eventName)
    expect([...new Set(names)]).toEqual([
      'CreateBucket',
      'CreateMultipartUpload',
      'UploadPart',
      'CompleteMultipartUpload',
      'GetObject',
    ])
    proxy.expectTrue()
  })
})
