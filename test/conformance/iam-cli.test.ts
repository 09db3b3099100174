// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a policy's variables look like that
// The unmodified AWS CLI manages users, keys and policies on the real server, and shows what it shows for AWS.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'
import { aws, hasTool } from '../tools.ts'

type Env = Readonly<Record<string, string>>

const account = '000000000000'
const aDate = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)$/)
const hasCli = hasTool('aws', ['--version'], 'the AWS CLI and IAM')

describe.skipIf(!hasCli)('the AWS CLI and IAM', () => {
  let server: TestServer
  let root: Env
  beforeAll(async () => {
    server = await startTestServer()
    root = server.clientEnv
  })
  afterAll(() => removeTestServer(server))

  const iam = (env: Env, ...args: string[]) => aws(env, 'iam', ...args)

  /** What the CLI prints of a refusal. */
  async function refusal(env: Env, ...args: string[]): Promise<string> {
    const error: any = await iam(env, ...args).then(
      () => expect.unreachable('the call was not refused'),
      (error) => error,
    )
    return error.stderr.trim()
  }

  /** The environment of the user's new key. */
  async function keyOf(userName: string): Promise<Env> {
    const { AccessKey } = await iam(root, 'create-access-key', '--user-name', userName)
    return {
      ...root,
      AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey,
    }
  }

  test('who am I', async () => {
    expect(await aws(root, 'sts', 'get-caller-identity')).toEqual({
      UserId: account,
      Account: account,
      Arn: `arn:aws:iam::${account}:root`,
    })
    expect(await iam(root, 'get-user')).toEqual({
      User: { UserId: account, Arn: `arn:aws:iam::${account}:root`, CreateDate: aDate },
    })
  })

  test('users, under paths, with tags, in pages', async () => {
    const tags = ['--tags', 'Key=Team,Value=audit trail']
    const made = await iam(root, 'create-user', '--user-name', 'p1', '--path', '/page/', ...tags)
    expect(made).toEqual({
      User: {
        Path: '/page/',
        UserName: 'p1',
        UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
        Arn: `arn:aws:iam::${account}:user/page/p1`,
        CreateDate: aDate,
        Tags: [{ Key: 'Team', Value: 'audit trail' }],
      },
    })
    expect(await iam(root, 'get-user', '--user-name', 'P1')).toEqual(made)
    for (const name of ['p2', 'p3']) {
      await iam(root, 'create-user', '--user-name', name, '--path', '/page/')
    }
    const under = ['list-users', '--path-prefix', '/page/']
    const first = await iam(root, ...under, '--max-items', '2', '--page-size', '1')
    expect(first.Users.map((user: any) => user.UserName)).toEqual(['p1', 'p2'])
    const rest = await iam(root, ...under, '--starting-token', first.NextToken)
    expect(rest.Users.map((user: any) => user.UserName)).toEqual(['p3'])
    const { Tags: _, ...listed } = made.User
    expect(first.Users[0]).toEqual(listed)
  })

  test('a key from its making to its end', async () => {
    await iam(root, 'create-user', '--user-name', 'keys')
    const env = await keyOf('keys')
    const key = ['--user-name', 'keys', '--access-key-id', env.AWS_ACCESS_KEY_ID!]
    expect(await iam(root, 'list-access-keys', '--user-name', 'keys')).toEqual({
      AccessKeyMetadata: [
        {
          UserName: 'keys',
          AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
          Status: 'Active',
          CreateDate: aDate,
        },
      ],
    })
    const lastUsed = () => iam(root, 'get-access-key-last-used', ...key.slice(2))
    expect(await lastUsed()).toEqual({
      UserName: 'keys',
      AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
    })
    const { Arn } = await aws(env, 'sts', 'get-caller-identity', '--region', 'eu-west-1')
    expect(Arn).toBe(`arn:aws:iam::${account}:user/keys`)
    const use = { LastUsedDate: aDate, ServiceName: 'sts', Region: 'eu-west-1' }
    expect((await lastUsed()).AccessKeyLastUsed).toEqual(use)

    await iam(root, 'update-access-key', ...key, '--status', 'Inactive')
    await expect(aws(env, 'sts', 'get-caller-identity')).rejects.toThrow('InvalidClientTokenId')
    await iam(root, 'update-access-key', ...key, '--status', 'Active')
    await aws(env, 'sts', 'get-caller-identity')
    await iam(root, 'delete-access-key', ...key)
    await expect(aws(env, 'sts', 'get-caller-identity')).rejects.toThrow('InvalidClientTokenId')
  })

  test('a user may do what its policy says and nothing else', async () => {
    await iam(root, 'create-user', '--user-name', 'limited')
    const env = await keyOf('limited')
    const who = `User: arn:aws:iam::${account}:user/limited is not authorized to perform:`
    const denied = (operation: string) =>
      `An error occurred (AccessDenied) when calling the ${operation} operation: ${who}`
    expect(await refusal(env, 'create-user', '--user-name', 'x')).toBe(
      `${denied('CreateUser')} iam:CreateUser on resource: arn:aws:iam::${account}:user/x ` +
        'because no identity-based policy allows the iam:CreateUser action',
    )
    const Statement = [
      { Effect: 'Allow', Action: 'iam:*', Resource: 'arn:aws:iam::*:user/${aws:username}' },
      { Effect: 'Deny', Action: 'iam:Put*', Resource: '*' },
    ]
    const policy = { Version: '2012-10-17', Statement }
    const named = ['--user-name', 'limited', '--policy-name', 'self']
    const document = JSON.stringify(policy, null, 2)
    await iam(root, 'put-user-policy', ...named, '--policy-document', document)
    expect(await iam(env, 'get-user-policy', ...named)).toEqual({
      UserName: 'limited',
      PolicyName: 'self',
      PolicyDocument: policy,
    })
    expect(await iam(env, 'list-user-policies', '--user-name', 'limited')).toEqual({
      PolicyNames: ['self'],
    })
    expect((await iam(env, 'get-user')).User.UserName).toBe('limited')
    expect(await refusal(env, 'put-user-policy', ...named, '--policy-document', document)).toBe(
      `${denied('PutUserPolicy')} iam:PutUserPolicy on resource: user limited ` +
        'with an explicit deny in an identity-based policy',
    )
    expect(await refusal(env, 'get-user', '--user-name', 'p1')).toContain(
      'on resource: user p1 because no identity-based policy allows the iam:GetUser action',
    )
    await iam(root, 'delete-user-policy', ...named)
    expect(await refusal(env, 'get-user')).toContain('is not authorized')
  })

  test.each([
    [
      ['get-user', '--user-name', 'nobody'],
      'An error occurred (NoSuchEntity) when calling the GetUser operation: ' +
        'The user with name nobody cannot be found.',
    ],
    [
      ['create-user', '--user-name', 'TAKEN'],
      'An error occurred (EntityAlreadyExists) when calling the CreateUser operation: ' +
        'User with name TAKEN already exists.',
    ],
    [
      ['delete-user', '--user-name', 'taken'],
      'An error occurred (DeleteConflict) when calling the DeleteUser operation: ' +
        'Cannot delete entity, must delete access keys first.',
    ],
    [
      ['create-access-key', '--user-name', 'taken'],
      'An error occurred (LimitExceeded) when calling the CreateAccessKey operation: ' +
        'Cannot exceed quota for AccessKeysPerUser: 2',
    ],
    [
      ['put-user-policy', '--user-name', 'taken', '--policy-name', 'p', '--policy-document', '{}'],
      'An error occurred (MalformedPolicyDocument) when calling the PutUserPolicy operation: ' +
        'Syntax errors in policy.',
    ],
    [
      ['create-group', '--group-name', 'g'],
      'An error occurred (NotImplemented) when calling the CreateGroup operation',
    ],
  ])('refuses %j', async (args, message) => {
    if (args[0] === 'get-user') {
      await iam(root, 'create-user', '--user-name', 'taken')
      await keyOf('taken')
      await keyOf('taken')
    }
    expect(await refusal(root, ...args)).toContain(message)
  })

  test('all of it is there after a restart, the last use too', async () => {
    const key = server.credentials.accessKeyId
    const env = await keyOf('limited')
    await aws(env, 'sts', 'get-caller-identity')
    expect(await server.stop()).toBe(0)
    server = await startTestServer({ data: server.data })
    root = server.clientEnv
    expect(server.credentials.accessKeyId).toBe(key)
    const { Users } = await iam(root, 'list-users')
    const names = ['keys', 'limited', 'p1', 'p2', 'p3', 'taken']
    expect(Users.map((user: any) => user.UserName)).toEqual(names)
    const id = env.AWS_ACCESS_KEY_ID!
    const { AccessKeyLastUsed } = await iam(root, 'get-access-key-last-used', '--access-key-id', id)
    expect(AccessKeyLastUsed).toMatchObject({ ServiceName: 'sts', LastUsedDate: aDate })
  })
})
