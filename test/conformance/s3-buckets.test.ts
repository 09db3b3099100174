// The unmodified AWS CLI makes, sets and removes buckets on the real server, and shows what it shows for AWS.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { aws, hasTool, runTool, until } from '../tools.ts'

type Env = Readonly<Record<string, string>>

const account = '000000000000'
const owner = expect.stringMatching(/^[0-9a-f]{64}$/)
const hasCli = hasTool('aws', ['--version'], 'the AWS CLI and buckets')

describe.skipIf(!hasCli)('the AWS CLI and buckets', () => {
  let server: TestServer
  let root: Env
  let scratch: string
  beforeAll(async () => {
    server = await startTestServer()
    root = server.clientEnv
    scratch = mkdtempSync(join(tmpdir(), 'contrail-s3-'))
  })
  afterAll(async () => {
    await removeTestServer(server)
    rmSync(scratch, { recursive: true, force: true })
  })

  const s3 = (...args: string[]) => runTool('aws', ['s3', ...args], root)
  const api = (operation: string, bucket: string, ...args: string[]) =>
    aws(root, 's3api', operation, '--bucket', bucket, ...args)

  /** What the CLI prints of a refusal, without what it is of. */
  async function refusal(call: Promise<unknown>): Promise<string> {
    const error: any = await call.then(
      () => expect.unreachable('the call was not refused'),
      (error) => error,
    )
    return error.stderr.trim().replace(/^.*An error occurred /s, '')
  }

  /** JSON as a file argument. */
  function file(name: string, value: unknown): string {
    const path = join(scratch, name)
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
    return `file://${path}`
  }

  test('mb, ls and rb', async () => {
    expect(await s3('mb', 's3://one')).toBe('make_bucket: one\n')
    expect(await s3('mb', 's3://two', '--region', 'eu-west-1')).toBe('make_bucket: two\n')
    expect(await s3('ls')).toMatch(/^[\d-]+ [\d:]+ one\n[\d-]+ [\d:]+ two\n$/)
    expect(await api('head-bucket', 'two')).toMatchObject({ BucketRegion: 'eu-west-1' })
    expect(await api('get-bucket-location', 'one')).toEqual({ LocationConstraint: null })
    expect(await api('get-bucket-location', 'two')).toEqual({ LocationConstraint: 'eu-west-1' })
    expect(await s3('rb', 's3://two')).toBe('remove_bucket: two\n')
    expect(await aws(root, 's3api', 'list-buckets', '--max-items', '1')).toMatchObject({
      Buckets: [{ Name: 'one', BucketRegion: 'us-east-1' }],
      Owner: { ID: owner },
    })
  })

  test('refusals', async () => {
    expect(await refusal(api('get-bucket-location', 'nobody'))).toMatch(/^\(NoSuchBucket\)/)
    expect(await refusal(api('head-bucket', 'nobody'))).toMatch(/^\(404\)/)
    expect(await refusal(api('create-bucket', 'xn--a'))).toMatch(/^\(InvalidBucketName\)/)
    expect(await refusal(api('create-bucket', 'one', '--acl', 'public-read'))).toMatch(
      /^\(InvalidBucketAclWithObjectOwnership\)/,
    )
    const west = ['--create-bucket-configuration', 'LocationConstraint=eu-west-1']
    await api('create-bucket', 'one')
    await api('create-bucket', 'west', ...west)
    expect(await refusal(api('create-bucket', 'west', ...west))).toMatch(
      /^\(BucketAlreadyOwnedByYou\)/,
    )
    expect(await refusal(api('create-bucket', 'mars', '--region', 'eu-west-1'))).toMatch(
      /^\(IllegalLocationConstraintException\)/,
    )
    const strange = ['--expected-bucket-owner', '999988887777']
    expect(await refusal(api('get-bucket-location', 'one', ...strange))).toMatch(
      /^\(AccessDenied\)/,
    )
  })

  test.each([
    ['get-bucket-cors', 'NoSuchCORSConfiguration'],
    ['get-bucket-lifecycle-configuration', 'NoSuchLifecycleConfiguration'],
    ['get-bucket-policy', 'NoSuchBucketPolicy'],
    ['get-bucket-policy-status', 'NoSuchBucketPolicy'],
    ['get-bucket-replication', 'ReplicationConfigurationNotFoundError'],
    ['get-bucket-tagging', 'NoSuchTagSet'],
    ['get-bucket-website', 'NoSuchWebsiteConfiguration'],
  ])('%s of what was never set: %s', async (operation, code) => {
    expect(await refusal(api(operation, 'one'))).toContain(`(${code})`)
  })

  test.each([
    ['get-bucket-accelerate-configuration', undefined],
    ['get-bucket-logging', undefined],
    ['get-bucket-notification-configuration', undefined],
    ['get-bucket-versioning', undefined],
    ['get-bucket-request-payment', { Payer: 'BucketOwner' }],
    ['list-bucket-inventory-configurations', { IsTruncated: false }],
  ])('%s of a new bucket: %j', async (operation, answer) => {
    expect(await api(operation, 'one')).toEqual(answer)
  })

  test('the ACL is the owner’s', async () => {
    expect(await api('get-bucket-acl', 'one')).toEqual({
      Owner: { ID: owner },
      Grants: [{ Grantee: { ID: owner, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }],
    })
    await api('put-bucket-acl', 'one', '--acl', 'private')
    const { Grants, Owner } = await api('get-bucket-acl', 'one')
    const same = file('acl.json', { Grants, Owner })
    await api('put-bucket-acl', 'one', '--access-control-policy', same)
  })

  test('versions', async () => {
    const put = (status: string) =>
      api('put-bucket-versioning', 'one', '--versioning-configuration', `Status=${status}`)
    await put('Enabled')
    expect(await api('get-bucket-versioning', 'one')).toEqual({ Status: 'Enabled' })
    await put('Suspended')
    expect(await api('get-bucket-versioning', 'one')).toEqual({ Status: 'Suspended' })
    expect(await refusal(put('On'))).toMatch(/^\(MalformedXML\)/)
    await api('create-bucket', 'locked', '--object-lock-enabled-for-bucket')
    expect(await api('get-bucket-versioning', 'locked')).toEqual({ Status: 'Enabled' })
    const suspend = ['--versioning-configuration', 'Status=Suspended']
    expect(await refusal(api('put-bucket-versioning', 'locked', ...suspend))).toMatch(
      /^\(InvalidBucketState\)/,
    )
  })

  test('a policy', async () => {
    const statement = {
      Sid: 'AWSCloudTrailAclCheck',
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 's3:GetBucketAcl',
      Resource: 'arn:aws:s3:::one',
    }
    const put = (...Statement: object[]) => {
      const policy = file('policy.json', { Version: '2012-10-17', Statement })
      return api('put-bucket-policy', 'one', '--policy', policy)
    }
    await put(statement)
    const { Policy } = await api('get-bucket-policy', 'one')
    expect(JSON.parse(Policy)).toEqual({ Version: '2012-10-17', Statement: [statement] })
    expect(await api('get-bucket-policy-status', 'one')).toEqual({
      PolicyStatus: { IsPublic: false },
    })
    expect(await refusal(put({ ...statement, Resource: 'arn:aws:s3:::two' }))).toBe(
      '(MalformedPolicy) when calling the PutBucketPolicy operation: Policy has invalid resource',
    )
    expect(await refusal(put({ ...statement, Principal: '*' }))).toMatch(/BlockPublicPolicy/)
    await api('delete-bucket-policy', 'one')
    await api('delete-bucket-policy', 'one')
  })

  test('whom a policy lets in and keeps out', async () => {
    await aws(root, 'iam', 'create-user', '--user-name', 'bob')
    const { AccessKey } = await aws(root, 'iam', 'create-access-key', '--user-name', 'bob')
    const bob = {
      ...root,
      AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey,
    }
    const asBob = (operation: string) => aws(bob, 's3api', operation, '--bucket', 'one')
    const statement = (Effect: string, Principal: unknown, Action: string) => {
      return { Effect, Principal, Action, Resource: 'arn:aws:s3:::one' }
    }
    const put = (...Statement: object[]) => {
      const policy = file('bob.json', { Version: '2012-10-17', Statement })
      return api('put-bucket-policy', 'one', '--policy', policy)
    }
    expect(await refusal(asBob('get-bucket-location'))).toBe(
      '(AccessDenied) when calling the GetBucketLocation operation: User: ' +
        `arn:aws:iam::${account}:user/bob is not authorized to perform: s3:GetBucketLocation on ` +
        'resource: arn:aws:s3:::one because no identity-based policy allows the ' +
        's3:GetBucketLocation action',
    )
    await put(statement('Allow', { AWS: `arn:aws:iam::${account}:user/bob` }, 's3:GetBucket*'))
    expect(await asBob('get-bucket-location')).toEqual({ LocationConstraint: null })
    await put(statement('Deny', '*', 's3:*'))
    expect(await refusal(api('get-bucket-location', 'one'))).toMatch(
      /explicit deny in a resource-based policy$/,
    )
    await api('delete-bucket-policy', 'one')
    expect(await api('get-bucket-location', 'one')).toEqual({ LocationConstraint: null })
  })

  test('encryption', async () => {
    const rules = (SSEAlgorithm: string) => {
      const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm } }]
      return ['--server-side-encryption-configuration', JSON.stringify({ Rules })]
    }
    const byDefault = {
      ServerSideEncryptionConfiguration: {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
            BucketKeyEnabled: false,
          },
        ],
      },
    }
    expect(await api('get-bucket-encryption', 'one')).toEqual(byDefault)
    await api('put-bucket-encryption', 'one', ...rules('AES256'))
    expect(await api('get-bucket-encryption', 'one')).toEqual(byDefault)
    expect(await refusal(api('put-bucket-encryption', 'one', ...rules('aws:kms')))).toMatch(
      /^\(NotImplemented\)/,
    )
    await api('delete-bucket-encryption', 'one')
  })

  test('life cycle', async () => {
    const put = (...Rules: object[]) =>
      api(
        'put-bucket-lifecycle-configuration',
        'one',
        '--lifecycle-configuration',
        JSON.stringify({ Rules }),
      )
    const rules = [
      { ID: 'a', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 1 } },
      {
        ID: 'b',
        Status: 'Disabled',
        Filter: { And: { Prefix: 'x', Tags: [{ Key: 'k', Value: 'v' }] } },
        NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 2 },
      },
      {
        ID: 'c',
        Status: 'Enabled',
        Prefix: '',
        Expiration: { Date: '2030-01-01T00:00:00+00:00' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ]
    await put(...rules)
    expect(await api('get-bucket-lifecycle-configuration', 'one')).toEqual({
      Rules: [
        rules[0],
        rules[1],
        { ...rules[2], Expiration: { Date: expect.stringMatching(/^2030-01-01T00:00:00/) } },
      ],
      TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K',
    })
    const [rule] = rules
    expect(await refusal(put({ ...rule, Expiration: { Days: 0 } }))).toMatch(/positive integer$/)
    expect(await refusal(put(rule!, rule!))).toMatch(/Rule ID must be unique/)
    const transition = { Days: 1, StorageClass: 'GLACIER' }
    expect(await refusal(put({ ...rule, Transitions: [transition] }))).toMatch(/^\(NotImpl/)
    await api('delete-bucket-lifecycle', 'one')
  })

  test('public access, ownership, tags', async () => {
    const { PublicAccessBlockConfiguration } = await api('get-public-access-block', 'one')
    expect(Object.values(PublicAccessBlockConfiguration)).toEqual([true, true, true, true])
    const some = ['--public-access-block-configuration', 'BlockPublicAcls=true']
    await api('put-public-access-block', 'one', ...some)
    expect(await api('get-public-access-block', 'one')).toMatchObject({
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: false },
    })
    await api('delete-public-access-block', 'one')
    expect(await refusal(api('get-public-access-block', 'one'))).toMatch(
      /^\(NoSuchPublicAccessBlockConfiguration\)/,
    )
    expect(await api('get-bucket-ownership-controls', 'one')).toEqual({
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    })
    const writer = ['--ownership-controls', 'Rules=[{ObjectOwnership=ObjectWriter}]']
    expect(await refusal(api('put-bucket-ownership-controls', 'one', ...writer))).toMatch(/NotImpl/)
    const TagSet = [
      { Key: 'Team', Value: 'audit trail' },
      { Key: 'b', Value: '' },
    ]
    await api('put-bucket-tagging', 'one', '--tagging', JSON.stringify({ TagSet }))
    expect(await api('get-bucket-tagging', 'one')).toEqual({ TagSet })
    await api('delete-bucket-tagging', 'one')
  })

  test('what has no effect here is refused, and may be taken away', async () => {
    const website = ['--website-configuration', '{"IndexDocument":{"Suffix":"i"}}']
    expect(await refusal(api('put-bucket-website', 'one', ...website))).toMatch(/^\(NotImpl/)
    const rules = '{"CORSRules":[{"AllowedMethods":["GET"],"AllowedOrigins":["*"]}]}'
    const cors = ['--cors-configuration', rules]
    expect(await refusal(api('put-bucket-cors', 'one', ...cors))).toMatch(/^\(NotImpl/)
    await api('delete-bucket-website', 'one')
    await api('delete-bucket-cors', 'one')
    await api('put-bucket-notification-configuration', 'one', '--notification-configuration', '{}')
    await api('put-bucket-logging', 'one', '--bucket-logging-status', '{}')
  })

  test('are recorded as CloudTrail records them', async () => {
    await api('put-bucket-tagging', 'one', '--tagging', 'TagSet=[{Key=n,Value=1}]')
    const attribute = 'AttributeKey=EventName,AttributeValue=PutBucketTagging'
    const look = () => aws(root, 'cloudtrail', 'lookup-events', '--lookup-attributes', attribute)
    const { Events } = await until(look, ({ Events }) => Events.length > 1, 5_000)
    expect(JSON.parse(Events[0].CloudTrailEvent)).toMatchObject({
      eventSource: 's3.amazonaws.com',
      awsRegion: 'us-east-1',
      requestParameters: {
        bucketName: 'one',
        Host: expect.stringMatching(/^127\.0\.0\.1:/),
        tagging: '',
        Tagging: { TagSet: { Tag: { Key: 'n', Value: 1 } } },
      },
      responseElements: null,
      additionalEventData: {
        SignatureVersion: 'SigV4',
        AuthenticationMethod: 'AuthHeader',
        bytesTransferredIn: expect.any(Number),
        bytesTransferredOut: 0,
      },
      readOnly: false,
      resources: [{ accountId: account, type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::one' }],
      managementEvent: true,
      eventCategory: 'Management',
    })
  })
})
