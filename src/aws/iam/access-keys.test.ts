// Access keys: whose they are, how many, and when they were last used.
import { beforeEach, describe, expect, test } from 'vitest'
import { type Account, accountId, allow, openAccount, startedAt } from '../../../test/account.ts'
import { ApiError } from '../../errors.ts'
import { openIdentity } from '../../identity/identity.ts'
import { rootCredential } from '../../identity/root.ts'

let account: Account
beforeEach(async () => {
  account = await openAccount()
})

const asRoot = (name: string, input?: object) => account.call(account.root, name, input)
const refused = (code: string, message: string) => new ApiError(code, message)

describe('access keys', () => {
  test('are made with a secret that no other answer has', async () => {
    await asRoot('CreateUser', { UserName: 'bob' })
    const { AccessKey } = await asRoot('CreateAccessKey', { UserName: 'BOB' })
    expect(AccessKey).toEqual({
      UserName: 'bob',
      AccessKeyId: expect.stringMatching(/^AKIA/),
      Status: 'Active',
      SecretAccessKey: expect.stringMatching(/^secret/),
      CreateDate: new Date(startedAt),
    })
    const { SecretAccessKey, ...metadata } = AccessKey
    expect(await asRoot('ListAccessKeys', { UserName: 'bob' })).toEqual({
      AccessKeyMetadata: [metadata],
      IsTruncated: false,
    })
    expect(account.identity.credential(AccessKey.AccessKeyId)).toEqual({
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
    await account.user('bob')
    const make = () => asRoot('CreateAccessKey', { UserName: 'bob' })
    const ends = await Promise.allSettled([make(), make(), make()])
    expect(ends.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    const refusal = refused('LimitExceeded', 'Cannot exceed quota for AccessKeysPerUser: 2')
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
      account.root.accessKeyId,
      AccessKey.AccessKeyId,
    ])
    await asRoot('DeleteAccessKey', { AccessKeyId: AccessKey.AccessKeyId })
    expect(account.identity.credential(AccessKey.AccessKeyId)).toBeUndefined()
    expect(account.identity.credential(account.root.accessKeyId)?.principal).toEqual({
      type: 'Root',
      accountId,
      arn: 'arn:aws:iam::111122223333:root',
      principalId: accountId,
      accessKeyId: account.root.accessKeyId,
    })
  })

  test('are paged whatever ids they were given', async () => {
    const account = await openAccount()
    const made = ['AKIAZ', 'AKIAB']
    const ids = {
      ...account.ids,
      unique: (prefix: string) => (prefix === 'AKIA' ? made.shift()! : prefix),
    }
    Object.assign(account, { ids })
    await account.user('bob')
    await account.call(account.root, 'CreateAccessKey', { UserName: 'bob' })
    const found: string[] = []
    let Marker: string | undefined
    do {
      const input = { UserName: 'bob', MaxItems: 1, Marker }
      const page = await account.call(account.root, 'ListAccessKeys', input)
      found.push(page.AccessKeyMetadata[0].AccessKeyId)
      Marker = page.Marker
    } while (Marker)
    expect(found).toEqual(['AKIAB', 'AKIAZ'])
  })

  test('are switched off and on', async () => {
    const { accessKeyId: AccessKeyId } = await account.user('bob')
    const update = (Status: string) =>
      asRoot('UpdateAccessKey', { UserName: 'bob', AccessKeyId, Status })
    await update('Inactive')
    expect(account.identity.credential(AccessKeyId)?.active).toBe(false)
    const { AccessKeyMetadata } = await asRoot('ListAccessKeys', { UserName: 'bob' })
    expect(AccessKeyMetadata[0].Status).toBe('Inactive')
    await update('Active')
    expect(account.identity.credential(AccessKeyId)?.active).toBe(true)
    await expect(update('Expired')).rejects.toThrow(ApiError)
  })

  test('belong to one owner: nobody reaches a key by another name', async () => {
    const bob = await account.user('bob', allow('iam:*AccessKey'))
    const alice = await account.user('alice')
    const refusal = (id: string) =>
      refused('NoSuchEntity', `The Access Key with id ${id} cannot be found`)
    for (const AccessKeyId of [account.root.accessKeyId, alice.accessKeyId]) {
      for (const [name, more] of [
        ['DeleteAccessKey', {}],
        ['UpdateAccessKey', { Status: 'Inactive' }],
      ] as const) {
        const input = { AccessKeyId, ...more }
        await expect(account.call(bob, name, input)).rejects.toThrow(refusal(AccessKeyId))
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
  const use = { at: startedAt + 1000, region: 'eu-west-1', service: 's3' }
  const lastUse = (AccessKeyId: string) => asRoot('GetAccessKeyLastUsed', { AccessKeyId })

  test('is N/A before there is one, then the latest', async () => {
    const bob = await account.user('bob')
    expect(await lastUse(bob.accessKeyId)).toEqual({
      UserName: 'bob',
      AccessKeyLastUsed: { LastUsedDate: undefined, ServiceName: 'N/A', Region: 'N/A' },
    })
    account.identity.noteUse(bob, use)
    account.identity.noteUse(bob, { at: startedAt, region: 'us-east-1', service: 'iam' })
    expect((await lastUse(bob.accessKeyId)).AccessKeyLastUsed).toEqual({
      LastUsedDate: new Date(use.at),
      ServiceName: 's3',
      Region: 'eu-west-1',
    })
  })

  test('is folded into state once a minute and outlives the process', async () => {
    const bob = await account.user('bob')
    for (let i = 0; i < 1000; i++) account.identity.noteUse(bob, { ...use, at: use.at + i * 1000 })
    expect(account.due.length).toBe(1)
    account.due.shift()!()
    await Promise.resolve()
    account.identity = openIdentity(account.state, account.clock)
    const { AccessKeyLastUsed } = await lastUse(bob.accessKeyId)
    expect(AccessKeyLastUsed.LastUsedDate).toEqual(new Date(use.at + 999_000))
  })

  test('is written at the end, and nothing is left of a deleted key', async () => {
    const bob = await account.user('bob')
    account.identity.noteUse(bob, use)
    await account.identity.close()
    account.identity.noteUse(bob, { ...use, at: use.at + 1 })
    await asRoot('DeleteAccessKey', { UserName: 'bob', AccessKeyId: bob.accessKeyId })
    await account.identity.close()
    expect(account.state.begin().list('iam-access-key-use')).toEqual([])
    await expect(lastUse(bob.accessKeyId)).rejects.toThrow(
      refused('NoSuchEntity', `The Access Key with id ${bob.accessKeyId} cannot be found`),
    )
  })

  test('is kept when state does not take it, for the next time', async () => {
    const bob = await account.user('bob')
    account.identity.noteUse(bob, use)
    const { commit } = account.state
    account.state.commit = () => Promise.reject(new Error('disk full'))
    await account.identity.close()
    account.state.commit = commit
    await account.identity.close()
    expect(account.state.begin().get('iam-access-key-use', bob.accessKeyId)).toEqual(use)
  })
})

describe('the root credential', () => {
  const again = () => rootCredential(account.state.begin(), account, accountId)

  test('is the same at each start', () => {
    expect(again()).toMatchObject({ accessKeyId: account.root.accessKeyId, created: false })
  })

  test('does not come back once it is deleted or switched off', async () => {
    const AccessKeyId = account.root.accessKeyId
    await asRoot('UpdateAccessKey', { AccessKeyId, Status: 'Inactive' })
    expect(again()).toBeUndefined()
    await asRoot('DeleteAccessKey', { AccessKeyId })
    expect(again()).toBeUndefined()
  })
})
