// Event selectors and Insight selectors of a trail: put, replaced, shown, switched off.
import { beforeEach, describe, expect, test } from 'vitest'
import { arnOf, openTrailAccount, type TrailAccount } from '../../../test/trail-account.ts'

let t: TrailAccount
beforeEach(async () => {
  t = await openTrailAccount()
  await t.call('CreateTrail', { Name: 'one', S3BucketName: 'logs' })
})

const TrailName = arnOf('one')
const put = (lists: object) => t.call('PutEventSelectors', { TrailName, ...lists })
const get = () => t.call('GetEventSelectors', { TrailName: 'one' })
const flags = async () => {
  const { Trail } = await t.call('GetTrail', { Name: 'one' })
  return [Trail.HasCustomEventSelectors, Trail.HasInsightSelectors]
}

const all = {
  ReadWriteType: 'All',
  IncludeManagementEvents: true,
  DataResources: [],
  ExcludeManagementEventSources: [],
}
const byDefault = { TrailARN: TrailName, EventSelectors: [all] }
const objects = {
  ReadWriteType: 'ReadOnly',
  IncludeManagementEvents: false,
  DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::b/z', 'arn:aws:s3:::b/a'] }],
  ExcludeManagementEventSources: [],
}
const management = {
  Name: '',
  FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }],
}
const data = {
  FieldSelectors: [
    { Field: 'eventCategory', Equals: ['Data'] },
    { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
  ],
}
const readOnly = (value: string) => ({
  FieldSelectors: [...management.FieldSelectors, { Field: 'readOnly', Equals: [value] }],
})

describe('event selectors', () => {
  test('of an untouched trail are all management events', async () => {
    expect(await get()).toEqual(byDefault)
    expect(await flags()).toEqual([false, false])
  })

  test('are answered as they were put, in their order, with the defaults', async () => {
    const put1 = await put({ EventSelectors: [objects] })
    expect(put1).toEqual({ TrailARN: TrailName, EventSelectors: [objects] })
    expect(await get()).toEqual(put1)
    expect(await flags()).toEqual([true, false])
    expect(await put({ EventSelectors: [{}] })).toEqual(byDefault)
    expect(await flags()).toEqual([false, false])
  })

  test('of one style replace those of the other', async () => {
    await put({ EventSelectors: [objects] })
    const advanced = { TrailARN: TrailName, AdvancedEventSelectors: [management, data] }
    expect(await put({ AdvancedEventSelectors: [management, data] })).toEqual(advanced)
    expect(await get()).toEqual(advanced)
    expect(await flags()).toEqual([true, false])
    await put({ EventSelectors: [objects] })
    expect(await get()).toEqual({ TrailARN: TrailName, EventSelectors: [objects] })
  })

  test('are the default again after an empty advanced list', async () => {
    await put({ AdvancedEventSelectors: [data] })
    expect(await put({ AdvancedEventSelectors: [] })).toEqual(byDefault)
    expect(await flags()).toEqual([false, false])
  })

  test.each([
    ['neither style', {}],
    ['both styles', { EventSelectors: [all], AdvancedEventSelectors: [management] }],
    ['no basic one', { EventSelectors: [] }],
    ['an unknown value', { EventSelectors: [{ ReadWriteType: 'read-only' }] }],
    ['a basic one of nothing', { EventSelectors: [{ IncludeManagementEvents: false }] }],
    [
      'an advanced one of an unknown field',
      { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'other', Equals: ['a'] }] }] },
    ],
  ])('are refused: %s', async (_, lists) => {
    const refusal = await t.refusal('PutEventSelectors', { TrailName, ...lists })
    expect(refusal).toMatch(/^InvalidEventSelectorsException: /)
    expect(await get()).toEqual(byDefault)
  })

  test('of an unknown trail are not found', async () => {
    const unknown = { TrailName: 'none' }
    expect(await t.refusal('GetEventSelectors', unknown)).toMatch(/^TrailNotFoundException: /)
    const lists = { EventSelectors: [all] }
    expect(await t.refusal('PutEventSelectors', { ...unknown, ...lists })).toMatch(
      /^TrailNotFoundException: /,
    )
  })
})

const rate = { InsightType: 'ApiCallRateInsight' }
const errors = { InsightType: 'ApiErrorRateInsight' }
const putInsights = (...InsightSelectors: object[]) =>
  t.call('PutInsightSelectors', { TrailName, InsightSelectors })
const getInsights = () => t.call('GetInsightSelectors', { TrailName })
const off =
  `InsightNotEnabledException: Trail ${TrailName} does not have Insights enabled. ` +
  'Edit the trail settings to enable Insights, and then try the operation again.'

describe('Insight selectors', () => {
  test('are put, shown and switched off with an empty list', async () => {
    expect(await t.refusal('GetInsightSelectors', { TrailName })).toBe(off)
    const both = { TrailARN: TrailName, InsightSelectors: [errors, rate] }
    expect(await putInsights(errors, rate)).toEqual(both)
    expect(await getInsights()).toEqual(both)
    expect(await flags()).toEqual([false, true])
    expect(await putInsights()).toEqual({ TrailARN: TrailName, InsightSelectors: [] })
    expect(await t.refusal('GetInsightSelectors', { TrailName })).toBe(off)
    expect(await flags()).toEqual([false, false])
  })

  test('go when logging stops', async () => {
    await t.call('StartLogging', { Name: 'one' })
    await putInsights(rate)
    await t.call('StopLogging', { Name: 'one' })
    expect(await t.refusal('GetInsightSelectors', { TrailName })).toBe(off)
  })

  test('keep the categories that are given', async () => {
    await put({ AdvancedEventSelectors: [management, data] })
    const selector = { ...rate, EventCategories: ['Data', 'Management'] }
    await putInsights(selector)
    expect((await getInsights()).InsightSelectors).toEqual([selector])
  })

  test.each([
    ['an unknown type', [{ InsightType: 'Other' }]],
    ['no type', [{}]],
    ['a type twice', [rate, rate]],
    ['an unknown category', [{ ...rate, EventCategories: ['Insight'] }]],
    ['a category twice', [{ ...rate, EventCategories: ['Management', 'Management'] }]],
    ['no category', [{ ...rate, EventCategories: [] }]],
    ['data events that are not logged', [{ ...rate, EventCategories: ['Data'] }]],
  ])('are refused: %s', async (_, InsightSelectors) => {
    const refusal = await t.refusal('PutInsightSelectors', { TrailName, InsightSelectors })
    expect(refusal).toMatch(/^InvalidInsightSelectorsException: /)
  })

  const needs = (list: string, selector: object) => ({ [list]: [selector] })
  test.each([
    { logs: 'all', lists: needs('EventSelectors', all), rates: true, fails: true },
    {
      logs: 'writes',
      lists: needs('EventSelectors', { ...all, ReadWriteType: 'WriteOnly' }),
      rates: true,
      fails: true,
    },
    {
      logs: 'reads',
      lists: needs('EventSelectors', { ...all, ReadWriteType: 'ReadOnly' }),
      rates: false,
      fails: true,
    },
    { logs: 'data', lists: needs('EventSelectors', objects), rates: false, fails: false },
    {
      logs: 'all, advanced',
      lists: needs('AdvancedEventSelectors', management),
      rates: true,
      fails: true,
    },
    {
      logs: 'writes, advanced',
      lists: needs('AdvancedEventSelectors', readOnly('false')),
      rates: true,
      fails: true,
    },
    {
      logs: 'reads, advanced',
      lists: needs('AdvancedEventSelectors', readOnly('true')),
      rates: false,
      fails: true,
    },
    {
      logs: 'data, advanced',
      lists: needs('AdvancedEventSelectors', data),
      rates: false,
      fails: false,
    },
  ])('measure what the trail logs: $logs', async ({ lists, rates, fails }) => {
    for (const [selector, isLogged] of [
      [rate, rates],
      [errors, fails],
    ] as const) {
      await put({ EventSelectors: [all] })
      await putInsights(selector)
      if (isLogged) await put(lists)
      else {
        const refusal = await t.refusal('PutEventSelectors', { TrailName, ...lists })
        expect(refusal).toMatch(/^InvalidEventSelectorsException: /)
      }
      await putInsights()
      await put(lists)
      const again = { TrailName, InsightSelectors: [selector] }
      if (isLogged) await t.call('PutInsightSelectors', again)
      else {
        const refusal = await t.refusal('PutInsightSelectors', again)
        expect(refusal).toMatch(/^InvalidInsightSelectorsException: /)
      }
      await putInsights()
    }
  })

  test('need the bucket, and switching off does not', async () => {
    await putInsights(rate)
    t.refusals.set('logs', 'NoSuchBucket')
    const again = { TrailName, InsightSelectors: [rate] }
    expect(await t.refusal('PutInsightSelectors', again)).toMatch(
      /^S3BucketDoesNotExistException: /,
    )
    await putInsights()
  })

  test.each([
    ['nothing named', {}, 'InvalidParameterCombinationException'],
    ['both named', { TrailName, EventDataStore: 'store' }, 'InvalidParameterCombinationException'],
    ['a store', { EventDataStore: 'store' }, 'NotImplemented'],
    ['an unknown trail', { TrailName: 'none' }, 'TrailNotFoundException'],
  ])('of %s are refused', async (_, source, code) => {
    const refusal = new RegExp(`^${code}: `)
    expect(await t.refusal('GetInsightSelectors', source)).toMatch(refusal)
    const wanted = { ...source, InsightSelectors: [] }
    expect(await t.refusal('PutInsightSelectors', wanted)).toMatch(refusal)
  })
})
