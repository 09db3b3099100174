// The operations as the wire layer runs them: authorised, run, committed; over state in memory.
import { beforeEach, describe, expect, test } from 'vitest'
import { MemoryState } from '../../../test/memory-state.ts'
import type { Clock } from '../../clock.ts'
import { ApiError } from '../../errors.ts'
import { type Identity, openIdentity } from '../../identity/identity.ts'
import { rootCredential } from '../../identity/root.ts'
import type { Ids } from '../../ids.ts'
import type { Principal } from '../../operation.ts'
import { stsOperations } from '../sts/service.ts'
import { iamOperations } from './service.ts'

const accountId = '111122223333'
const start = Date.parse('2026-11-21T04:44:23Z')

let state: MemoryState
let identity: Identity
let clock: Clock & { time: number; due: (() => void)[] }
let ids: Ids
let root: Principal

beforeEach(async () => {
  state = new MemoryState()
  clock = {
    time: start,
    due: [],
    now: () => clock.time,
    after(_, task) {
      clock.due.push(task)
      return () => clock.due.splice(clock.due.indexOf(task), 1)
    },
  }
  let made = 0
  ids = {
    uuid: () => 'uuid',
    unique: (prefix) => `${prefix}${String(++made).padStart(16, '0')}`,
    secret: () => `secret ${++made}`,
  }
  identity = openIdentity(state, clock)
  const tx = state.begin()
  const key = rootCredential(tx, { clock, ids }, accountId)!
  await state.commit(tx)
  root = identity.credential(key.accessKeyId)!.principal
})

/** The answer, or throws what the caller would be told. */
async function call(principal: Principal, name: string, input: object = {}): Promise<any> {
  const [service, operation] = iamOperations[name]
    ? ['iam', iamOperations[name]]
    : ['sts', stsOperations[name]!]
  const caller = { ...principal, region: 'us-east-1' }
  const tx = state.begin()
  if (!operation.unguarded) {
    const access = identity.authorize(tx, {
      principal,
      action: `${service}:${name}`,
      resources: operation.resources?.(input, caller, tx) ?? [],
      facts: { now: clock.now(), sourceIp: '10.0.0.1', secureTransport: true, region: 'us-east-1' },
    })
    if (!access.allowed) throw new ApiError('AccessDenied', access.message)
  }
  const { signal } = new AbortController()
  const services = identity.services
  const context = { caller, tx, services, clock, ids, requestId: 'r', signal }
  const output = await operation.run(input, context)
  expect(operation.access === 'write' || !tx.dirty).toBe(true)
  if (tx.dirty) await state.commit(tx)
  return output
}

const asRoot = (name: string, input?: object) => call(root, name, input)

/** A user with a key and, if given, one policy of these statements. */
async function aUser(UserName: string, ...statements: object[]): Promise<Principal> {
  await asRoot('CreateUser', { UserName })
  if (statements.length > 0) {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
    await asRoot('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument })
  }
  const { AccessKey } = await asRoot('CreateAccessKey', { UserName })
  return identity.credential(AccessKey.AccessKeyId)!.principal
}

const denied = (code: string, message: string) => new ApiError(code, message)
const noUser = denied('NoSuchEntity', 'The user with name bob cannot be found.')
const allow = (Action: unknown, Resource: unknown = '*') => ({ Effect: 'Allow', Action, Resource })
const deny = (Action: unknown, Resource: unknown = '*') => ({ Effect: 'Deny', Action, Resource })

describe('users', () => {
  test('are made, shown, listed and deleted', async () => {
    const Tags = [{ Key: 'Team', Value: 'a' }]
    const { User } = await asRoot('CreateUser', { UserName: 'Bob', Path: '/eng/', Tags })
    expect(User).toEqual({
      Path: '/eng/',
      UserName: 'Bob',
      UserId: expect.stringMatching(/^AIDA/),
      Arn: 'arn:aws:iam::111122223333:user/eng/Bob',
      CreateDate: new Date(start),
      Tags,
    })
    expect(await asRoot('GetUser', { UserName: 'bob' })).toEqual({ User })
    const { Tags: _, ...listed } = User
    expect(await asRoot('ListUsers')).toEqual({ Users: [listed], IsTruncated: false })
    expect(await asRoot('DeleteUser', { UserName: 'BOB' })).toEqual({})
    await expect(asRoot('GetUser', { UserName: 'bob' })).rejects.toThrow(noUser)
  })

  test('GetUser without a name is the caller', async () => {
    expect(await asRoot('GetUser')).toEqual({
      User: {
        UserId: accountId,
        Arn: 'arn:aws:iam::111122223333:root',
        CreateDate: new Date(start),
      },
    })
    const bob = await aUser('bob', allow('iam:GetUser'))
    expect(await call(bob, 'GetUser')).toMatchObject({ User: { UserName: 'bob' } })
  })

  test('names are taken whatever their case', async () => {
    await asRoot('CreateUser', { UserName: 'bob' })
    await expect(asRoot('CreateUser', { UserName: 'BOB' })).rejects.toThrow(
      denied('EntityAlreadyExists', 'User with name BOB already exists.'),
    )
  })

  test('two calls that make the same user: one meets a conflict', async () => {
    const calls = [1, 2].map(() => asRoot('CreateUser', { UserName: 'bob' }))
    const ends = await Promise.allSettled(calls)
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('two calls that make different users do not meet', async () => {
    await Promise.all(['a', 'b', 'c'].map((UserName) => asRoot('CreateUser', { UserName })))
  })

  test('what is not built or not right is refused', async () => {
    const boundary = { UserName: 'bob', PermissionsBoundary: 'arn:aws:iam::aws:policy/Any' }
    await expect(asRoot('CreateUser', boundary)).rejects.toThrow(
      denied('NotImplemented', 'Permissions boundaries are not built yet.'),
    )
    const Tags = [
      { Key: 'a', Value: '1' },
      { Key: 'A', Value: '2' },
    ]
    await expect(asRoot('CreateUser', { UserName: 'bob', Tags })).rejects.toThrow(
      denied(
        'InvalidInput',
        'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      ),
    )
  })

  test('at most 5,000 in an account', async () => {
    const tx = state.begin()
    for (let i = 0; i < 4_999; i++) tx.put('iam-user', `${accountId}/u${i}`, { path: '/' })
    await state.commit(tx)
    await asRoot('CreateUser', { UserName: 'last' })
    const refusal = denied('LimitExceeded', 'Cannot exceed quota for UsersPerAccount: 5000')
    await expect(asRoot('CreateUser', { UserName: 'over' })).rejects.toThrow(refusal)
    await asRoot('DeleteUser', { UserName: 'last' })
    await asRoot('CreateUser', { UserName: 'again' })
  })

  test('ListUsers pages by name, and under a path', async () => {
    for (const UserName of ['d', 'B', 'a', 'C', 'e']) {
      await asRoot('CreateUser', { UserName, Path: UserName === 'a' ? '/' : '/x/' })
    }
    const names: string[][] = []
    let Marker: string | undefined
    do {
      const page = await asRoot('ListUsers', { PathPrefix: '/x/', MaxItems: 2, Marker })
      names.push(page.Users.map(({ UserName }: { UserName: string }) => UserName))
      expect(page.IsTruncated).toBe(page.Marker !== undefined)
      Marker = page.Marker
      // What is deleted between pages takes nothing else away.
      if (names.length === 1) await asRoot('DeleteUser', { UserName: 'c' })
    } while (Marker)
    expect(names).toEqual([
      ['B', 'C'],
      ['d', 'e'],
    ])
    await expect(asRoot('ListUsers', { Marker: 'YWJj' })).rejects.toThrow(
      denied('ValidationException', 'Invalid Marker.'),
    )
  })

  test('DeleteUser wants keys and policies gone first', async () => {
    const { accessKeyId: AccessKeyId } = await aUser('bob', allow('*'))
    const refusal = (what: string) =>
      denied('DeleteConflict', `Cannot delete entity, must delete ${what} first.`)
    const UserName = 'bob'
    await expect(asRoot('DeleteUser', { UserName })).rejects.toThrow(refusal('access keys'))
    await asRoot('DeleteAccessKey', { UserName, AccessKeyId })
    await expect(asRoot('DeleteUser', { UserName })).rejects.toThrow(refusal('policies'))
    await asRoot('DeleteUserPolicy', { UserName, PolicyName: 'p' })
    await asRoot('DeleteUser', { UserName })
  })

  test.each([
    ['GetUser', {}],
    ['DeleteUser', {}],
    ['CreateAccessKey', {}],
    ['ListAccessKeys', {}],
    ['UpdateAccessKey', { AccessKeyId: 'AKIA0000000000000001', Status: 'Inactive' }],
    ['DeleteAccessKey', { AccessKeyId: 'AKIA0000000000000001' }],
    ['PutUserPolicy', { PolicyName: 'p', PolicyDocument: '{}' }],
    ['GetUserPolicy', { PolicyName: 'p' }],
    ['ListUserPolicies', {}],
    ['DeleteUserPolicy', { PolicyName: 'p' }],
  ])('%s of a user that is not there', async (name, input) => {
    await expect(asRoot(name, { UserName: 'bob', ...input })).rejects.toThrow(noUser)
  })
})

describe('access keys', () => {
  test('are made with a secret that no other answer has', async () => {
    await asRoot('CreateUser', { UserName: 'bob' })
    const { AccessKey } = await asRoot('CreateAccessKey', { UserName: 'BOB' })
    expect(AccessKey).toEqual({
      UserName: 'bob',
      AccessKeyId: expect.stringMatching(/^AKIA/),
      Status: 'Active',
      SecretAccessKey: expect.stringMatching(/^secret/),
      CreateDate: new Date(start),
    })
    const { SecretAccessKey, ...metadata } = AccessKey
    expect(await asRoot('ListAccessKeys', { UserName: 'bob' })).toEqual({
      AccessKeyMetadata: [metadata],
      IsTruncated: false,
    })
    expect(identity.credential(AccessKey.AccessKeyId)).toEqual({
      secret: SecretAccessKey,
      active: true,
      principal: {
        type: 'IAMUser',
        accountId,
        arn: 'arn:aws:iam::111122223333:user/bob',
        principalId: expect.stringMatching(/^AIDA/),
        userName: 'bob',
        accessKeyId: AccessKey.AccessKeyId,
      },
    })
  })

  test('two for a user, also when made at once', async () => {
    await aUser('bob')
    const make = () => asRoot('CreateAccessKey', { UserName: 'bob' })
    const ends = await Promise.allSettled([make(), make(), make()])
    expect(ends.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    const refusal = denied('LimitExceeded', 'Cannot exceed quota for AccessKeysPerUser: 2')
    await expect(make()).rejects.toThrow(refusal)
    const { AccessKeyMetadata } = await asRoot('ListAccessKeys', { UserName: 'bob' })
    expect(AccessKeyMetadata.length).toBe(2)
  })

  test('the root has its own, without a name', async () => {
    const { AccessKey } = await asRoot('CreateAccessKey')
    expect(AccessKey.UserName).toBeUndefined()
    await expect(asRoot('CreateAccessKey')).rejects.toThrow('AccessKeysPerUser: 2')
    const { AccessKeyMetadata } = await asRoot('ListAccessKeys')
    expect(AccessKeyMetadata.map((key: any) => key.AccessKeyId)).toEqual([
      root.accessKeyId,
      AccessKey.AccessKeyId,
    ])
    await asRoot('DeleteAccessKey', { AccessKeyId: AccessKey.AccessKeyId })
    expect(identity.credential(AccessKey.AccessKeyId)).toBeUndefined()
    expect(identity.credential(root.accessKeyId)?.principal).toEqual({
      type: 'Root',
      accountId,
      arn: 'arn:aws:iam::111122223333:root',
      principalId: accountId,
      accessKeyId: root.accessKeyId,
    })
  })

  test('are switched off and on', async () => {
    const { accessKeyId: AccessKeyId } = await aUser('bob')
    const update = (Status: string) =>
      asRoot('UpdateAccessKey', { UserName: 'bob', AccessKeyId, Status })
    await update('Inactive')
    expect(identity.credential(AccessKeyId)?.active).toBe(false)
    const { AccessKeyMetadata } = await asRoot('ListAccessKeys', { UserName: 'bob' })
    expect(AccessKeyMetadata[0].Status).toBe('Inactive')
    await update('Active')
    expect(identity.credential(AccessKeyId)?.active).toBe(true)
    await expect(update('Expired')).rejects.toThrow(ApiError)
  })

  test('belong to one owner: nobody reaches a key by another name', async () => {
    const bob = await aUser('bob', allow('iam:*AccessKey'))
    const alice = await aUser('alice')
    const refusal = (id: string) =>
      denied('NoSuchEntity', `The Access Key with id ${id} cannot be found`)
    for (const AccessKeyId of [root.accessKeyId, alice.accessKeyId]) {
      for (const [name, more] of [
        ['DeleteAccessKey', {}],
        ['UpdateAccessKey', { Status: 'Inactive' }],
      ] as const) {
        const input = { AccessKeyId, ...more }
        await expect(call(bob, name, input)).rejects.toThrow(refusal(AccessKeyId))
      }
      const input = { UserName: 'bob', AccessKeyId }
      await expect(asRoot('DeleteAccessKey', input)).rejects.toThrow(refusal(AccessKeyId))
    }
    await expect(asRoot('DeleteAccessKey', { AccessKeyId: bob.accessKeyId })).rejects.toThrow(
      refusal(bob.accessKeyId),
    )
  })
})

describe('the last use of a key', () => {
  const use = { at: start + 1000, region: 'eu-west-1', service: 's3' }
  const lastUse = (AccessKeyId: string) => asRoot('GetAccessKeyLastUsed', { AccessKeyId })

  test('is N/A before there is one, then the latest', async () => {
    const bob = await aUser('bob')
    expect(await lastUse(bob.accessKeyId)).toEqual({
      UserName: 'bob',
      AccessKeyLastUsed: { LastUsedDate: undefined, ServiceName: 'N/A', Region: 'N/A' },
    })
    identity.noteUse(bob, use)
    identity.noteUse(bob, { at: start, region: 'us-east-1', service: 'iam' })
    expect((await lastUse(bob.accessKeyId)).AccessKeyLastUsed).toEqual({
      LastUsedDate: new Date(use.at),
      ServiceName: 's3',
      Region: 'eu-west-1',
    })
  })

  test('is folded into state once a minute and outlives the process', async () => {
    const bob = await aUser('bob')
    for (let i = 0; i < 1000; i++) identity.noteUse(bob, { ...use, at: use.at + i })
    expect(clock.due.length).toBe(1)
    clock.due.shift()!()
    await Promise.resolve()
    identity = openIdentity(state, clock)
    const { AccessKeyLastUsed } = await lastUse(bob.accessKeyId)
    expect(AccessKeyLastUsed.LastUsedDate).toEqual(new Date(use.at + 999))
  })

  test('is written at the end, and nothing is left of a deleted key', async () => {
    const bob = await aUser('bob')
    identity.noteUse(bob, use)
    await identity.close()
    identity.noteUse(bob, { ...use, at: use.at + 1 })
    await asRoot('DeleteAccessKey', { UserName: 'bob', AccessKeyId: bob.accessKeyId })
    await identity.close()
    expect(state.begin().list('iam-access-key-use')).toEqual([])
    await expect(lastUse(bob.accessKeyId)).rejects.toThrow(
      denied('NoSuchEntity', `The Access Key with id ${bob.accessKeyId} cannot be found`),
    )
  })

  test('is kept when state does not take it, for the next time', async () => {
    const bob = await aUser('bob')
    identity.noteUse(bob, use)
    const { commit } = state
    state.commit = () => Promise.reject(new Error('disk full'))
    await identity.close()
    state.commit = commit
    await identity.close()
    expect(state.begin().get('iam-access-key-use', bob.accessKeyId)).toEqual(use)
  })
})

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
    const missing = denied('NoSuchEntity', 'The user policy with name a cannot be found.')
    for (const name of ['GetUserPolicy', 'DeleteUserPolicy']) {
      await expect(asRoot(name, { UserName: 'bob', PolicyName: 'a' })).rejects.toThrow(missing)
    }
  })

  test('of bad grammar are refused', async () => {
    await expect(put('p', '{}')).rejects.toThrow(
      denied('MalformedPolicyDocument', 'Syntax errors in policy.'),
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
      denied('LimitExceeded', 'Maximum policy size of 2048 bytes exceeded for user bob'),
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
    const bob = await aUser('bob')
    const service = name in iamOperations ? 'iam' : 'sts'
    await expect(call(bob, name, input)).rejects.toThrow(
      `is not authorized to perform: ${service}:${name} on resource: `,
    )
  })

  test.each(everything)('%s: nothing against an explicit deny', async (name, input) => {
    const bob = await aUser('bob', allow('*'), deny(['iam:*', 'sts:*']))
    await expect(call(bob, name, input)).rejects.toThrow(
      /with an explicit deny in an identity-based policy$/,
    )
  })

  test('GetCallerIdentity is open to all', async () => {
    const bob = await aUser('bob', deny('*'))
    expect(await call(bob, 'GetCallerIdentity')).toEqual({
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
    const bob = await aUser('bob')
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
      await expect(call(bob, name, input)).rejects.toThrow(denied('AccessDenied', message))
    }
  })

  test('a user that may manage itself reaches nobody else', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy's variable
    const self = 'arn:aws:iam::*:user/${aws:username}'
    const bob = await aUser('bob', allow(['iam:*AccessKey*', 'iam:GetUser'], self))
    await aUser('alice')
    await call(bob, 'CreateAccessKey')
    await call(bob, 'CreateAccessKey', { UserName: 'bob' }).catch(({ code }) =>
      expect(code).toBe('LimitExceeded'),
    )
    for (const [name, input] of [
      ['CreateAccessKey', { UserName: 'alice' }],
      ['GetUser', { UserName: 'alice' }],
      ['CreateUser', { UserName: 'bob2' }],
      ['PutUserPolicy', { UserName: 'bob', PolicyName: 'p', PolicyDocument: '{}' }],
    ] as const) {
      await expect(call(bob, name, input)).rejects.toThrow('is not authorized')
    }
  })

  test('a path counts, and another case of a name is the same user', async () => {
    const arn = 'arn:aws:iam::111122223333:user/admin/*'
    const bob = await aUser('bob', allow('*'), deny('iam:*', arn))
    await asRoot('CreateUser', { UserName: 'Chief', Path: '/admin/' })
    for (const UserName of ['Chief', 'chief', 'CHIEF']) {
      await expect(call(bob, 'DeleteUser', { UserName })).rejects.toThrow('explicit deny')
    }
    await expect(call(bob, 'CreateUser', { UserName: 'x', Path: '/admin/' })).rejects.toThrow(
      'explicit deny',
    )
  })

  test('a permission taken away meanwhile: the call meets a conflict', async () => {
    const bob = await aUser('bob', allow('iam:CreateUser'))
    const ends = await Promise.allSettled([
      asRoot('DeleteUserPolicy', { UserName: 'bob', PolicyName: 'p' }),
      call(bob, 'CreateUser', { UserName: 'new' }),
    ])
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })
})

describe('the root credential', () => {
  const again = () => rootCredential(state.begin(), { clock, ids }, accountId)

  test('is the same at each start', () => {
    expect(again()).toMatchObject({ accessKeyId: root.accessKeyId, created: false })
  })

  test('does not come back once it is deleted or switched off', async () => {
    const AccessKeyId = root.accessKeyId
    await asRoot('UpdateAccessKey', { AccessKeyId, Status: 'Inactive' })
    expect(again()).toBeUndefined()
    await asRoot('DeleteAccessKey', { AccessKeyId })
    expect(again()).toBeUndefined()
  })
})
