// core.md 2.9 and 2.10: what AWS refuses of selectors, each rule with its line.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../../errors.ts'
import type { AdvancedEventSelector, AdvancedFieldSelector } from '../../gen/cloudtrail-types.ts'
import { checkAdvanced, checkBasic } from './check.ts'
import { operators } from './fields.ts'

const s3 = (...Values: string[]) => ({ DataResources: [{ Type: 'AWS::S3::Object', Values }] })
const functions = (...Values: string[]) => ({
  DataResources: [{ Type: 'AWS::Lambda::Function', Values }],
})
const tables = (...Values: string[]) => ({
  DataResources: [{ Type: 'AWS::DynamoDB::Table', Values }],
})
const manyObjects = (count: number) =>
  s3(...Array.from({ length: count }, (_, i) => `arn:aws:s3:::bucket/${i}`))

const functionArn = 'arn:aws:lambda:us-east-1:111122223333:function:one'
const tableArn = 'arn:aws:dynamodb:us-east-1:111122223333:table/one'

function refusal(check: () => unknown): string {
  try {
    check()
  } catch (error) {
    if (error instanceof ApiError && error.code === 'InvalidEventSelectorsException') {
      return error.message
    }
    throw error
  }
  return expect.unreachable('it was not refused')
}

describe('basic selectors', () => {
  test('get their defaults: All, true, nothing', () => {
    const all = {
      ReadWriteType: 'All',
      IncludeManagementEvents: true,
      DataResources: [],
      ExcludeManagementEventSources: [],
    }
    expect(checkBasic([{}])).toEqual([all])
  })

  test.each([
    ['1 per trail', [{}]],
    ['5 per trail', Array.from({ length: 5 }, () => ({}))],
    ['ReadOnly', [{ ReadWriteType: 'ReadOnly' as const }]],
    ['WriteOnly', [{ ReadWriteType: 'WriteOnly' as const }]],
    ['exclusion of kms', [{ ExcludeManagementEventSources: ['kms.amazonaws.com'] }]],
    [
      'exclusion of both',
      [{ ExcludeManagementEventSources: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] }],
    ],
    ['arn:aws:s3 = all buckets', [s3('arn:aws:s3')]],
    ['arn:aws:s3::: = all buckets', [s3('arn:aws:s3:::')]],
    ['arn:aws:s3:::b/ = a bucket', [s3('arn:aws:s3:::b/')]],
    ['arn:aws:s3:::b/pre = a prefix', [s3('arn:aws:s3:::b/pre/f ix')]],
    ['arn:aws:lambda = all', [functions('arn:aws:lambda')]],
    ['a function ARN', [functions(functionArn)]],
    ['arn:aws:dynamodb = all', [tables('arn:aws:dynamodb')]],
    ['a table ARN', [tables(tableArn)]],
    ['data alone', [{ IncludeManagementEvents: false, ...s3('arn:aws:s3') }]],
    ['250 values in total', [manyObjects(125), manyObjects(125)]],
    ['"all" beside 250 values', [manyObjects(250), s3('arn:aws:s3:::')]],
  ])('may have %s', (_, selectors) => {
    const checked = checkBasic(selectors)
    expect(checked).toEqual(selectors.map((one, i) => ({ ...checked[i], ...one })))
  })

  const badValue = (value: string, member = 'DataResources.Values') =>
    `Value ${value} for ${member} is invalid.`
  test.each([
    ['none', [], 'A trail has 1 to 5 event selectors; 0 were given.'],
    [
      'six',
      Array.from({ length: 6 }, () => ({})),
      'A trail has 1 to 5 event selectors; 6 were given.',
    ],
    ['an unknown ReadWriteType', [{ ReadWriteType: 'Some' }], badValue('Some', 'ReadWriteType')],
    [
      'another excluded source',
      [{ ExcludeManagementEventSources: ['s3.amazonaws.com'] }],
      badValue('s3.amazonaws.com', 'ExcludeManagementEventSources'),
    ],
    [
      'exclusion without management events',
      [
        {
          IncludeManagementEvents: false,
          ExcludeManagementEventSources: ['kms.amazonaws.com'],
          ...s3('arn:aws:s3'),
        },
      ],
      'ExcludeManagementEventSources needs IncludeManagementEvents to be true.',
    ],
    [
      'nothing at all',
      [{ IncludeManagementEvents: false }],
      'Invalid combination of parameters in EventSelectors. ' +
        'When includeManagementEvents is false, DataResources must not be empty.',
    ],
    ['arn:aws:s3:::*', [s3('arn:aws:s3:::*')], badValue('arn:aws:s3:::*')],
    ['arn:aws:lambda:*', [functions('arn:aws:lambda:*')], badValue('arn:aws:lambda:*')],
    ['a wildcard in a key', [s3('arn:aws:s3:::b/*')], badValue('arn:aws:s3:::b/*')],
    ['a bucket without its slash', [s3('arn:aws:s3:::b')], badValue('arn:aws:s3:::b')],
    ['no ARN', [s3('bucket/key')], badValue('bucket/key')],
    ['a table as a function', [functions(tableArn)], badValue(tableArn)],
    ['all of another type', [functions('arn:aws:s3')], badValue('arn:aws:s3')],
    [
      'a type of advanced selectors',
      [{ DataResources: [{ Type: 'AWS::SNS::Topic', Values: ['arn:aws:sns'] }] }],
      badValue('AWS::SNS::Topic', 'DataResources.Type'),
    ],
    ['no values', [s3()], 'DataResources.Values of AWS::S3::Object has no value.'],
    [
      '251 values in total',
      [manyObjects(125), manyObjects(126)],
      'A trail has at most 250 data resources in its event selectors.',
    ],
  ])('are refused: %s', (_, selectors, message) => {
    expect(refusal(() => checkBasic(selectors as Parameters<typeof checkBasic>[0]))).toBe(message)
  })
})

const field = (Field: string, ...Equals: string[]) => ({ Field, Equals })
const select = (...FieldSelectors: AdvancedFieldSelector[]) => ({ FieldSelectors })
const management = field('eventCategory', 'Management')
const data = field('eventCategory', 'Data')
const objects = field('resources.type', 'AWS::S3::Object')
const network = field('eventCategory', 'NetworkActivity')
const kmsNetwork = field('eventSource', 'kms.amazonaws.com')
const everyOperator = (values: string[]) =>
  Object.fromEntries(operators.map((name, i) => [name, values.map((value) => `${value}${i}`)]))

describe('advanced selectors', () => {
  test.each([
    ['Management', [select(management)]],
    ['Management, reads', [select(management, field('readOnly', 'true'))]],
    [
      'Management without kms and rdsdata',
      [
        select(management, {
          Field: 'eventSource',
          NotEquals: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'],
        }),
      ],
    ],
    ['Data', [select(data, objects)]],
    ['Data of a type nobody knows yet', [select(data, field('resources.type', 'AWS::New::Thing'))]],
    [
      'Data with every optional field',
      [
        select(
          data,
          objects,
          { Field: 'eventName', ...everyOperator(['Get', 'Put']) },
          { Field: 'eventSource', StartsWith: ['s3'] },
          { Field: 'eventType', NotEquals: ['AwsServiceEvent'] },
          field('readOnly', 'false'),
          { Field: 'resources.ARN', StartsWith: ['arn:aws:s3:::b'], NotEndsWith: ['.tmp'] },
          { Field: 'sessionCredentialFromConsole', NotEquals: ['true'] },
          { Field: 'userIdentity.arn', ...everyOperator(['arn:aws:iam::111122223333:user/']) },
        ),
      ],
    ],
    [
      'whole ARNs of the type',
      [select(data, objects, field('resources.ARN', 'arn:aws:s3:::b/k', 'arn:aws:s3:::b/*'))],
    ],
    ['NetworkActivity', [select(network, kmsNetwork)]],
    [
      'NetworkActivity with every optional field',
      [
        select(
          network,
          kmsNetwork,
          { Field: 'eventName', ...everyOperator(['Decrypt']) },
          field('errorCode', 'VpceAccessDenied'),
          { Field: 'vpcEndpointId', ...everyOperator(['vpce-1']) },
        ),
      ],
    ],
    ['an empty Name', [{ Name: '', ...select(management) }]],
    ['a Name of 1,000', [{ Name: 'n'.repeat(1000), ...select(management) }]],
    [
      'more than five',
      Array.from({ length: 6 }, (_, i) => ({ Name: `${i}`, ...select(data, objects) })),
    ],
    [
      '500 values',
      [
        select(data, objects, {
          Field: 'eventName',
          Equals: Array.from({ length: 498 }, (_, i) => `Event${i}`),
        }),
      ],
    ],
    ['a value of 2,048', [select(data, objects, field('eventName', 'n'.repeat(2048)))]],
  ])('may have %s', (_, selectors) => {
    expect(checkAdvanced(selectors)).toEqual(selectors)
  })

  test('lose operators without values', () => {
    const field = { Field: 'eventCategory', Equals: ['Management'], NotEquals: [], EndsWith: [] }
    expect(checkAdvanced([select(field)])).toEqual([select(management)])
  })

  const notFor = (name: string, category: string) =>
    `Field ${name} cannot be used in a selector of ${category} events of a trail.`
  const onlyOne = 'Field eventCategory takes Equals with one value and no other operator.'
  const noOperator = (name: string, operator: string) =>
    `Field ${name} does not take the operator ${operator}.`
  const bad = (value: string, member: string) => `Value ${value} for ${member} is invalid.`
  const source = (more: object) => select(management, { Field: 'eventSource', ...more })
  const event = (name: string, more: object) => select(data, objects, { Field: name, ...more })
  type Refused = [what: string, selectors: AdvancedEventSelector[], message: string]
  const refused: Refused[] = [
    [
      'no category',
      [select(objects)],
      'Every advanced event selector needs the field eventCategory.',
    ],
    ['no field', [select()], 'Every advanced event selector needs the field eventCategory.'],
    ['two categories', [select(field('eventCategory', 'Management', 'Data'))], onlyOne],
    ['a category by prefix', [select({ Field: 'eventCategory', StartsWith: ['Man'] })], onlyOne],
    ['a category twice over', [select({ ...management, NotEquals: ['Data'] })], onlyOne],
    ['an unknown one', [select(field('eventCategory', 'data'))], bad('data', 'eventCategory')],
    ...['Insight', 'ConfigurationItem', 'Evidence', 'ActivityAuditLog'].map(
      (category): Refused => [
        `${category}, of event data stores`,
        [select(field('eventCategory', category))],
        bad(category, 'eventCategory'),
      ],
    ),
    ...['eventName', 'eventType', 'sessionCredentialFromConsole', 'userIdentity.arn'].map(
      (name): Refused => [
        `${name} of Management, of event data stores`,
        [select(management, field(name, 'true'))],
        notFor(name, 'Management'),
      ],
    ),
    [
      'a source of Management',
      [source({ Equals: ['kms.amazonaws.com'] })],
      noOperator('eventSource', 'Equals'),
    ],
    [
      'another source of Management',
      [source({ NotEquals: ['s3.amazonaws.com'] })],
      bad('s3.amazonaws.com', 'eventSource'),
    ],
    ['no type', [select(data)], 'A selector of Data events needs the field resources.type.'],
    [
      'two types',
      [select(data, field('resources.type', 'AWS::A::B', 'AWS::A::C'))],
      'Field resources.type takes one value.',
    ],
    [
      'a type by prefix',
      [select(data, { Field: 'resources.type', StartsWith: ['AWS::S3'] })],
      noOperator('resources.type', 'StartsWith'),
    ],
    [
      'a type that is none',
      [select(data, field('resources.type', 'S3'))],
      bad('S3', 'resources.type'),
    ],
    [
      'an ARN that is none',
      [event('resources.ARN', { Equals: ['bucket/key'] })],
      bad('bucket/key', 'resources.ARN'),
    ],
    [
      'an ARN of another type',
      [event('resources.ARN', { NotEquals: [tableArn] })],
      bad(tableArn, 'resources.ARN'),
    ],
    ['errorCode of Data', [event('errorCode', { Equals: ['x'] })], notFor('errorCode', 'Data')],
    ['an unknown field', [event('awsRegion', { Equals: ['x'] })], notFor('awsRegion', 'Data')],
    ['a field of all objects', [event('toString', { Equals: ['x'] })], notFor('toString', 'Data')],
    [
      'readOnly of two',
      [event('readOnly', { Equals: ['true', 'false'] })],
      'Field readOnly takes one value.',
    ],
    ['readOnly of another', [event('readOnly', { Equals: ['True'] })], bad('True', 'readOnly')],
    [
      'readOnly by NotEquals',
      [event('readOnly', { NotEquals: ['true'] })],
      noOperator('readOnly', 'NotEquals'),
    ],
    [
      'a console session of false',
      [event('sessionCredentialFromConsole', { Equals: ['false'] })],
      bad('false', 'sessionCredentialFromConsole'),
    ],
    [
      'a console session by prefix',
      [event('sessionCredentialFromConsole', { StartsWith: ['true'] })],
      noOperator('sessionCredentialFromConsole', 'StartsWith'),
    ],
    [
      'no source of network activity',
      [select(network)],
      'A selector of NetworkActivity events needs the field eventSource.',
    ],
    [
      'two sources of network activity',
      [select(network, field('eventSource', 'kms.amazonaws.com', 's3.amazonaws.com'))],
      'Field eventSource takes one value.',
    ],
    [
      'a source that is none',
      [select(network, field('eventSource', 'kms'))],
      bad('kms', 'eventSource'),
    ],
    [
      'another error of network activity',
      [select(network, kmsNetwork, field('errorCode', 'AccessDenied'))],
      bad('AccessDenied', 'errorCode'),
    ],
    [
      'readOnly of network activity',
      [select(network, kmsNetwork, field('readOnly', 'true'))],
      notFor('readOnly', 'NetworkActivity'),
    ],
    [
      'a field twice',
      [event('resources.type', objects)],
      'Field resources.type is in a selector more than once.',
    ],
    [
      'a field without operator',
      [event('eventName', { Equals: [] })],
      'Field eventName has no operator with a value.',
    ],
    [
      'a value for and against',
      [event('eventName', { StartsWith: ['Get', 'Put'], NotStartsWith: ['Put'] })],
      'Value Put of eventName is in StartsWith and in NotStartsWith.',
    ],
    ['an empty value', [event('eventName', { Equals: [''] })], bad('', 'eventName')],
    [
      'a value of 2,049',
      [event('eventName', { Equals: ['n'.repeat(2049)] })],
      bad('n'.repeat(2049), 'eventName'),
    ],
    [
      '501 values',
      [
        select(data, objects),
        event('eventName', { Equals: Array.from({ length: 497 }, (_, i) => `Event${i}`) }),
      ],
      'Advanced event selectors of a trail have at most 500 values in all.',
    ],
    [
      'several of management events',
      [
        select(management, field('readOnly', 'true')),
        select(management, field('readOnly', 'false')),
      ],
      'A trail has one advanced event selector for management events at most.',
    ],
    [
      'a Name of 1,001',
      [{ Name: 'n'.repeat(1001), ...select(management) }],
      bad('n'.repeat(1001), 'Name'),
    ],
  ]
  test.each(refused)('are refused: %s', (_, selectors, message) => {
    expect(refusal(() => checkAdvanced(selectors))).toBe(message)
  })
})

const word = fc.oneof(
  fc.constantFrom(
    ...['eventCategory', 'readOnly', 'resources.type', 'resources.ARN', 'eventName', 'eventSource'],
    ...['Management', 'Data', 'NetworkActivity', 'AWS::S3::Object', 'true', 'kms.amazonaws.com'],
    ...['arn:aws:s3:::b/', '__proto__', 'constructor', ''],
  ),
  fc.string(),
)
const words = fc.option(fc.array(word, { maxLength: 3 }), { nil: undefined })

test('nothing but a refusal is thrown, whatever comes', () => {
  const refused = (check: () => unknown) => {
    try {
      check()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    }
  }
  const fieldSelector = fc.record({
    Field: word,
    ...Object.fromEntries(operators.map((name) => [name, words])),
  })
  const advanced = fc.record(
    { Name: word, FieldSelectors: fc.array(fieldSelector, { maxLength: 4 }) },
    { requiredKeys: ['FieldSelectors'] },
  )
  const basic = fc.record(
    {
      ReadWriteType: word,
      IncludeManagementEvents: fc.boolean(),
      DataResources: fc.array(fc.record({ Type: word, Values: words }, { requiredKeys: [] })),
      ExcludeManagementEventSources: fc.array(word),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(advanced, { maxLength: 3 }), fc.array(basic), (one, other) => {
      refused(() => checkAdvanced(one as Parameters<typeof checkAdvanced>[0]))
      refused(() => checkBasic(other as Parameters<typeof checkBasic>[0]))
    }),
  )
})
