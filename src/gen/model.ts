/**
 * The form of the generated service data (`gen/<service>.json`), condensed from the AWS models by
 * `tools/gen.ts`. Data only: one interpreter for each protocol reads it.
 */
export type Protocol = 'awsJson1.0' | 'awsJson1.1' | 'awsQuery' | 'restJson1' | 'restXml'

export type ServiceModel = Readonly<{
  /** The service in a SigV4 credential scope: `cloudtrail`, `iam`. */
  signingName: string
  /** `2013-11-01`: awsQuery's Version parameter. */
  apiVersion: string
  protocol: Protocol
  /** awsJson: accepted texts before the last dot of X-Amz-Target. */
  targetPrefixes?: readonly string[]
  /** XML namespace of awsQuery and restXml answers. */
  xmlNamespace?: string
  operations: Readonly<Record<string, OperationModel>>
  shapes: Readonly<Record<string, Shape>>
  /** By wire code. */
  errors: Readonly<Record<string, ErrorModel>>
}>

export type OperationModel = Readonly<{
  input?: string
  output?: string
  /** awsQuery, S3: the element around the members of the answer, `CreateUserResult`. */
  resultWrapper?: string
  /** S3: that element is the value of the only member. */
  unwrapped?: true
  /** REST protocols only. */
  http?: Readonly<{ method: string; uri: string; status?: number }>
  /** Wire codes. */
  errors: readonly string[]
}>

export type ErrorModel = Readonly<{
  status: number
  /** The exception's name as CloudTrail records it: `NoSuchEntityException`. */
  name: string
}>

export type Shape = StructureShape | ListShape | MapShape | ScalarShape

export type StructureShape = Readonly<{
  type: 'structure'
  members: Readonly<Record<string, Member>>
  required?: readonly string[]
  /** REST: the member that is the body. */
  payload?: string
  sensitive?: boolean
  union?: boolean
  /** Any JSON value, of which no model tells. */
  document?: true
}>

export type Member = Readonly<{
  shape: string
  location?: 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode'
  locationName?: string
  /** EC2: a form's name where it is not the other one with a capital. */
  queryName?: string
  flattened?: boolean
  xmlAttribute?: boolean
  xmlNamespace?: Readonly<{ prefix?: string; uri: string }>
  streaming?: boolean
  timestampFormat?: TimestampFormat
  sensitive?: boolean
}>

export type TimestampFormat = 'iso8601' | 'unixTimestamp' | 'rfc822'

export type ListShape = Readonly<{
  type: 'list'
  member: string
  /** The element's name in XML and query; `member` where absent. */
  memberName?: string
  flattened?: boolean
  min?: number
  max?: number
  sensitive?: boolean
}>

export type MapShape = Readonly<{
  type: 'map'
  key: string
  value: string
  keyName?: string
  valueName?: string
  flattened?: boolean
  min?: number
  max?: number
  sensitive?: boolean
}>

export type ScalarShape = Readonly<{
  type: 'string' | 'boolean' | 'integer' | 'long' | 'float' | 'double' | 'timestamp' | 'blob'
  enum?: readonly string[]
  min?: number
  max?: number
  pattern?: string
  timestampFormat?: TimestampFormat
  streaming?: boolean
  sensitive?: boolean
}>
