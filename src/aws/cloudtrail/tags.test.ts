// Tags of trails: given at birth, added, replaced, removed, listed; each refusal.
import { beforeEach, describe, expect, test } from 'vitest'
import { accountId } from '../../../test/account.ts'
import { arnOf, openTrailAccount, type TrailAccount } from '../../../test/trail-account.ts'

let t: TrailAccount
beforeEach(async () => {
  t = await openTrailAccount()
  await t.call('CreateTrail', { Name: 'one', S3BucketName: 'logs' })
})

const ResourceId = arnOf('one')
const add = (...TagsList: object[]) => t.call('AddTags', { ResourceId, TagsList })
const list = async (...ResourceIdList: string[]) =>
  (await t.call('ListTags', { ResourceIdList })).ResourceTagList
const tags = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ Key: `k${from + i}`, Value: 'v' }))

test('tags are added, replaced, removed by key and listed, an entry for each resource', async () => {
  expect(await list(ResourceId)).toEqual([{ ResourceId, TagsList: [] }])
  expect(await add({ Key: 'Team', Value: 'a' }, { Key: '__proto__' })).toEqual({})
  await add({ Key: 'Team', Value: 'b' }, { Key: 'team', Value: 'ünï +-=._:/@' })
  expect(await list(ResourceId, ResourceId)).toEqual([
    {
      ResourceId,
      TagsList: [
        { Key: 'Team', Value: 'b' },
        { Key: '__proto__' },
        { Key: 'team', Value: 'ünï +-=._:/@' },
      ],
    },
    expect.objectContaining({ ResourceId }),
  ])
  const removed = [{ Key: 'Team', Value: 'not its value' }, { Key: '__proto__' }, { Key: 'none' }]
  expect(await t.call('RemoveTags', { ResourceId, TagsList: removed })).toEqual({})
  expect(await list(ResourceId)).toMatchObject([{ TagsList: [{ Key: 'team' }] }])
  expect(await list()).toEqual([])
})

test('a trail is born with tags', async () => {
  const TagsList = [{ Key: 'a', Value: '1' }]
  await t.call('CreateTrail', { Name: 'two', S3BucketName: 'logs', TagsList })
  expect(await list(arnOf('two'), ResourceId)).toEqual([
    { ResourceId: arnOf('two'), TagsList },
    { ResourceId, TagsList: [] },
  ])
  expect(t.recorded).toEqual(
    [arnOf('two'), ResourceId].map((ARN) => {
      return { ARN, accountId, type: 'AWS::CloudTrail::Trail' }
    }),
  )
})

test('a trail has 50 tags at most', async () => {
  await add(...tags(50))
  await add(...tags(10))
  const more = { ResourceId, TagsList: [{ Key: 'one more' }] }
  expect(await t.refusal('AddTags', more)).toBe(
    'TagsLimitExceededException: A trail can have 50 tags; this call would leave it with 51.',
  )
  const born = { Name: 'two', S3BucketName: 'logs', TagsList: tags(51) }
  expect(await t.refusal('CreateTrail', born)).toMatch(/^TagsLimitExceededException/)
})

describe('refused are', () => {
  test.each([
    ['a key twice', [{ Key: 'a' }, { Key: 'a', Value: '1' }]],
    ['a reserved key', [{ Key: 'aws:mine' }]],
    ['other letters in a key', [{ Key: 'a\nb' }]],
    ['other letters in a value', [{ Key: 'a', Value: '<b>' }]],
  ])('%s', async (_, TagsList) => {
    const code = /^InvalidTagParameterException: /
    expect(await t.refusal('AddTags', { ResourceId, TagsList })).toMatch(code)
    expect(await t.refusal('RemoveTags', { ResourceId, TagsList })).toMatch(code)
    const born = { Name: 'two', S3BucketName: 'logs', TagsList }
    expect(await t.refusal('CreateTrail', born)).toMatch(code)
  })

  const other = (kind: string) => `arn:aws:cloudtrail:us-east-1:${accountId}:${kind}/none`
  test.each([
    ['an unknown trail', arnOf('none'), 'ResourceNotFoundException'],
    [
      'a trail that this Region does not see',
      arnOf('one', 'eu-west-1'),
      'ResourceNotFoundException',
    ],
    ['an unknown store', other('eventdatastore'), 'EventDataStoreNotFoundException'],
    ['an unknown channel', other('channel'), 'ChannelNotFoundException'],
    ['an unknown dashboard', other('dashboard'), 'ResourceNotFoundException'],
    ['what has no tags', other('toString'.toLowerCase()), 'ResourceTypeNotSupportedException'],
    ['a name', 'one', 'CloudTrailARNInvalidException'],
    [
      "another account's trail",
      ResourceId.replace(/\d{12}/, '9'.repeat(12)),
      'CloudTrailARNInvalid',
    ],
    ['a trail no name can be of', arnOf('a/b'), 'CloudTrailARNInvalidException'],
    ['an ARN of something else', 'arn:aws:s3:::logs', 'CloudTrailARNInvalidException'],
  ])('tags of %s', async (_, arn, code) => {
    const refusal = new RegExp(`^${code}`)
    const TagsList = [{ Key: 'a' }]
    expect(await t.refusal('AddTags', { ResourceId: arn, TagsList })).toMatch(refusal)
    expect(await t.refusal('RemoveTags', { ResourceId: arn, TagsList })).toMatch(refusal)
    expect(await t.refusal('ListTags', { ResourceIdList: [ResourceId, arn] })).toMatch(refusal)
  })

  test('more than 20 resources, and a token nobody gave', async () => {
    const ResourceIdList = Array.from({ length: 21 }, () => ResourceId)
    expect(await t.refusal('ListTags', { ResourceIdList })).toMatch(/^ValidationException: /)
    const forged = { ResourceIdList: [ResourceId], NextToken: 'abcd' }
    expect(await t.refusal('ListTags', forged)).toMatch(/^InvalidTokenException: /)
  })
})
