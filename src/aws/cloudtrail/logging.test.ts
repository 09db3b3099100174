// What a trail's status tells: started, stopped, delivered, in this Region.
import { beforeEach, expect, test } from 'vitest'
import {
  arnOf,
  openTrailAccount,
  startedAt,
  type TrailAccount,
} from '../../../test/trail-account.ts'

let t: TrailAccount
beforeEach(async () => {
  t = await openTrailAccount()
  await t.call('CreateTrail', { Name: 'one', S3BucketName: 'logs', IsMultiRegionTrail: true })
})

const status = (region?: string) => t.call('GetTrailStatus', { Name: arnOf('one') }, { region })
const fresh = {
  IsLogging: false,
  LatestDeliveryAttemptTime: '',
  LatestDeliveryAttemptSucceeded: '',
  LatestNotificationAttemptTime: '',
  LatestNotificationAttemptSucceeded: '',
  TimeLoggingStarted: '',
  TimeLoggingStopped: '',
}

test('a fresh trail does not log and has done nothing', async () => {
  expect(await status()).toEqual(fresh)
  expect(await status('eu-west-1')).toEqual(fresh)
})

test('a trail is started and stopped, by name and by ARN, seen in every Region', async () => {
  expect(await t.call('StartLogging', { Name: 'one' })).toEqual({})
  const started = {
    ...fresh,
    IsLogging: true,
    StartLoggingTime: new Date(startedAt),
    TimeLoggingStarted: '2026-11-21T04:44:23Z',
  }
  expect(await status()).toEqual(started)
  t.now += 60_000
  expect(await t.call('StopLogging', { Name: arnOf('one') })).toEqual({})
  expect(await status('sa-east-1')).toEqual({
    ...started,
    IsLogging: false,
    StopLoggingTime: new Date(startedAt + 60_000),
    TimeLoggingStopped: '2026-11-21T04:45:23Z',
  })
})

test('starting or stopping twice changes nothing', async () => {
  await t.call('StopLogging', { Name: 'one' })
  await t.call('StartLogging', { Name: 'one' })
  const before = await status()
  t.now += 60_000
  await t.call('StartLogging', { Name: 'one' })
  expect(await status()).toEqual(before)
  expect([...t.changes().values()].flat().map(({ version }) => version)).toEqual([1, 2])
})

test('what delivery and digests keep is told, of this Region', async () => {
  const { id } = [...t.trails().values()][0]!
  const tx = t.account.state.begin()
  tx.put('trail-status', `${id}/eu-west-1`, {
    latestDeliveryTime: startedAt,
    latestDeliveryError: 'NoSuchBucket',
    latestAttemptTime: startedAt + 1_000,
  })
  tx.put('digest-status', `${id}/eu-west-1`, {
    latestDigestDeliveryTime: startedAt + 2_000,
    latestDigestDeliveryError: 'AccessDenied',
  })
  await t.account.state.commit(tx)
  expect(await status()).toEqual(fresh)
  expect(await status('eu-west-1')).toEqual({
    ...fresh,
    LatestDeliveryTime: new Date(startedAt),
    LatestDeliveryError: 'NoSuchBucket',
    LatestDeliveryAttemptTime: '2026-11-21T04:44:24Z',
    LatestDeliveryAttemptSucceeded: '2026-11-21T04:44:23Z',
    LatestDigestDeliveryTime: new Date(startedAt + 2_000),
    LatestDigestDeliveryError: 'AccessDenied',
  })
})
