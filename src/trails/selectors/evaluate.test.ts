// core.md 2.9: which events selectors take, each rule with its line.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FieldSelector, Selectors } from '../contract.ts'
import { defaultSelectors } from '../default-selectors.ts'
import { checkAdvanced, checkBasic } from './check.ts'
import { compileSelectors } from './evaluate.ts'
import { selectable } from './selectable.ts'

type Members = Readonly<Record<string, any>>

const takes = (selectors: Selectors, event: object) =>
  compileSelectors(selectors)(selectable(event))

const management = (members: Members = {}) => ({
  eventCategory: 'Management',
  eventSource: 'ec2.amazonaws.com',
  eventName: 'RunInstances',
  eventType: 'AwsApiCall',
  readOnly: false,
  ...members,
})
const object = (key: string, members: Members = {}) => ({
  ...management({ eventCategory: 'Data', eventSource: 's3.amazonaws.com', eventName: 'PutObject' }),
  resources: [
    { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::b/${key}` },
    { accountId: '111122223333', type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::b' },
  ],
  ...members,
})
const functionArn = 'arn:aws:lambda:us-east-1:111122223333:function:one'
const tableArn = 'arn:aws:dynamodb:us-east-1:111122223333:table/one'
const touching = (type: string, ARN: string) => object('', { resources: [{ type, ARN }] })
const network = (members: Members = {}) => ({
  ...management({ eventCategory: 'NetworkActivity', eventSource: 'kms.amazonaws.com' }),
  eventType: 'AwsVpceEvent',
  vpcEndpointId: 'vpce-1',
  readOnly: undefined,
  ...members,
})

describe('by default', () => {
  test.each([
    ['management reads', management({ readOnly: true }), true],
    ['management writes', management(), true],
    ['data events', object('k'), false],
    ['network activity', network(), false],
    ['Insights', management({ eventCategory: 'Insight' }), false],
  ])('%s: %s', (_, event, taken) => {
    expect(takes(defaultSelectors, event)).toBe(taken)
    expect(takes({ isCustom: false }, event)).toBe(taken)
  })
})

describe('basic', () => {
  const s3 = (...Values: string[]) => ({
    DataResources: [{ Type: 'AWS::S3::Object', Values }],
  })
  const of = (Type: string, value: string) => ({ DataResources: [{ Type, Values: [value] }] })
  const read = { readOnly: true }
  test.each([
    ['ReadOnly takes reads', { ReadWriteType: 'ReadOnly' }, management(read), true],
    ['ReadOnly leaves writes', { ReadWriteType: 'ReadOnly' }, management(), false],
    ['WriteOnly leaves reads', { ReadWriteType: 'WriteOnly' }, management(read), false],
    ['WriteOnly takes writes', { ReadWriteType: 'WriteOnly' }, management(), true],
    [
      'WriteOnly takes what does not say',
      { ReadWriteType: 'WriteOnly' },
      management({ readOnly: undefined }),
      true,
    ],
    [
      'ReadOnly is of data too',
      { ReadWriteType: 'ReadOnly', ...s3('arn:aws:s3') },
      object('k'),
      false,
    ],
    [
      'without management events',
      { IncludeManagementEvents: false, ...s3('arn:aws:s3') },
      management(),
      false,
    ],
    [
      'excluded sources',
      { ExcludeManagementEventSources: ['kms.amazonaws.com'] },
      management({ eventSource: 'kms.amazonaws.com' }),
      false,
    ],
    [
      'other sources',
      { ExcludeManagementEventSources: ['kms.amazonaws.com'] },
      management({ eventSource: 'rdsdata.amazonaws.com' }),
      true,
    ],
    ['no data unless named', {}, object('k'), false],
    ['arn:aws:s3: all buckets', s3('arn:aws:s3'), object('k'), true],
    ['arn:aws:s3:::: all buckets', s3('arn:aws:s3:::'), object('k'), true],
    ['a bucket', s3('arn:aws:s3:::b/'), object('k'), true],
    ['another bucket', s3('arn:aws:s3:::c/'), object('k'), false],
    ['a prefix', s3('arn:aws:s3:::b/pre'), object('prefix/k'), true],
    ['another prefix', s3('arn:aws:s3:::b/pre'), object('k'), false],
    ['one of several values', s3('arn:aws:s3:::c/', 'arn:aws:s3:::b/'), object('k'), true],
    [
      'many objects of the bucket',
      s3('arn:aws:s3:::b/'),
      object('', { resources: [{ type: 'AWS::S3::Object', ARNPrefix: 'arn:aws:s3:::b/' }] }),
      true,
    ],
    [
      'all functions',
      of('AWS::Lambda::Function', 'arn:aws:lambda'),
      touching('AWS::Lambda::Function', functionArn),
      true,
    ],
    [
      'exactly one function',
      of('AWS::Lambda::Function', functionArn),
      touching('AWS::Lambda::Function', functionArn),
      true,
    ],
    [
      'no function whose name goes on',
      of('AWS::Lambda::Function', functionArn),
      touching('AWS::Lambda::Function', `${functionArn}two`),
      false,
    ],
    [
      'all tables',
      of('AWS::DynamoDB::Table', 'arn:aws:dynamodb'),
      touching('AWS::DynamoDB::Table', tableArn),
      true,
    ],
    [
      'a table and its stream',
      of('AWS::DynamoDB::Table', tableArn),
      object('', {
        resources: [
          { type: 'AWS::DynamoDB::Stream', ARN: `${tableArn}/stream/1` },
          { type: 'AWS::DynamoDB::Table', ARN: tableArn },
        ],
      }),
      true,
    ],
    ['objects are no tables', of('AWS::DynamoDB::Table', 'arn:aws:dynamodb'), object('k'), false],
    ['network activity never', s3('arn:aws:s3'), network(), false],
    ['Insights never', s3('arn:aws:s3'), management({ eventCategory: 'Insight' }), false],
  ] as const)('%s', (_, selector, event, taken) => {
    const basic = checkBasic([selector as Parameters<typeof checkBasic>[0][number]])
    expect(takes({ isCustom: true, basic }, event)).toBe(taken)
  })

  test('any selector is enough', () => {
    const basic = checkBasic([
      { ReadWriteType: 'ReadOnly' },
      { IncludeManagementEvents: false, ...s3('arn:aws:s3') },
    ])
    const selectors = { isCustom: true, basic }
    expect(takes(selectors, management(read))).toBe(true)
    expect(takes(selectors, management())).toBe(false)
    expect(takes(selectors, object('k'))).toBe(true)
  })
})

describe('advanced', () => {
  const objects = { Field: 'resources.type', Equals: ['AWS::S3::Object'] }
  const data = (...more: FieldSelector[]) => [
    { Field: 'eventCategory', Equals: ['Data'] },
    objects,
    ...more,
  ]
  const ofManagement = (...more: FieldSelector[]) => [
    { Field: 'eventCategory', Equals: ['Management'] },
    ...more,
  ]
  const ofNetwork = (...more: FieldSelector[]) => [
    { Field: 'eventCategory', Equals: ['NetworkActivity'] },
    { Field: 'eventSource', Equals: ['kms.amazonaws.com'] },
    ...more,
  ]
  const named = (more: Omit<FieldSelector, 'Field'>) => data({ Field: 'eventName', ...more })
  const arn = (more: Omit<FieldSelector, 'Field'>) => data({ Field: 'resources.ARN', ...more })
  const cases: Array<[what: string, fields: FieldSelector[], event: object, taken: boolean]> = [
    ['the category', ofManagement(), management(), true],
    ['another category', ofManagement(), object('k'), false],
    [
      'readOnly of true',
      ofManagement({ Field: 'readOnly', Equals: ['true'] }),
      management({ readOnly: true }),
      true,
    ],
    [
      'readOnly of false',
      ofManagement({ Field: 'readOnly', Equals: ['false'] }),
      management({ readOnly: true }),
      false,
    ],
    [
      'a source that is excluded',
      ofManagement({ Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] }),
      management({ eventSource: 'kms.amazonaws.com' }),
      false,
    ],
    [
      'one that is not',
      ofManagement({ Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] }),
      management(),
      true,
    ],
    ['the type', data(), object('k'), true],
    ['another type', data(), touching('AWS::DynamoDB::Table', tableArn), false],
    [
      'SELECT operators: the first',
      named({ Equals: ['PutObject'], EndsWith: ['x'] }),
      object('k'),
      true,
    ],
    [
      'SELECT operators: the other',
      named({ Equals: ['x'], StartsWith: ['Put'] }),
      object('k'),
      true,
    ],
    [
      'SELECT operators: the last',
      named({ Equals: ['x'], EndsWith: ['y', 'Object'] }),
      object('k'),
      true,
    ],
    ['SELECT operators: none', named({ Equals: ['Put'], EndsWith: ['Put'] }), object('k'), false],
    [
      'DESELECT operators: none',
      named({ NotEquals: ['Put'], NotEndsWith: ['Put'] }),
      object('k'),
      true,
    ],
    [
      'DESELECT operators: one',
      named({ NotEquals: ['x'], NotStartsWith: ['Put'] }),
      object('k'),
      false,
    ],
    ['DESELECT operators: a value', named({ NotEndsWith: ['x', 'ct'] }), object('k'), false],
    ['both, and selected', named({ StartsWith: ['Put'], NotEndsWith: ['Acl'] }), object('k'), true],
    [
      'both, and deselected',
      named({ StartsWith: ['Put'], NotEndsWith: ['Acl'] }),
      object('k', { eventName: 'PutObjectAcl' }),
      false,
    ],
    ['no wildcards', named({ Equals: ['Put*'] }), object('k'), false],
    ['case', named({ Equals: ['putobject'] }), object('k'), false],
    [
      'different fields, all of them',
      [...named({ Equals: ['PutObject'] }), { Field: 'readOnly', Equals: ['true'] }],
      object('k'),
      false,
    ],
    ['a bucket by prefix', arn({ StartsWith: ['arn:aws:s3:::b/'] }), object('k'), true],
    ['all but a bucket', arn({ NotStartsWith: ['arn:aws:s3:::b/'] }), object('k'), false],
    ['an object', arn({ Equals: ['arn:aws:s3:::b/k'] }), object('k'), true],
    ['the ARN is that of the type', arn({ EndsWith: [':b'] }), object('k'), false],
    [
      'a delete in a list of them',
      data(
        { Field: 'eventName', Equals: ['DeleteObject'] },
        { Field: 'eventType', NotEquals: ['AwsServiceEvent'] },
      ),
      object('k', { eventName: 'DeleteObject', eventType: 'AwsServiceEvent' }),
      false,
    ],
    [
      'a user',
      data({ Field: 'userIdentity.arn', EndsWith: [':user/alice'] }),
      object('k', { userIdentity: { arn: 'arn:aws:iam::111122223333:user/alice' } }),
      true,
    ],
    [
      'nobody is no user that is deselected',
      data({ Field: 'userIdentity.arn', NotEndsWith: [':user/alice'] }),
      object('k'),
      true,
    ],
    [
      'nobody is no user that is selected',
      data({ Field: 'userIdentity.arn', EndsWith: [':user/alice'] }),
      object('k'),
      false,
    ],
    [
      'a session of the console',
      data({ Field: 'sessionCredentialFromConsole', Equals: ['true'] }),
      object('k', { sessionCredentialFromConsole: 'true' }),
      true,
    ],
    [
      'none of the console',
      data({ Field: 'sessionCredentialFromConsole', NotEquals: ['true'] }),
      object('k'),
      true,
    ],
    ['network activity', ofNetwork(), network(), true],
    [
      'network activity of another',
      ofNetwork(),
      network({ eventSource: 's3.amazonaws.com' }),
      false,
    ],
    [
      'denied by an endpoint',
      ofNetwork({ Field: 'errorCode', Equals: ['VpceAccessDenied'] }),
      network({ errorCode: 'VpceAccessDenied' }),
      true,
    ],
    [
      'not denied by an endpoint',
      ofNetwork({ Field: 'errorCode', Equals: ['VpceAccessDenied'] }),
      network(),
      false,
    ],
    [
      'an endpoint',
      ofNetwork({ Field: 'vpcEndpointId', NotStartsWith: ['vpce-1'] }),
      network(),
      false,
    ],
    [
      'Insights, as event data stores select them',
      [{ Field: 'eventCategory', Equals: ['Insight'] }],
      management({ eventCategory: 'Insight' }),
      true,
    ],
  ]
  test.each(cases)('%s', (_, FieldSelectors, event, taken) => {
    const isOfStores = FieldSelectors[0]?.Equals?.[0] === 'Insight'
    const asInput = [{ FieldSelectors }] as unknown as Parameters<typeof checkAdvanced>[0]
    const advanced = isOfStores ? [{ FieldSelectors }] : checkAdvanced(asInput)
    expect(takes({ isCustom: true, advanced }, event)).toBe(taken)
  })

  test('any selector is enough, and basic ones are not in force', () => {
    const selectors = {
      isCustom: true,
      basic: defaultSelectors.basic,
      advanced: [{ FieldSelectors: data() }, { FieldSelectors: ofNetwork() }],
    } as Selectors
    expect([object('k'), network(), management()].map((event) => takes(selectors, event))).toEqual([
      true,
      true,
      false,
    ])
  })
})

describe('a record', () => {
  const requested = (eventSource: string, requestParameters: object) =>
    selectable({
      ...management({ eventCategory: 'Data', eventSource, requestParameters }),
      awsRegion: 'us-east-1',
      recipientAccountId: '111122223333',
    }).resources

  test('without resources touches what its request names', () => {
    expect(requested('s3.amazonaws.com', { bucketName: 'b', key: 'k' })).toEqual([
      { type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::b/k' },
    ])
    expect(requested('s3.amazonaws.com', { bucketName: 'b' })).toEqual([
      { type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::b/' },
    ])
    for (const functionName of ['one', functionArn]) {
      expect(requested('lambda.amazonaws.com', { functionName })).toEqual([
        { type: 'AWS::Lambda::Function', ARN: functionArn },
      ])
    }
    expect(requested('dynamodb.amazonaws.com', { tableName: 'one' })).toEqual([
      { type: 'AWS::DynamoDB::Table', ARN: tableArn },
    ])
    expect(requested('sqs.amazonaws.com', { key: 'k' })).toEqual([])
  })

  test.each([
    ['its category', { eventCategory: 'Insight', managementEvent: true }, 'Insight'],
    ['managementEvent', { managementEvent: false }, 'Data'],
    ['managementEvent of true', { managementEvent: true }, 'Management'],
    ['nothing', {}, 'Management'],
    ['AwsVpceEvent', { eventType: 'AwsVpceEvent' }, 'NetworkActivity'],
    ['AwsVpceEvents', { eventType: 'AwsVpceEvents' }, 'NetworkActivity'],
    ['AwsCloudTrailInsight', { eventType: 'AwsCloudTrailInsight' }, 'Insight'],
  ])('of any version has a category: by %s', (_, record, category) => {
    expect(selectable(record).eventCategory).toBe(category)
  })

  test('of any form can be judged', () => {
    const judged = compileSelectors({
      isCustom: true,
      basic: checkBasic([
        { DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::b/'] }] },
      ]),
    })
    const member = fc.constantFrom(...Object.keys(object('k')), 'requestParameters', 'userIdentity')
    fc.assert(
      fc.property(fc.dictionary(member, fc.jsonValue()), (record) => {
        expect(typeof judged(selectable({ eventCategory: 'Data', ...record }))).toBe('boolean')
      }),
    )
  })
})
