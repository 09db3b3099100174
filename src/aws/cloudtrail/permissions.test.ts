// Which ARN a policy must allow for each operation on trails.
import { beforeEach, expect, test } from 'vitest'
import { allow } from '../../../test/account.ts'
import { arnOf, openTrailAccount, type TrailAccount } from '../../../test/trail-account.ts'

let t: TrailAccount
beforeEach(async () => {
  t = await openTrailAccount()
  for (const Name of ['mine', 'other']) {
    await t.call('CreateTrail', { Name, S3BucketName: 'logs' })
  }
})

const onOne = [
  ['UpdateTrail', (Name: string) => ({ Name })],
  ['GetTrail', (Name: string) => ({ Name })],
  ['GetTrailStatus', (Name: string) => ({ Name })],
  ['StartLogging', (Name: string) => ({ Name })],
  ['StopLogging', (Name: string) => ({ Name })],
  ['GetEventSelectors', (TrailName: string) => ({ TrailName })],
  ['PutEventSelectors', (TrailName: string) => ({ TrailName, AdvancedEventSelectors: [] })],
  ['PutInsightSelectors', (TrailName: string) => ({ TrailName, InsightSelectors: [] })],
  ['AddTags', (ResourceId: string) => ({ ResourceId, TagsList: [] })],
  ['RemoveTags', (ResourceId: string) => ({ ResourceId, TagsList: [] })],
  ['ListTags', (ResourceId: string) => ({ ResourceIdList: [ResourceId] })],
  ['DeleteTrail', (Name: string) => ({ Name })],
] as const

test.each(onOne)('%s is allowed trail by trail', async (name, input) => {
  const as = await t.account.user('bob', allow(`cloudtrail:${name}`, arnOf('mine')))
  await t.call(name, input(arnOf('mine')), { as })
  const denied = `cloudtrail:${name} on resource: ${arnOf('other')} because no identity-based policy`
  expect(await t.refusal(name, input(arnOf('other')), { as })).toContain(denied)
})

test('a name is asked about by its ARN, also of a trail to be made', async () => {
  const as = await t.account.user('bob', allow('cloudtrail:*', arnOf('new*')))
  await t.call('CreateTrail', { Name: 'new-one', S3BucketName: 'logs' }, { as })
  await t.call('StartLogging', { Name: 'new-one' }, { as })
  expect(await t.refusal('StartLogging', { Name: 'mine' }, { as })).toContain(arnOf('mine'))
  const elsewhere = { Name: 'new-one', S3BucketName: 'logs' }
  expect(await t.refusal('CreateTrail', elsewhere, { as, region: 'eu-west-1' })).toContain(
    arnOf('new-one', 'eu-west-1'),
  )
})

test('ListTags needs each of its trails', async () => {
  const as = await t.account.user('bob', allow('cloudtrail:ListTags', arnOf('mine')))
  const both = { ResourceIdList: [arnOf('mine'), arnOf('other')] }
  expect(await t.refusal('ListTags', both, { as })).toContain(arnOf('other'))
})

test.each(['DescribeTrails', 'ListTrails'])('%s is allowed on everything or not', async (name) => {
  const some = await t.account.user('some', allow(`cloudtrail:${name}`, arnOf('*')))
  expect(await t.refusal(name, {}, { as: some })).toContain(`cloudtrail:${name} on resource: *`)
  const all = await t.account.user('all', allow(`cloudtrail:${name}`))
  await t.call(name, {}, { as: all })
})
