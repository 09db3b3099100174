/** What selectors look at, read once from a record. */
export type SelectableEvent = Readonly<{
  eventCategory: string
  eventSource: string | undefined
  eventName: string | undefined
  eventType: string | undefined
  /** `false` where the record does not say: what is not known to be a read may have changed something. */
  readOnly: 'true' | 'false'
  errorCode: string | undefined
  vpcEndpointId: string | undefined
  sessionCredentialFromConsole: string | undefined
  userArn: string | undefined
  /** Of data events only: no other category selects by them. */
  resources: readonly SelectableResource[]
}>

/** `ARN` of a call on many objects is what theirs have in common: `arn:aws:s3:::bucket/`. */
export type SelectableResource = Readonly<{ ARN: string | undefined; type: string | undefined }>

type Fields = Readonly<Record<string, unknown>>

const none: readonly SelectableResource[] = []

/** Reads a record of any version; members that are not what they should be count as absent. */
export function selectable(record: object): SelectableEvent {
  const fields = record as Fields
  const eventCategory = categoryOf(fields)
  const fromConsole = fields['sessionCredentialFromConsole']
  return {
    eventCategory,
    eventSource: text(fields['eventSource']),
    eventName: text(fields['eventName']),
    eventType: text(fields['eventType']),
    readOnly: fields['readOnly'] === true ? 'true' : 'false',
    errorCode: text(fields['errorCode']),
    vpcEndpointId: text(fields['vpcEndpointId']),
    sessionCredentialFromConsole: fromConsole === true ? 'true' : text(fromConsole),
    userArn: text(membersOf(fields['userIdentity'])['arn']),
    resources: eventCategory === 'Data' ? resourcesOf(fields) : none,
  }
}

/** Records older than eventVersion 1.07 have no category. */
function categoryOf({ eventCategory, managementEvent, eventType }: Fields): string {
  if (typeof eventCategory === 'string') return eventCategory
  if (eventType === 'AwsVpceEvent' || eventType === 'AwsVpceEvents') return 'NetworkActivity'
  if (eventType === 'AwsCloudTrailInsight') return 'Insight'
  return managementEvent === false ? 'Data' : 'Management'
}

function resourcesOf(record: Fields): readonly SelectableResource[] {
  const { resources } = record
  if (!Array.isArray(resources)) return requestedResources(record)
  return resources.map((resource) => {
    const { ARN, ARNPrefix, type } = membersOf(resource)
    return { ARN: text(ARN) ?? text(ARNPrefix), type: text(type) }
  })
}

/** What the request names, for records that do not list what was touched. */
function requestedResources(record: Fields): readonly SelectableResource[] {
  const { bucketName, key, functionName, tableName } = membersOf(record['requestParameters'])
  const place = `${text(record['awsRegion'])}:${accountOf(record)}`
  switch (record['eventSource']) {
    case 's3.amazonaws.com':
      if (typeof bucketName !== 'string') return none
      return [{ ARN: `arn:aws:s3:::${bucketName}/${text(key) ?? ''}`, type: 'AWS::S3::Object' }]
    case 'lambda.amazonaws.com':
      return named(functionName, `arn:aws:lambda:${place}:function:`, 'AWS::Lambda::Function')
    case 'dynamodb.amazonaws.com':
      return named(tableName, `arn:aws:dynamodb:${place}:table/`, 'AWS::DynamoDB::Table')
    default:
      return none
  }
}

/** Names may be given as ARNs. */
function named(name: unknown, before: string, type: string): readonly SelectableResource[] {
  if (typeof name !== 'string') return none
  return [{ ARN: name.startsWith('arn:') ? name : before + name, type }]
}

function accountOf({ recipientAccountId, userIdentity }: Fields): string | undefined {
  return text(recipientAccountId) ?? text(membersOf(userIdentity)['accountId'])
}

function membersOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
