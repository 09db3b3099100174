/** What event history indexes of a record; see `lookupAttributes`. */
export type LookupAttributes = Readonly<{
  /** Milliseconds since the epoch; NaN where the record has no time that can be read. */
  eventTime: number
  eventID?: string
  eventName?: string
  eventSource?: string
  username?: string
  accessKeyId?: string
  readOnly?: boolean
  resources: ReadonlyArray<Readonly<{ type?: string; name: string }>>
  accountId: string
  region: string
  category: string
  errorCode?: string
  sourceIp?: string
}>

type Fields = Readonly<Record<string, unknown>>

/** Reads them from a parsed record of any age; a member of the wrong type counts as absent. */
export function lookupAttributes(record: Fields): LookupAttributes {
  // Events of other systems have theirs in an envelope.
  const inner = record['eventCategory'] === 'ActivityAuditLog' ? object(record['eventData']) : {}
  const identity = object(record['userIdentity'] ?? inner['userIdentity'])
  // Insights events name what they are about.
  const insight = object(record['insightDetails'])
  // Aggregated events have the window they count over instead of a time.
  const window = object(record['timeWindow'])
  return {
    eventTime: Date.parse(text(record['eventTime']) ?? text(window['windowStart']) ?? ''),
    eventID: text(record['eventID']),
    eventName: text(record['eventName']) ?? text(insight['eventName']) ?? text(inner['eventName']),
    eventSource:
      text(record['eventSource']) ?? text(insight['eventSource']) ?? text(inner['eventSource']),
    username: username(identity) ?? text(object(inner['userIdentity'])['principalId']),
    accessKeyId: text(identity['accessKeyId']) || undefined,
    readOnly: readOnlyOf(record['readOnly']),
    resources: resources(record),
    accountId: text(record['recipientAccountId']) ?? text(identity['accountId']) ?? '',
    region: text(record['awsRegion']) ?? '',
    category: category(record),
    errorCode: text(record['errorCode']) ?? text(inner['errorCode']),
    sourceIp: text(record['sourceIPAddress']) ?? text(inner['sourceIPAddress']),
  }
}

/** Old records say `readOnly` as a text, or not at all. */
function readOnlyOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  return value === 'true' ? true : value === 'false' ? false : undefined
}

/**
 * The user as LookupEvents names it: a user's name, `root`, a role session's name; else whoever the
 * record says was acting (`core.md` 5.3; unconfirmed beyond the first three).
 */
function username(identity: Fields): string | undefined {
  const name = text(identity['userName'])
  if (identity['type'] === 'Root') return 'root'
  if (identity['type'] === 'AssumedRole') {
    const principal = text(identity['principalId']) ?? ''
    return principal.slice(principal.indexOf(':') + 1) || undefined
  }
  return name || text(identity['invokedBy'])
}

/** Management unless the record says otherwise; before 1.07 it said so with `managementEvent`. */
function category(record: Fields): string {
  const stated = text(record['eventCategory'])
  if (stated) return stated
  if (record['eventType'] === 'AwsCloudTrailInsight') return 'Insight'
  return record['managementEvent'] === false ? 'Data' : 'Management'
}

/** Parameters that name a resource, by event source, and what kind they name. */
const namedByParameter: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'iam.amazonaws.com': {
    userName: 'AWS::IAM::User',
    roleName: 'AWS::IAM::Role',
    groupName: 'AWS::IAM::Group',
    policyArn: 'AWS::IAM::Policy',
    policyName: 'AWS::IAM::Policy',
    accessKeyId: 'AWS::IAM::AccessKey',
    instanceProfileName: 'AWS::IAM::InstanceProfile',
  },
  's3.amazonaws.com': {
    bucketName: 'AWS::S3::Bucket',
  },
  'ec2.amazonaws.com': {
    instanceId: 'AWS::EC2::Instance',
    groupId: 'AWS::EC2::SecurityGroup',
    vpcId: 'AWS::EC2::VPC',
    subnetId: 'AWS::EC2::Subnet',
    volumeId: 'AWS::EC2::Volume',
  },
  'kms.amazonaws.com': {
    keyId: 'AWS::KMS::Key',
  },
  'lambda.amazonaws.com': {
    functionName: 'AWS::Lambda::Function',
  },
  'secretsmanager.amazonaws.com': {
    secretId: 'AWS::SecretsManager::Secret',
  },
  'cloudtrail.amazonaws.com': {
    name: 'AWS::CloudTrail::Trail',
    trailName: 'AWS::CloudTrail::Trail',
  },
  'rds.amazonaws.com': {
    dBInstanceIdentifier: 'AWS::RDS::DBInstance',
  },
  'dynamodb.amazonaws.com': {
    tableName: 'AWS::DynamoDB::Table',
  },
  'sts.amazonaws.com': {
    roleArn: 'AWS::IAM::Role',
  },
  'ssm.amazonaws.com': {
    name: 'AWS::SSM::Parameter',
  },
}
/** Names of what an answer tells of something that was made; an ARN says itself what it is of. */
const namedByAnswer = ['accessKeyId', 'arn', 'userName', 'roleName', 'groupName']
/** Resources of one event that are indexed; a record can list thousands. */
const resourcesMax = 50

/**
 * What the record touched: its `resources`, by ARN and by the name at an ARN's end, and what its
 * parameters and its answer name.
 */
function resources(record: Fields): LookupAttributes['resources'] {
  const found = new Map<string, { type?: string; name: string }>()
  const add = (name: string | undefined, type?: string) => {
    if (!name || found.size >= resourcesMax) return
    if (!found.get(name)?.type) found.set(name, { type, name })
  }
  const listed = Array.isArray(record['resources']) ? record['resources'] : []
  for (const one of listed.map(object)) {
    const type = text(one['type'])
    const arn = text(one['ARN']) ?? text(one['ARNPrefix'])
    add(arn, type)
    add(shortName(arn), type)
  }
  const source = text(record['eventSource']) ?? ''
  const named = Object.hasOwn(namedByParameter, source) ? namedByParameter[source]! : {}
  for (const [key, value] of Object.entries(object(record['requestParameters']))) {
    if (Object.hasOwn(named, key)) add(text(value), named[key])
  }
  for (const made of Object.values(object(record['responseElements']))) {
    if (typeof made !== 'object') continue
    for (const key of namedByAnswer) {
      const name = text(object(made)[key])
      if (name === undefined) continue
      const type = key === 'arn' ? typeOfArn(name) : named[key]
      if (type) add(name, type)
    }
  }
  return [...found.values()]
}

function typeOfArn(arn: string | undefined): string | undefined {
  const [, kind] = /^arn:[^:]*:iam::\d*:(user|role|group|policy)\//.exec(arn ?? '') ?? []
  return kind && `AWS::IAM::${kind[0]!.toUpperCase()}${kind.slice(1)}`
}

/** The last part of an ARN: the bucket, the user without its path, the id. */
function shortName(arn: string | undefined): string | undefined {
  if (!arn?.startsWith('arn:')) return undefined
  const rest = arn.split(':').slice(5).join(':')
  return rest.slice(Math.max(rest.lastIndexOf('/'), rest.lastIndexOf(':')) + 1)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function object(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {}
}
