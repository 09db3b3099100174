import { describe, expect, test } from 'vitest'
import { lookupAttributes } from './attributes.ts'
import { oneLine } from './bytes.ts'
import { checkRecord } from './check.ts'

describe('the user as LookupEvents names it', () => {
  test.each([
    { is: 'alice', userIdentity: { type: 'IAMUser', userName: 'alice' } },
    { is: 'root', userIdentity: { type: 'Root', userName: 'the-account-alias' } },
    { is: 'session', userIdentity: { type: 'AssumedRole', principalId: 'AROAX:session' } },
    {
      is: 'ec2.amazonaws.com',
      userIdentity: { type: 'AWSService', invokedBy: 'ec2.amazonaws.com' },
    },
    { is: undefined, userIdentity: { type: 'Unknown' } },
    { is: undefined, userIdentity: null },
    { is: undefined, userIdentity: 'alice' },
  ])('$userIdentity is $is', ({ is, userIdentity }) => {
    expect(lookupAttributes({ userIdentity }).username).toBe(is)
  })
})

test('an event of another system is found by what its envelope holds', () => {
  const eventData = {
    eventName: 'CreatePods',
    eventSource: 'kubernetes.internal',
    userIdentity: { type: 'User', principalId: 'alice' },
    errorCode: 'Forbidden',
    sourceIPAddress: '10.0.0.7',
  }
  const record = { eventCategory: 'ActivityAuditLog', eventID: 'a', readOnly: false, eventData }
  expect(lookupAttributes(record)).toMatchObject({
    eventName: 'CreatePods',
    eventSource: 'kubernetes.internal',
    username: 'alice',
    errorCode: 'Forbidden',
    sourceIp: '10.0.0.7',
    category: 'ActivityAuditLog',
  })
})

describe('the category', () => {
  test.each([
    { is: 'Management', record: {} },
    { is: 'Management', record: { managementEvent: true } },
    { is: 'Data', record: { managementEvent: false } },
    { is: 'NetworkActivity', record: { eventCategory: 'NetworkActivity' } },
    { is: 'Insight', record: { eventType: 'AwsCloudTrailInsight' } },
  ])('of $record is $is', ({ is, record }) => {
    expect(lookupAttributes(record).category).toBe(is)
  })
})

describe('the resources', () => {
  test('are listed ones by ARN and short name, and those that parameters and answers name', () => {
    const record = {
      eventSource: 'iam.amazonaws.com',
      requestParameters: { userName: 'alice' },
      responseElements: { accessKey: { accessKeyId: 'AKIANEW', userName: 'alice' } },
      resources: [{ ARN: 'arn:aws:iam::000000000000:user/team/bob', type: 'AWS::IAM::User' }],
    }
    expect(lookupAttributes(record).resources).toEqual([
      { type: 'AWS::IAM::User', name: 'arn:aws:iam::000000000000:user/team/bob' },
      { type: 'AWS::IAM::User', name: 'bob' },
      { type: 'AWS::IAM::User', name: 'alice' },
      { type: 'AWS::IAM::AccessKey', name: 'AKIANEW' },
    ])
  })

  test('of a wrong type are none', () => {
    expect(lookupAttributes({ resources: 'all', requestParameters: [1] }).resources).toEqual([])
  })

  test('are bounded', () => {
    const resources = Array.from({ length: 5_000 }, (_, i) => ({ ARN: `arn:aws:s3:::b${i}` }))
    expect(lookupAttributes({ resources }).resources).toHaveLength(50)
  })
})

test.each([
  { at: '2026-11-21T04:44:23Z', record: { eventTime: '2026-11-21T04:44:23Z' } },
  { at: '2026-11-21T04:40:00Z', record: { timeWindow: { windowStart: '2026-11-21T04:40:00Z' } } },
  { at: undefined, record: { eventTime: 'yesterday' } },
  { at: undefined, record: { eventTime: 5 } },
])('the time of $record is $at', ({ at, record }) => {
  expect(lookupAttributes(record).eventTime).toBe(at ? Date.parse(at) : Number.NaN)
})

describe('a record that comes in', () => {
  const bounds = { recordBytesMax: 1_000, nestingMax: 8 }

  test.each([
    '{"eventTime":"2026-11-21T04:44:23Z"}',
    '{"eventName":"A","eventTime":"...","n":0.0,"big":12345678901234567890,"e":1E-5}',
    '{"eventID":"\\ud83d\\ude00","eventID":"twice"}',
    '{"eventSource":"a","userIdentity":null,"requestParameters":"a text"}',
    '{"eventVersion":"1.0","eventType":"AwsAggregatedEvent"}',
  ])('is taken: %s', (text) => {
    expect(checkRecord(Buffer.from(text), bounds)).toHaveProperty('record')
  })

  test.each([
    { why: 'not JSON', text: '{"eventName":"A"' },
    { why: 'not JSON', text: "{'eventName':'A'}" },
    { why: 'not a JSON object', text: '["eventName"]' },
    { why: 'not a JSON object', text: 'null' },
    { why: 'not a CloudTrail record', text: '{"hello":"world"}' },
    { why: 'not a CloudTrail record', text: '{"eventName":1}' },
    { why: 'larger than a record may be', text: `{"eventName":"${'x'.repeat(1_000)}"}` },
    { why: 'nested too deep', text: `{"eventName":"A","a":${'['.repeat(9)}${']'.repeat(9)}}` },
  ])('is refused as $why: $text', ({ why, text }) => {
    expect(checkRecord(Buffer.from(text), bounds)).toMatchObject({ refused: why })
  })

  test('is refused when its bytes are no UTF-8', () => {
    const bytes = Buffer.from('{"eventName":"\xff"}', 'latin1')
    expect(checkRecord(bytes, bounds)).toEqual({ refused: 'not UTF-8' })
  })

  test('is folded into one line, and nothing else of it is touched', () => {
    const text = '{\r\n "n" : 0.0,\n "text" : "a\\nb"\n}'
    expect(oneLine(Buffer.from(text)).toString()).toBe('{   "n" : 0.0,  "text" : "a\\nb" }')
    const plain = Buffer.from('{"n":0.0}')
    expect(oneLine(plain)).toBe(plain)
  })
})
