// Users: made, shown, listed, deleted; each refusal in the words of IAM.
import { beforeEach, describe, expect, test } from 'vitest'
import { type Account, accountId, allow, openAccount, startedAt } from '../../../test/account.ts'
import { ApiError } from '../../errors.ts'

let account: Account
beforeEach(async () => {
  account = await openAccount()
})

const asRoot = (name: string, input?: object) => account.call(account.root, name, input)
const refused = (code: string, message: string) => new ApiError(code, message)
const noUser = refused('NoSuchEntity', 'The user with name bob cannot be found.')

describe('users', () => {
  test('are made, shown, listed and deleted', async () => {
    const Tags = [{ Key: 'Team', Value: 'a' }]
    const { User } = await asRoot('CreateUser', { UserName: 'Bob', Path: '/eng/', Tags })
    expect(User).toEqual({
      Path: '/eng/',
      UserName: 'Bob',
      UserId: expect.stringMatching(/^AIDA/),
      Arn: 'arn:aws:iam::111122223333:user/eng/Bob',
      CreateDate: new Date(startedAt),
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
        CreateDate: new Date(startedAt),
      },
    })
    const bob = await account.user('bob', allow('iam:GetUser'))
    expect(await account.call(bob, 'GetUser')).toMatchObject({ User: { UserName: 'bob' } })
  })

  test('names are taken whatever their case', async () => {
    await asRoot('CreateUser', { UserName: 'bob' })
    await expect(asRoot('CreateUser', { UserName: 'BOB' })).rejects.toThrow(
      refused('EntityAlreadyExists', 'User with name BOB already exists.'),
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
      refused('NotImplemented', 'Permissions boundaries are not built yet.'),
    )
    const Tags = [
      { Key: 'a', Value: '1' },
      { Key: 'A', Value: '2' },
    ]
    await expect(asRoot('CreateUser', { UserName: 'bob', Tags })).rejects.toThrow(
      refused(
        'InvalidInput',
        'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      ),
    )
  })

  test('at most 5,000 in an account', async () => {
    const tx = account.state.begin()
    for (let i = 0; i < 4_999; i++) tx.put('iam-user', `${accountId}/u${i}`, { path: '/' })
    await account.state.commit(tx)
    await asRoot('CreateUser', { UserName: 'last' })
    const refusal = refused('LimitExceeded', 'Cannot exceed quota for UsersPerAccount: 5000')
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
      refused('ValidationException', 'Invalid Marker.'),
    )
  })

  test('DeleteUser wants keys and policies gone first', async () => {
    const { accessKeyId: AccessKeyId } = await account.user('bob', allow('*'))
    const refusal = (what: string) =>
      refused('DeleteConflict', `Cannot delete entity, must delete ${what} first.`)
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
