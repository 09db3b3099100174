import { beforeEach, describe, expect, test } from 'vitest'
import { type MemoryHistory, memoryHistory } from '../../../test/memory-history.ts'
import { sampleEvent } from '../../../test/sample-events.ts'
import type { Context } from '../../operation.ts'
import { RateLimit } from '../rate-limit.ts'
import { LookupEvents, type LookupServices } from './LookupEvents.ts'

const now = Date.UTC(2026, 10, 21, 12)
let clockMs: number
let history: MemoryHistory
let lookupRate: RateLimit | undefined
const clock = { now: () => clockMs, after: () => () => {} }

beforeEach(() => {
  clockMs = now
  history = memoryHistory()
  lookupRate = undefined
})

/** Calls as an account in a Region; input as the wire layer hands it over. */
function lookup(input: object, caller = { accountId: '111122223333', region: 'us-east-1' }) {
  const context = { caller, clock, services: { history, lookupRate } }
  return LookupEvents.run(input as never, context as unknown as Context<LookupServices>)
}

const by = (AttributeKey: string, AttributeValue: string) => ({
  LookupAttributes: [{ AttributeKey, AttributeValue }],
})

const ids = ({ Events = [] }: Awaited<ReturnType<typeof lookup>>) =>
  Events.map(({ EventId }) => EventId)

describe('the answer', () => {
  test('has every member, and the whole record', async () => {
    const event = sampleEvent(now, {
      eventID: 'e1',
      resources: [{ ARN: 'arn:aws:s3:::logs', type: 'AWS::S3::Bucket' }],
    })
    history.add(event)
    const { Events, NextToken } = await lookup({})
    expect(NextToken).toBeUndefined()
    expect(Events).toHaveLength(1)
    expect(Events![0]).toMatchObject({
      EventId: 'e1',
      EventName: 'RunInstances',
      ReadOnly: 'false',
      AccessKeyId: 'AKIAALICE0000000000A',
      EventTime: new Date(now),
      EventSource: 'ec2.amazonaws.com',
      Username: 'alice',
      CloudTrailEvent: JSON.stringify(event),
    })
    expect(Events![0]!.Resources).toContainEqual({
      ResourceType: 'AWS::S3::Bucket',
      ResourceName: 'arn:aws:s3:::logs',
    })
  })

  test('leaves out what the record does not say', async () => {
    history.add(sampleEvent(now, { userIdentity: { type: 'AWSService' }, readOnly: undefined }))
    const [event] = (await lookup({})).Events!
    expect(event).toMatchObject({
      AccessKeyId: undefined,
      ReadOnly: undefined,
      Resources: [],
    })
  })

  test('holds management events of the own account and Region only', async () => {
    history.add(
      sampleEvent(now, { eventID: 'mine' }),
      sampleEvent(now, { eventID: 'data', eventCategory: 'Data' }),
      sampleEvent(now, { eventID: 'insight', eventCategory: 'Insight' }),
      sampleEvent(now, { eventID: 'elsewhere', awsRegion: 'eu-central-1' }),
      sampleEvent(now, { eventID: 'theirs', recipientAccountId: '444455556666' }),
    )
    expect(ids(await lookup({}))).toEqual(['mine'])
    expect(ids(await lookup({ EventCategory: 'insight' }))).toEqual(['insight'])
    expect(ids(await lookup({}, { accountId: '111122223333', region: 'eu-central-1' }))).toEqual([
      'elsewhere',
    ])
    expect(ids(await lookup({}, { accountId: '444455556666', region: 'us-east-1' }))).toEqual([
      'theirs',
    ])
  })

  test('names what an Insights event is about', async () => {
    const insightDetails = { eventName: 'DeleteBucket', eventSource: 's3.amazonaws.com' }
    const unnamed = { eventName: undefined, eventSource: undefined, userIdentity: undefined }
    history.add(sampleEvent(now, { ...unnamed, eventCategory: 'Insight', insightDetails }))
    const asked = { ...by('EventName', 'DeleteBucket'), EventCategory: 'insight' }
    expect((await lookup(asked)).Events).toMatchObject([
      { EventName: 'DeleteBucket', EventSource: 's3.amazonaws.com', Resources: [] },
    ])
  })

  test('includes both ends of the time range', async () => {
    history.add(...[0, 1, 2, 3].map((i) => sampleEvent(now + i * 1000, { eventID: `e${i}` })))
    const range = { StartTime: new Date(now + 1000), EndTime: new Date(now + 2000) }
    expect(ids(await lookup(range))).toEqual(['e2', 'e1'])
  })

  test.each([
    ['EventId', 'e1'],
    ['EventName', 'RunInstances'],
    ['ReadOnly', 'false'],
    ['Username', 'alice'],
    ['ResourceType', 'AWS::S3::Bucket'],
    ['ResourceName', 'arn:aws:s3:::logs'],
    ['EventSource', 'ec2.amazonaws.com'],
    ['AccessKeyId', 'AKIAALICE0000000000A'],
  ])('is found by %s', async (key, value) => {
    const resources = [{ ARN: 'arn:aws:s3:::logs', type: 'AWS::S3::Bucket' }]
    history.add(sampleEvent(now, { eventID: 'e1', resources }))
    history.add(
      sampleEvent(now, {
        eventID: 'other',
        eventName: 'x',
        readOnly: true,
        eventSource: 'x',
        userIdentity: { type: 'Root' },
      }),
    )
    expect(ids(await lookup(by(key, value)))).toEqual(['e1'])
    expect(ids(await lookup(by(key, `${value}x`)))).toEqual([])
  })
})

describe('pages', () => {
  test('go on behind the last event while others arrive', async () => {
    history.add(...[1, 2, 3, 4, 5].map((i) => sampleEvent(now + i * 1000, { eventID: `e${i}` })))
    const seen: unknown[] = []
    let NextToken: string | undefined
    do {
      const page = await lookup({ MaxResults: 2, NextToken })
      seen.push(...ids(page))
      NextToken = page.NextToken
      history.add(sampleEvent(now + 60_000))
    } while (NextToken)
    expect(seen).toEqual(['e5', 'e4', 'e3', 'e2', 'e1'])
  })

  test('may differ in size', async () => {
    history.add(...[1, 2, 3].map((i) => sampleEvent(now + i * 1000, { eventID: `e${i}` })))
    const { NextToken } = await lookup({ MaxResults: 1 })
    expect(ids(await lookup({ MaxResults: 50, NextToken }))).toEqual(['e2', 'e1'])
  })

  test('need the parameters, the account and the Region their token was made for', async () => {
    history.add(sampleEvent(now), sampleEvent(now))
    const asked = { ...by('EventName', 'RunInstances'), EndTime: new Date(now) }
    const { NextToken } = await lookup({ ...asked, MaxResults: 1 })
    expect((await lookup({ ...asked, NextToken })).Events).toHaveLength(1)
    const flipped = `${NextToken!.slice(0, -1)}${NextToken!.endsWith('A') ? 'B' : 'A'}`
    const elsewhere = { accountId: '111122223333', region: 'eu-central-1' }
    const refused = { code: 'InvalidNextTokenException' }
    await expect(lookup({ NextToken })).rejects.toMatchObject(refused)
    await expect(lookup({ ...asked, NextToken }, elsewhere)).rejects.toMatchObject(refused)
    await expect(lookup({ ...asked, NextToken: flipped })).rejects.toMatchObject(refused)
    await expect(lookup({ ...asked, NextToken: 'x' })).rejects.toMatchObject(refused)
    await expect(lookup({ ...asked, NextToken: '' })).rejects.toMatchObject(refused)
    clockMs += 25 * 3600_000
    await expect(lookup({ ...asked, NextToken })).rejects.toMatchObject(refused)
  })
})

describe('refusals', () => {
  const attributes = 'InvalidLookupAttributesException'
  test.each([
    { why: 'two attributes', code: attributes, input: twoAttributes() },
    { why: 'an unknown key', code: attributes, input: by('eventName', 'x') },
    { why: 'a key of every object', code: attributes, input: by('constructor', 'x') },
    {
      why: 'no value',
      code: attributes,
      input: { LookupAttributes: [{ AttributeKey: 'EventId' }] },
    },
    { why: 'an empty value', code: attributes, input: by('EventId', '') },
    { why: 'too long a value', code: attributes, input: by('EventId', 'x'.repeat(2001)) },
    {
      why: 'a value too long as _ counts twice',
      code: attributes,
      input: by('EventId', '_'.repeat(1001)),
    },
    {
      why: 'a user name of Insights events',
      code: attributes,
      input: { ...by('Username', 'x'), EventCategory: 'insight' },
    },
    {
      why: 'another category',
      code: 'InvalidEventCategoryException',
      input: { EventCategory: 'data' },
    },
    { why: 'no results', code: 'InvalidMaxResultsException', input: { MaxResults: 0 } },
    { why: 'too many results', code: 'InvalidMaxResultsException', input: { MaxResults: 51 } },
    {
      why: 'a start after the end',
      code: 'InvalidTimeRangeException',
      input: { StartTime: new Date(2), EndTime: new Date(1) },
    },
  ])('$why: $code', async ({ code, input }) => {
    await expect(lookup(input)).rejects.toMatchObject({ code })
  })

  test.each(['x'.repeat(2000), '_ ,\n'.repeat(250)])('not the longest value', async (value) => {
    expect(ids(await lookup(by('ResourceName', value)))).toEqual([])
  })

  test('calls beyond the rate, for each account and Region', async () => {
    lookupRate = new RateLimit(2, clock)
    const elsewhere = { accountId: '111122223333', region: 'eu-central-1' }
    await lookup({})
    await lookup({})
    const refused = { code: 'ThrottlingException', message: 'Rate exceeded' }
    await expect(lookup({})).rejects.toMatchObject(refused)
    await lookup({}, elsewhere)
    clockMs += 500
    await lookup({})
    await expect(lookup({})).rejects.toMatchObject(refused)
  })
})

function twoAttributes() {
  const one = { AttributeKey: 'EventId', AttributeValue: 'x' }
  return { LookupAttributes: [one, one] }
}
