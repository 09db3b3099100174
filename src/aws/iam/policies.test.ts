// Inline policies, and what they let a user do: nobody gets further than a policy says.
import { beforeEach, describe, expect, test } from 'vitest'
import { type Account, accountId, allow, deny, openAccount } from '../../../test/account.ts'
import { ApiError } from '../../errors.ts'
import { stsOperations } from '../sts/service.ts'
import { iamOperations } from './service.ts'

let account: Account
beforeEach(async () => {
  account = await openAccount()
})

const asRoot = (name: string, input?: object) => account.call(account.root, name, input)
const refused = (code: string, message: string) => new ApiError(code, message)

describe('inline policies', () => {
  // White space and each character that percent-encoding must not forget.
  const PolicyDocument = JSON.stringify(
    { Version: '2012-10-17', Statement: allow('s3:*', "arn:aws:s3:::b/it's(!)~é") },
    null,
    2,
  )
  const put = (PolicyName: string, document = PolicyDocument) =>
    asRoot('PutUserPolicy', { UserName: 'bob', PolicyName, PolicyDocument: document })

  beforeEach(() => asRoot('CreateUser', { UserName: 'bob' }))

  test('are put, shown as they were, listed and deleted', async () => {
    for (const name of ['b', 'C', 'a']) await put(name)
    const shown = await asRoot('GetUserPolicy', { UserName: 'BOB', PolicyName: 'a' })
    expect(shown).toMatchObject({ UserName: 'bob', PolicyName: 'a' })
    expect(shown.PolicyDocument).toMatch(/^[A-Za-z0-9%._~-]+$/)
    expect(decodeURIComponent(shown.PolicyDocument)).toBe(PolicyDocument)

    const first = await asRoot('ListUserPolicies', { UserName: 'bob', MaxItems: 2 })
    expect(first).toMatchObject({ PolicyNames: ['C', 'a'], IsTruncated: true })
    const { Marker } = first
    expect(await asRoot('ListUserPolicies', { UserName: 'bob', Marker })).toEqual({
      PolicyNames: ['b'],
      IsTruncated: false,
    })
    await asRoot('DeleteUserPolicy', { UserName: 'bob', PolicyName: 'a' })
    const missing = refused('NoSuchEntity', 'The user policy with name a cannot be found.')
    for (const name of ['GetUserPolicy', 'DeleteUserPolicy']) {
      await expect(asRoot(name, { UserName: 'bob', PolicyName: 'a' })).rejects.toThrow(missing)
    }
  })

  test('of bad grammar are refused', async () => {
    await expect(put('p', '{}')).rejects.toThrow(
      refused('MalformedPolicyDocument', 'Syntax errors in policy.'),
    )
  })

  test('hold 2,048 bytes together, white space not counted', async () => {
    const statement = (length: number) =>
      JSON.stringify({ Statement: { ...allow('s3:*'), Sid: 'x'.repeat(length) } }, null, 4)
    const rest = statement(0).replace(/\s/g, '').length
    await put('a', statement(1000 - rest))
    await put('b', statement(1048 - rest))
    await put('a', statement(1000 - rest))
    await expect(put('c', statement(0))).rejects.toThrow(
      refused('LimitExceeded', 'Maximum policy size of 2048 bytes exceeded for user bob'),
    )
    await expect(put('a', statement(1001 - rest))).rejects.toThrow('Maximum policy size')
  })
})

describe('what a user may do', () => {
  const everything: Array<[string, object]> = [
    ['CreateUser', { UserName: 'new' }],
    ['GetUser', {}],
    ['ListUsers', {}],
    ['DeleteUser', { UserName: 'bob' }],
    ['CreateAccessKey', {}],
    ['ListAccessKeys', {}],
    ['UpdateAccessKey', { AccessKeyId: 'AKIA0000000000000001', Status: 'Inactive' }],
    ['DeleteAccessKey', { AccessKeyId: 'AKIA0000000000000001' }],
    ['GetAccessKeyLastUsed', { AccessKeyId: 'AKIA0000000000000001' }],
    ['PutUserPolicy', { UserName: 'bob', PolicyName: 'p', PolicyDocument: '{}' }],
    ['GetUserPolicy', { UserName: 'bob', PolicyName: 'p' }],
    ['ListUserPolicies', { UserName: 'bob' }],
    ['DeleteUserPolicy', { UserName: 'bob', PolicyName: 'p' }],
    ['GetAccessKeyInfo', { AccessKeyId: 'AKIA0000000000000001' }],
  ]

  test('the table names every guarded operation', () => {
    const guarded = [...Object.entries(iamOperations), ...Object.entries(stsOperations)]
      .filter(([, { unguarded }]) => !unguarded)
      .map(([name]) => name)
    expect(everything.map(([name]) => name).sort()).toEqual(guarded.sort())
  })

  test.each(everything)('%s: nothing without a policy', async (name, input) => {
    const bob = await account.user('bob')
    const service = name in iamOperations ? 'iam' : 'sts'
    await expect(account.call(bob, name, input)).rejects.toThrow(
      `is not authorized to perform: ${service}:${name} on resource: `,
    )
  })

  test.each(everything)('%s: nothing against an explicit deny', async (name, input) => {
    const bob = await account.user('bob', allow('*'), deny(['iam:*', 'sts:*']))
    await expect(account.call(bob, name, input)).rejects.toThrow(
      /with an explicit deny in an identity-based policy$/,
    )
  })

  test('GetCallerIdentity is open to all', async () => {
    const bob = await account.user('bob', deny('*'))
    expect(await account.call(bob, 'GetCallerIdentity')).toEqual({
      UserId: bob.principalId,
      Account: accountId,
      Arn: 'arn:aws:iam::111122223333:user/bob',
    })
    expect(await asRoot('GetCallerIdentity')).toEqual({
      UserId: accountId,
      Account: accountId,
      Arn: 'arn:aws:iam::111122223333:root',
    })
    expect(await asRoot('GetAccessKeyInfo', { AccessKeyId: bob.accessKeyId })).toEqual({
      Account: accountId,
    })
    await expect(asRoot('GetAccessKeyInfo', { AccessKeyId: 'AKIANOBODYHASTHIS' })).rejects.toThrow(
      ApiError,
    )
  })

  test('refusals in the words of AWS', async () => {
    const bob = await account.user('bob')
    const who = 'User: arn:aws:iam::111122223333:user/bob is not authorized to perform:'
    const why = (action: string) => `because no identity-based policy allows the ${action} action`
    const arn = 'arn:aws:iam::111122223333:user/'
    for (const [name, input, resource] of [
      ['CreateUser', { UserName: 'x', Path: '/p/' }, `${arn}p/x`],
      ['ListUsers', {}, arn],
      ['ListUsers', { PathPrefix: '/p/' }, `${arn}p/`],
      ['GetUser', {}, 'user bob'],
      ['DeleteUser', { UserName: 'nobody' }, 'user nobody'],
      ['GetAccessKeyLastUsed', { AccessKeyId: bob.accessKeyId }, 'user bob'],
      ['GetAccessKeyLastUsed', { AccessKeyId: 'AKIANOBODYHASTHIS' }, '*'],
    ] as const) {
      const message = `${who} iam:${name} on resource: ${resource} ${why(`iam:${name}`)}`
      await expect(account.call(bob, name, input)).rejects.toThrow(refused('AccessDenied', message))
    }
  })

  test('a user that may manage itself reaches nobody else', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy's variable
    const self = 'arn:aws:iam::*:user/${aws:username}'
    const bob = await account.user('bob', allow(['iam:*AccessKey*', 'iam:GetUser'], self))
    await account.user('alice')
    await account.call(bob, 'CreateAccessKey')
    await account
      .call(bob, 'CreateAccessKey', { UserName: 'bob' })
      .catch(({ code }) => expect(code).toBe('LimitExceeded'))
    for (const [name, input] of [
      ['CreateAccessKey', { UserName: 'alice' }],
      ['GetUser', { UserName: 'alice' }],
      ['CreateUser', { UserName: 'bob2' }],
      ['PutUserPolicy', { UserName: 'bob', PolicyName: 'p', PolicyDocument: '{}' }],
    ] as const) {
      await expect(account.call(bob, name, input)).rejects.toThrow('is not authorized')
    }
  })

  test('a path counts, and another case of a name is the same user', async () => {
    const arn = 'arn:aws:iam::111122223333:user/admin/*'
    const bob = await account.user('bob', allow('*'), deny('iam:*', arn))
    await asRoot('CreateUser', { UserName: 'Chief', Path: '/admin/' })
    for (const UserName of ['Chief', 'chief', 'CHIEF']) {
      await expect(account.call(bob, 'DeleteUser', { UserName })).rejects.toThrow('explicit deny')
    }
    await expect(
      account.call(bob, 'CreateUser', { UserName: 'x', Path: '/admin/' }),
    ).rejects.toThrow('explicit deny')
  })

  test('conditions know the tags that a call sets, and those of its caller', async () => {
    const only = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } }
    const own = '$' + '{aws:PrincipalTag/team}'
    const team = { StringEquals: { 'aws:RequestTag/team': own } }
    const bob = await account.user('bob', { ...allow('iam:*'), Condition: { ...only, ...team } })
    const make = (...Tags: object[]) => account.call(bob, 'CreateUser', { UserName: 'x', Tags })
    const refusal = 'is not authorized to perform: iam:CreateUser'
    const red = { Key: 'team', Value: 'red' }
    await expect(make(red)).rejects.toThrow(refusal)

    const tx = account.state.begin()
    const key = `${accountId}/bob`
    tx.put('iam-user', key, { ...tx.get<object>('iam-user', key), tags: [red] })
    await account.state.commit(tx)
    await expect(make()).rejects.toThrow(refusal)
    await expect(make({ ...red, Value: 'blue' })).rejects.toThrow(refusal)
    await expect(make(red, { Key: 'admin', Value: 'yes' })).rejects.toThrow(refusal)
    await make(red)
  })

  test('the time of a call has no fractions: its last second counts', async () => {
    const last = { DateLessThanEquals: { 'aws:CurrentTime': '2026-11-21T04:44:23Z' } }
    const bob = await account.user('bob', { ...allow('iam:*'), Condition: last })
    expect(account.clock.now() % 1000).toBe(456)
    await account.call(bob, 'ListUsers')
  })

  test('a permission taken away meanwhile: the call meets a conflict', async () => {
    const bob = await account.user('bob', allow('iam:CreateUser'))
    const ends = await Promise.allSettled([
      asRoot('DeleteUserPolicy', { UserName: 'bob', PolicyName: 'p' }),
      account.call(bob, 'CreateUser', { UserName: 'new' }),
    ])
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })
})
