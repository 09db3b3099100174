import { isIP } from 'node:net'
import { lookupAttributes } from '../record/attributes.ts'
import { type Fields, membersOf, object, objects, shortText as text, textMax } from './fields.ts'
import { ocsfActor } from './ocsf-actor.ts'

export const ocsfVersion = '1.3.0'

const classUid = 6003
const activities = { 0: 'Unknown', 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete', 99: 'Other' }
type ActivityId = keyof typeof activities

/** The first word of an event name, where `readOnly` does not say that the call only read. */
const verbs: ReadonlyArray<readonly [ActivityId, RegExp]> = [
  [1, /^(Create|Run|Allocate|Register|Import|Copy|Generate|Issue|Upload|Launch|Request|Restore)/],
  [2, /^(Get|List|Describe|Head|Lookup|BatchGet|Search|Scan|Query|Select|View)/],
  [3, /^(Update|Modify|Put|Set|Attach|Detach|Add|Associate|Disassociate|Enable|Disable|Tag|Untag)/],
  [
    3,
    /^(Start|Stop|Reboot|Change|Replace|Reset|Authorize|Revoke|Activate|Deactivate|Rotate|Batch)/,
  ],
  [4, /^(Delete|Terminate|Remove|Deregister|Release|Cancel|Purge|Destroy|ScheduleKeyDeletion)/],
]
/** Members of a record that have a place of their own in the event; the rest goes to `unmapped`. */
const mapped = new Set([
  'eventTime',
  'eventName',
  'eventSource',
  'eventID',
  'eventType',
  'apiVersion',
  'awsRegion',
  'sourceIPAddress',
  'userAgent',
  'errorCode',
  'errorMessage',
  'requestID',
  'resources',
  'recipientAccountId',
  'eventVersion',
  'userIdentity',
  'requestParameters',
  'responseElements',
])

/**
 * A record as an OCSF event of the class API Activity, with the cloud profile. Every required attribute is
 * there, whatever the record lacks; `raw_data` is the record, but for one longer than OCSF's texts may be.
 * docs/export.md has the mapping.
 *
 * https://schema.ocsf.io/1.3.0/classes/api_activity
 */
export function ocsfEvent(record: string): Fields {
  const fields = membersOf(record)
  const { eventTime, accountId } = lookupAttributes(fields)
  const activity = activityOf(fields)
  return {
    activity_id: activity,
    activity_name: activities[activity],
    category_uid: 6,
    category_name: 'Application Activity',
    class_uid: classUid,
    class_name: 'API Activity',
    type_uid: classUid * 100 + activity,
    type_name: `API Activity: ${activities[activity]}`,
    severity_id: 1,
    severity: 'Informational',
    time: Number.isFinite(eventTime) ? eventTime : 0,
    ...statusOf(fields),
    metadata: metadataOf(fields),
    actor: ocsfActor(object(fields['userIdentity'])),
    api: apiOf(fields),
    src_endpoint: endpointOf(fields),
    http_request: withValues({ user_agent: text(fields['userAgent']) }),
    resources: resourcesOf(fields),
    cloud: {
      provider: isAws(fields) ? 'AWS' : 'Unknown',
      region: text(fields['awsRegion']),
      account: accountId === '' ? undefined : { uid: accountId, type: 'AWS Account', type_id: 10 },
    },
    unmapped: unmapped(fields),
    raw_data: record.length <= textMax ? record : undefined,
  }
}

function unmapped(fields: Fields): Fields {
  const isLaidOut = fields['eventCategory'] === 'ActivityAuditLog'
  const rest = Object.entries(fields).filter(
    ([name]) => !mapped.has(name) && !(isLaidOut && name === 'eventData'),
  )
  return Object.fromEntries(rest)
}

/** Reading, where the record says so; else by the name's first word. */
function activityOf(fields: Fields): ActivityId {
  const name = text(fields['eventName'])
  if (lookupAttributes(fields).readOnly) return 2
  if (name === undefined) return 0
  return verbs.find(([, pattern]) => pattern.test(name))?.[0] ?? 99
}

/** Failed sign-ins have a message, or an answer, without a code. */
function statusOf(fields: Fields): Fields {
  const [code, detail] = [text(fields['errorCode']), text(fields['errorMessage'])]
  const failed = code ?? detail ?? signInFailure(fields)
  const status = failed ? { status_id: 2, status: 'Failure' } : { status_id: 1, status: 'Success' }
  return { ...status, status_code: code, status_detail: detail }
}

function signInFailure(fields: Fields): boolean {
  if (fields['eventType'] !== 'AwsConsoleSignIn') return false
  return Object.values(object(fields['responseElements'])).includes('Failure')
}

function metadataOf(fields: Fields): Fields {
  return {
    version: ocsfVersion,
    profiles: ['cloud'],
    product: { name: 'Contrail', vendor_name: 'Contrail' },
    log_name: 'CloudTrail',
    log_version: text(fields['eventVersion']),
    uid: text(fields['eventID']),
    event_code: text(fields['eventType']),
  }
}

/** OCSF's request must have an id: the event's own, where the service gave none. */
function apiOf(fields: Fields): Fields {
  const [code, message] = [text(fields['errorCode']), text(fields['errorMessage'])]
  const uid = text(fields['requestID']) ?? text(fields['eventID'])
  const source = text(fields['eventSource'])
  return {
    operation: text(fields['eventName']) ?? 'Unknown',
    version: text(fields['apiVersion']),
    service: withValues({ name: source }),
    request: uid && { uid, data: fields['requestParameters'] ?? undefined },
    response: withValues({
      error: code,
      error_message: message,
      data: fields['responseElements'] ?? undefined,
    }),
  }
}

/** An address, or the name of the service that called; OCSF needs one of them. */
function endpointOf(fields: Fields): Fields {
  const source = text(fields['sourceIPAddress'])
  const vpc = text(fields['vpcEndpointId'])
  if (source === undefined) return { name: 'Unknown', interface_uid: vpc }
  if (isIP(source) > 0) return { ip: source, interface_uid: vpc }
  return /^[a-z0-9.-]+\.[a-z]+$/i.test(source)
    ? { domain: source, svc_name: source, interface_uid: vpc }
    : { name: source, interface_uid: vpc }
}

function resourcesOf(fields: Fields): readonly Fields[] | undefined {
  const named = objects(fields['resources']).flatMap((resource) => {
    const uid = text(resource['ARN']) ?? text(resource['ARNPrefix'])
    const owner = text(resource['accountId'])
    const type = text(resource['type'])
    return uid ? [{ uid, type, owner: owner && { account: { uid: owner } } }] : []
  })
  return named.length > 0 ? named : undefined
}

function isAws(fields: Fields): boolean {
  return text(fields['eventSource'])?.endsWith('.amazonaws.com') ?? false
}

/** The object, or nothing where it would say nothing. */
function withValues(value: Fields): Fields | undefined {
  return Object.values(value).some((one) => one !== undefined) ? value : undefined
}
