import type { FieldSelector } from '../contract.ts'

export type Operator = Exclude<keyof FieldSelector, 'Field'>

/** In the order in which they are shown. */
export const operators: readonly Operator[] = [
  'Equals',
  'NotEquals',
  'StartsWith',
  'NotStartsWith',
  'EndsWith',
  'NotEndsWith',
]

/** What a field may be compared with; any operator and any value where nothing is said. */
export type FieldRule = Readonly<{
  operators?: readonly Operator[]
  /** One value, not a list. */
  single?: true
  values?: RegExp
}>

const only = (values: RegExp): FieldRule => ({ operators: ['Equals'], single: true, values })

const anything: FieldRule = {}
const readOnly = only(/^(true|false)$/)
const fromConsole: FieldRule = { operators: ['Equals', 'NotEquals'], values: /^true$/ }

/** What a trail's selectors of one category must and may say. */
export type CategoryRules = Readonly<{
  required: readonly string[]
  fields: Readonly<Record<string, FieldRule>>
}>

/**
 * Categories that a trail selects; the others are those of event data stores. AWS lists some 80 services with
 * network activity and adds to them: any service is taken here.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
 */
export const trailCategories: Readonly<Record<string, CategoryRules>> = {
  Management: {
    required: [],
    fields: {
      eventSource: { operators: ['NotEquals'], values: /^(kms|rdsdata)\.amazonaws\.com$/ },
      readOnly,
    },
  },
  Data: {
    required: ['resources.type'],
    fields: {
      'resources.type': only(/^AWS::[A-Za-z0-9]+::[A-Za-z0-9]+$/),
      'resources.ARN': anything,
      eventName: anything,
      eventSource: anything,
      eventType: anything,
      readOnly,
      sessionCredentialFromConsole: fromConsole,
      'userIdentity.arn': anything,
    },
  },
  NetworkActivity: {
    required: ['eventSource'],
    fields: {
      eventSource: only(/^[a-z0-9][a-z0-9.-]*\.amazonaws\.com$/),
      eventName: anything,
      errorCode: only(/^VpceAccessDenied$/),
      vpcEndpointId: anything,
    },
  },
}

/** ARNs by resource type, where `resources.ARN` names a whole one; any ARN for the types not listed. */
const arnsByType: Readonly<Record<string, RegExp>> = {
  'AWS::S3::Object': /^arn:aws[\w-]*:s3:::[^/]+\/.*$/s,
  'AWS::S3::AccessPoint': /^arn:aws[\w-]*:s3:[^:]*:\d{12}:accesspoint\/.+$/s,
  'AWS::Lambda::Function': /^arn:aws[\w-]*:lambda:[^:]+:\d{12}:function:[^:]+(:[^:]+)?$/,
  'AWS::DynamoDB::Table': /^arn:aws[\w-]*:dynamodb:[^:]+:\d{12}:table\/[^/]+$/,
  'AWS::DynamoDB::Stream': /^arn:aws[\w-]*:dynamodb:[^:]+:\d{12}:table\/[^/]+\/stream\/.+$/,
}

/** Whether a text can be the ARN of a resource of the type. */
export function isArnOf(type: string, text: string): boolean {
  return (arnsByType[type] ?? /^arn:[\w-]+:[\w.-]+:[^:]*:[^:]*:.+$/s).test(text)
}
