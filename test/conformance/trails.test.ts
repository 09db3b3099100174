// The script of calls that Terraform lives by (`terraform.md` 9, lines 1-9, 11 and 12), spoken by the
// unmodified AWS CLI, boto3 and the JavaScript SDK against the real server.
import * as cloudtrail from '@aws-sdk/client-cloudtrail'
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { aws, hasTool, runTool, until } from '../tools.ts'

/** One call: the answer, or `{ error }` with the code of its refusal. */
type Call = (operation: string, input: object) => Promise<any>

const account = '000000000000'
const region = 'us-east-1'
const arnOf = (name: string) => `arn:aws:cloudtrail:${region}:${account}:trail/${name}`

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await makeBucket('trail-logs', `AWSLogs/${account}/*`, `prefix/AWSLogs/${account}/*`)
  await makeBucket('no-logs')
})
afterAll(() => removeTestServer(server))

function options() {
  const { accessKeyId, secret } = server.credentials
  return { endpoint: server.url, region, credentials: { accessKeyId, secretAccessKey: secret } }
}

/** With the policy that CloudTrail needs, under some prefixes. */
async function makeBucket(Bucket: string, ...below: string[]): Promise<void> {
  const s3 = new S3Client({ ...options(), forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket }))
  if (below.length === 0) return
  const arn = `arn:aws:s3:::${Bucket}`
  const allow = { Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' } }
  const put = {
    ...allow,
    Action: 's3:PutObject',
    Resource: below.map((path) => `${arn}/${path}`),
    Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
  }
  const Statement = [{ ...allow, Action: 's3:GetBucketAcl', Resource: arn }, put]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
}

const javascript: Call = async (operation, input) => {
  const client = new cloudtrail.CloudTrailClient(options())
  const Command = (cloudtrail as any)[`${operation}Command`]
  try {
    const { $metadata, ...answer } = (await client.send(new Command(input))) as any
    return answer
  } catch (error) {
    return { error: (error as Error).name }
  }
}

const boto3Script = `
import boto3, botocore, json, sys
operation, text = sys.argv[1:]
client = boto3.client('cloudtrail')
try:
    answer = getattr(client, botocore.xform_name(operation))(**json.loads(text))
    answer.pop('ResponseMetadata')
    print(json.dumps(answer, default=str))
except botocore.exceptions.ClientError as error:
    print(json.dumps({'error': error.response['Error']['Code']}))
`
const boto3: Call = async (operation, input) => {
  const args = ['-c', boto3Script, operation, JSON.stringify(input)]
  return JSON.parse(await runTool('python3', args, server.clientEnv))
}

const cli: Call = async (operation, input) => {
  const command = operation.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()
  try {
    const args = ['cloudtrail', command, '--cli-input-json', JSON.stringify(input)]
    return (await aws(server.clientEnv, ...args)) ?? {}
  } catch (error) {
    const { stderr } = error as { stderr: string }
    return { error: /An error occurred \((\w+)\)/.exec(stderr)?.[1] ?? stderr }
  }
}

const hasCli = hasTool('aws', ['--version'], 'trails by the AWS CLI')
const clients = [
  { client: 'JavaScript', call: javascript, runs: true },
  {
    client: 'boto3',
    call: boto3,
    runs: hasTool('python3', ['-c', 'import boto3'], 'trails by boto3'),
  },
  { client: 'CLI', call: cli, runs: hasCli },
].filter(({ runs }) => runs)

const objects = {
  ReadWriteType: 'ReadOnly',
  IncludeManagementEvents: false,
  DataResources: [
    { Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::other/isen', 'arn:aws:s3:::other/ko'] },
  ],
  ExcludeManagementEventSources: [],
}
const byDefault = {
  ReadWriteType: 'All',
  IncludeManagementEvents: true,
  DataResources: [],
  ExcludeManagementEventSources: [],
}
const data = (Type: string, ...more: object[]) => [
  { Field: 'eventCategory', Equals: ['Data'] },
  { Field: 'resources.type', Equals: [Type] },
  ...more,
]
const advanced = [
  {
    Name: 's3Custom',
    FieldSelectors: data(
      'AWS::S3::Object',
      { Field: 'eventName', Equals: ['DeleteObject'] },
      { Field: 'readOnly', Equals: ['false'] },
      { Field: 'resources.ARN', Equals: ['arn:aws:s3:::other/a', 'arn:aws:s3:::other/b'] },
    ),
  },
  { Name: 'lambdaLogAllEvents', FieldSelectors: data('AWS::Lambda::Function') },
  {
    Name: 'dynamoDbReadOnlyEvents',
    FieldSelectors: data('AWS::DynamoDB::Table', { Field: 'readOnly', Equals: ['true'] }),
  },
  { Name: 's3OutpostsWriteOnlyEvents', FieldSelectors: data('AWS::S3Outposts::Object') },
  {
    Name: 'managementEventsSelector',
    FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }],
  },
]

describe.each(clients)('$client', ({ client, call }) => {
  const Name = `script-${client}`
  const TrailARN = arnOf(Name)
  const TrailName = TrailARN
  const described = async () => {
    const { trailList } = await call('DescribeTrails', { trailNameList: [TrailARN] })
    expect(trailList).toHaveLength(1)
    return trailList[0]
  }

  test('makes, starts and describes a trail', async () => {
    const wanted = { Name, S3BucketName: 'trail-logs', IncludeGlobalServiceEvents: true }
    expect(await call('CreateTrail', wanted)).toEqual({
      ...wanted,
      TrailARN,
      IsMultiRegionTrail: false,
      LogFileValidationEnabled: false,
      IsOrganizationTrail: false,
      RecursiveLogging: client === 'JavaScript' ? false : undefined,
    })
    expect(await call('GetTrailStatus', { Name: TrailARN })).toMatchObject({ IsLogging: false })
    expect(await call('StartLogging', { Name: TrailARN })).toEqual({})
    expect(await call('GetTrailStatus', { Name: TrailARN })).toMatchObject({ IsLogging: true })
    expect(await described()).toMatchObject({
      HomeRegion: region,
      HasCustomEventSelectors: false,
      HasInsightSelectors: false,
    })
    const unknown = { trailNameList: [arnOf('nobody-made-it')] }
    expect(await call('DescribeTrails', unknown)).toEqual({ trailList: [] })
    expect(await call('CreateTrail', wanted)).toEqual({ error: 'TrailAlreadyExistsException' })
  })

  test('puts selectors of both styles', async () => {
    const put = (lists: object) => call('PutEventSelectors', { TrailName, ...lists })
    const get = () => call('GetEventSelectors', { TrailName })
    const basic = { TrailARN, EventSelectors: [objects] }
    expect(await put({ EventSelectors: [objects] })).toEqual(basic)
    expect(await described()).toMatchObject({ HasCustomEventSelectors: true })
    expect(await get()).toEqual(basic)
    await put({ EventSelectors: [byDefault] })
    expect(await get()).toEqual({ TrailARN, EventSelectors: [byDefault] })
    await put({ AdvancedEventSelectors: advanced })
    expect(await get()).toEqual({ TrailARN, AdvancedEventSelectors: advanced })
    await put({ EventSelectors: [byDefault] })
    expect(await get()).toEqual({ TrailARN, EventSelectors: [byDefault] })
  })

  test('puts Insight selectors and switches them off', async () => {
    const rate = { InsightType: 'ApiCallRateInsight' }
    for (const InsightSelectors of [[rate], [rate, { InsightType: 'ApiErrorRateInsight' }], []]) {
      await call('PutInsightSelectors', { TrailName, InsightSelectors })
      expect(await described()).toMatchObject({ HasInsightSelectors: InsightSelectors.length > 0 })
      expect(await call('GetInsightSelectors', { TrailName })).toEqual(
        InsightSelectors.length > 0
          ? { TrailARN, InsightSelectors }
          : { error: 'InsightNotEnabledException' },
      )
    }
  })

  test('updates a trail, and clears with an empty text', async () => {
    const update = (settings: object) => call('UpdateTrail', { Name: TrailARN, ...settings })
    await update({ S3KeyPrefix: 'prefix', IncludeGlobalServiceEvents: false })
    expect(await described()).toMatchObject({
      S3KeyPrefix: 'prefix',
      IncludeGlobalServiceEvents: false,
    })
    await update({ S3KeyPrefix: '' })
    expect(await described()).not.toHaveProperty('S3KeyPrefix')
  })

  test('tags a trail', async () => {
    const list = async () => {
      const { ResourceTagList } = await call('ListTags', { ResourceIdList: [TrailARN] })
      expect(ResourceTagList).toMatchObject([{ ResourceId: TrailARN }])
      return ResourceTagList[0].TagsList
    }
    expect(await list()).toEqual([])
    const TagsList = [
      { Key: 'key1', Value: 'value1' },
      { Key: 'key2', Value: 'value2' },
    ]
    expect(await call('AddTags', { ResourceId: TrailARN, TagsList })).toEqual({})
    expect(await list()).toEqual(TagsList)
    const removed = { ResourceId: TrailARN, TagsList: [{ Key: 'key1' }] }
    expect(await call('RemoveTags', removed)).toEqual({})
    expect(await list()).toEqual(TagsList.slice(1))
  })

  test.each([
    ['nobody-made-it', 'S3BucketDoesNotExistException'],
    ['no-logs', 'InsufficientS3BucketPolicyException'],
    ['Not_A_Name', 'InvalidS3BucketNameException'],
  ])('is told why bucket %s takes no files', async (S3BucketName, error) => {
    const settings = { Name: `${Name}-2`, S3BucketName }
    expect(await call('CreateTrail', settings)).toEqual({ error })
    expect(await call('UpdateTrail', { Name: TrailARN, S3BucketName })).toEqual({ error })
  })

  test('deletes a trail, once', async () => {
    expect(await call('DeleteTrail', { Name: TrailARN })).toEqual({})
    expect(await call('DeleteTrail', { Name: TrailARN })).toEqual({
      error: 'TrailNotFoundException',
    })
    expect(await call('DescribeTrails', { trailNameList: [TrailARN] })).toEqual({ trailList: [] })
  })
})

test.skipIf(!hasCli)('the AWS CLI makes a multi-Region trail, seen everywhere', async () => {
  const trails = (...args: string[]) => aws(server.clientEnv, 'cloudtrail', ...args)
  const elsewhere = ['--region', 'eu-west-1']
  const TrailARN = arnOf('everywhere')
  const settings = ['--is-multi-region-trail', '--enable-log-file-validation']
  const place = ['--name', 'everywhere', '--s3-bucket-name', 'trail-logs']
  expect(await trails('create-trail', ...place, ...settings)).toMatchObject({
    TrailARN,
    IsMultiRegionTrail: true,
    LogFileValidationEnabled: true,
  })
  const { trailList } = await trails('describe-trails', ...elsewhere)
  expect(trailList).toMatchObject([{ TrailARN, HomeRegion: region }])
  const shadow = ['--name', TrailARN, ...elsewhere]
  await expect(trails('start-logging', ...shadow)).rejects.toThrow('InvalidHomeRegionException')
  await trails('start-logging', '--name', 'everywhere')
  expect(await trails('get-trail-status', ...shadow)).toMatchObject({
    IsLogging: true,
    TimeLoggingStopped: '',
  })
  expect(await trails('list-trails', ...elsewhere)).toEqual({
    Trails: [{ TrailARN, Name: 'everywhere', HomeRegion: region }],
  })

  const found = ['--lookup-attributes', `AttributeKey=ResourceName,AttributeValue=${TrailARN}`]
  const { Events } = await until(
    () => trails('lookup-events', ...found),
    (answer) => answer.Events.length >= 2,
    2_000,
  )
  expect(Events.map((event: { EventName: string }) => event.EventName)).toEqual([
    'StartLogging',
    'CreateTrail',
  ])
})
