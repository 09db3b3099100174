// Both styles of selectors against a slow evaluation, made from the words of core.md 2.9 and from nothing
// else: fields by their names in the record, rules one by one.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AdvancedSelector, BasicSelector, FieldSelector } from '../contract.ts'
import { compileSelectors } from './evaluate.ts'
import { operators } from './fields.ts'
import { selectable } from './selectable.ts'

type Members = Readonly<Record<string, any>>

const functionArn = 'arn:aws:lambda:us-east-1:111122223333:function:one'
const tableArn = 'arn:aws:dynamodb:us-east-1:111122223333:table/one'

function slowBasic(selectors: readonly BasicSelector[], event: Members): boolean {
  for (const selector of selectors) {
    const isRead = event['readOnly'] === true
    if (selector.ReadWriteType === 'ReadOnly' && !isRead) continue
    if (selector.ReadWriteType === 'WriteOnly' && isRead) continue
    const source = event['eventSource']
    const isManagement = event['eventCategory'] === 'Management'
    const isExcluded = selector.ExcludeManagementEventSources.includes(source)
    if (isManagement && selector.IncludeManagementEvents && !isExcluded) return true
    if (event['eventCategory'] !== 'Data') continue
    for (const { Type, Values } of selector.DataResources) {
      for (const value of Values) {
        for (const resource of event['resources']) {
          if (resource.type !== Type) continue
          if (value === 'arn:aws:s3' || value === 'arn:aws:s3:::') return true
          if (value === 'arn:aws:lambda' || value === 'arn:aws:dynamodb') return true
          const isPrefix = Type === 'AWS::S3::Object' && resource.ARN.indexOf(value) === 0
          if (isPrefix || resource.ARN === value) return true
        }
      }
    }
  }
  return false
}

function slowAdvanced(selectors: readonly AdvancedSelector[], event: Members): boolean {
  return selectors.some(({ FieldSelectors }) => {
    const candidates = [{}, ...(event['resources'] ?? [])]
    const aboutResources = FieldSelectors.some(({ Field }) => Field.startsWith('resources.'))
    return candidates.some((resource, i) => {
      if (aboutResources === (i === 0)) return false
      return FieldSelectors.every((selector) => slowField(selector, { ...event, resource }))
    })
  })
}

function slowField(selector: FieldSelector, event: Members): boolean {
  const { Field } = selector
  const holder = Field.startsWith('resources.')
    ? event['resource']
    : Field.startsWith('userIdentity.')
      ? (event['userIdentity'] ?? {})
      : event
  const found = holder[Field.split('.').at(-1)!]
  const value: string | undefined = found === undefined ? undefined : String(found)
  const wanted: boolean[] = []
  const unwanted: boolean[] = []
  for (const operator of operators) {
    for (const one of selector[operator] ?? []) {
      const compare = operator.replace('Not', '')
      const holds =
        value !== undefined &&
        ((compare === 'Equals' && value === one) ||
          (compare === 'StartsWith' && value.slice(0, one.length) === one) ||
          (compare === 'EndsWith' && one === value.slice(Math.max(0, value.length - one.length))))
      if (operator.startsWith('Not')) unwanted.push(holds)
      else wanted.push(holds)
    }
  }
  return (wanted.length === 0 || wanted.includes(true)) && !unwanted.includes(true)
}

const sources = ['s3.amazonaws.com', 'kms.amazonaws.com', 'rdsdata.amazonaws.com']
const types = ['AWS::S3::Object', 'AWS::Lambda::Function', 'AWS::DynamoDB::Table'] as const
const names = ['GetObject', 'PutObject', 'PutObjectAcl', 'Invoke']
const arns = [
  ...['arn:aws:s3:::b/', 'arn:aws:s3:::b/pre', 'arn:aws:s3:::b/prefix', 'arn:aws:s3:::c/k'],
  ...[functionArn, `${functionArn}two`, tableArn],
]
const users = ['arn:aws:iam::111122223333:user/alice', 'arn:aws:iam::111122223333:root']
const orAbsent = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined })
const events: fc.Arbitrary<Members> = fc.record({
  eventCategory: fc.constantFrom('Management', 'Data', 'NetworkActivity', 'Insight'),
  eventSource: fc.constantFrom(...sources),
  eventName: fc.constantFrom(...names),
  eventType: fc.constantFrom('AwsApiCall', 'AwsServiceEvent'),
  readOnly: fc.boolean(),
  errorCode: orAbsent(fc.constantFrom('VpceAccessDenied', 'AccessDenied')),
  vpcEndpointId: orAbsent(fc.constantFrom('vpce-1', 'vpce-12')),
  sessionCredentialFromConsole: orAbsent(fc.constant('true')),
  userIdentity: fc.record({ arn: orAbsent(fc.constantFrom(...users)) }),
  resources: fc.array(
    fc.record({ type: fc.constantFrom(...types), ARN: fc.constantFrom(...arns) }),
    { maxLength: 2 },
  ),
})

const valuesOfType = {
  'AWS::S3::Object': [...arns.slice(0, 4), 'arn:aws:s3', 'arn:aws:s3:::'],
  'AWS::Lambda::Function': [functionArn, 'arn:aws:lambda'],
  'AWS::DynamoDB::Table': [tableArn, 'arn:aws:dynamodb'],
}
const dataResource = fc.constantFrom(...types).chain((Type) =>
  fc.record({
    Type: fc.constant(Type),
    Values: fc.array(fc.constantFrom(...valuesOfType[Type]), { minLength: 1, maxLength: 3 }),
  }),
)
const basicSelectors = fc.array(
  fc.record({
    ReadWriteType: fc.constantFrom('All' as const, 'ReadOnly' as const, 'WriteOnly' as const),
    IncludeManagementEvents: fc.boolean(),
    DataResources: fc.array(dataResource, { maxLength: 2 }),
    ExcludeManagementEventSources: fc.subarray(sources.slice(1)),
  }),
  { minLength: 1, maxLength: 3 },
)

/** The fields of each category with values that meet those of the events, whole and in part. */
const comparable: Readonly<Record<string, readonly string[]>> = {
  eventSource: sources,
  eventName: [...names, 'Put', 'Object', 'Acl'],
  eventType: ['AwsApiCall', 'AwsService', 'Event'],
  readOnly: ['true', 'false'],
  errorCode: ['VpceAccessDenied'],
  vpcEndpointId: ['vpce-1', 'vpce-12', '2'],
  sessionCredentialFromConsole: ['true'],
  'userIdentity.arn': [...users, ':root', 'arn:aws:iam::'],
  'resources.type': types,
  'resources.ARN': [...arns, 'arn:aws:s3:::', 'two', 'k'],
}
const advancedSelectors = fc.array(
  fc
    .tuple(
      fc.constantFrom('Management', 'Data', 'NetworkActivity', 'Insight'),
      fc.subarray(Object.keys(comparable), { maxLength: 3 }),
    )
    .chain(([category, fields]) => {
      const values = (field: string) =>
        orAbsent(fc.subarray([...comparable[field]!], { minLength: 1 }))
      const selectors = fields.map((field) =>
        fc
          .record(Object.fromEntries(operators.map((name) => [name, values(field)])))
          .map((given): FieldSelector => ({ Field: field, ...given })),
      )
      const ofCategory: FieldSelector = { Field: 'eventCategory', Equals: [category] }
      return fc.tuple(...selectors).map((more) => ({ FieldSelectors: [ofCategory, ...more] }))
    }),
  { minLength: 1, maxLength: 3 },
)

test('basic selectors take what a slow evaluation takes', () => {
  fc.assert(
    fc.property(basicSelectors, fc.array(events, { maxLength: 20 }), (basic, all) => {
      const accepts = compileSelectors({ isCustom: true, basic })
      for (const event of all) {
        expect(accepts(selectable(event))).toBe(slowBasic(basic, event))
      }
    }),
    { numRuns: 300 },
  )
})

test('advanced selectors take what a slow evaluation takes', () => {
  fc.assert(
    fc.property(advancedSelectors, fc.array(events, { maxLength: 20 }), (advanced, all) => {
      const accepts = compileSelectors({ isCustom: true, advanced })
      for (const event of all) {
        const isData = event['eventCategory'] === 'Data'
        const seen = isData ? event : { ...event, resources: [] }
        expect(accepts(selectable(event))).toBe(slowAdvanced(advanced, seen))
      }
    }),
    { numRuns: 300 },
  )
})
