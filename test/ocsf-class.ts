// The class API Activity of OCSF 1.3.0 with the profile `cloud`, as far as our events use it: the names, types,
// requirements and values of https://schema.ocsf.io/1.3.0/classes/api_activity, and a check against them.
// Whatever an event has that is not in this table is a fault, too.
import { isIP } from 'node:net'

type Value = any
type Shape = Readonly<{
  /** `name: type`, with `!` where it is required and `[]` where it is a list. */
  members: string
  /** At least one of these must be there. */
  oneOf?: string
}>

const base =
  'activity_id!: integer, activity_name: string, category_uid!: integer, category_name: string, ' +
  'class_uid!: integer, class_name: string, type_uid!: integer, type_name: string, time!: timestamp, ' +
  'severity_id!: integer, severity: string, status_id: integer, status: string, status_code: string, ' +
  'status_detail: string, metadata!: metadata, raw_data: string, unmapped: object, cloud!: cloud'

const shapes: Readonly<Record<string, Shape>> = {
  api_activity: {
    members:
      `${base}, actor!: actor, api!: api, src_endpoint!: network_endpoint, ` +
      'http_request: http_request, resources: resource_details[]',
  },
  metadata: {
    members:
      'version!: string, product!: product, profiles: string[], uid: string, event_code: string, ' +
      'log_name: string, log_version: string',
  },
  product: { members: 'name: string, uid: string, vendor_name!: string', oneOf: 'name uid' },
  actor: {
    members: 'user: user, session: session, invoked_by: string, idp: idp',
    oneOf: 'process user invoked_by session app_name app_uid',
  },
  user: {
    members:
      'name: string, uid: string, uid_alt: string, type_id: integer, type: string, account: account, ' +
      'credential_uid: string',
    oneOf: 'account name uid',
  },
  account: {
    members: 'name: string, uid: string, type_id: integer, type: string',
    oneOf: 'name uid',
  },
  session: { members: 'created_time: timestamp, is_mfa: boolean, issuer: string' },
  idp: { members: 'name: string, uid: string', oneOf: 'name uid' },
  api: {
    members:
      'operation!: string, service: service, version: string, request: request, response: response',
  },
  service: { members: 'name: string, uid: string', oneOf: 'name uid' },
  request: { members: 'uid!: string, data: json' },
  response: { members: 'error: string, error_message: string, data: json' },
  network_endpoint: {
    members: 'ip: ip, name: string, domain: string, svc_name: string, interface_uid: string',
    oneOf: 'ip uid name hostname svc_name instance_uid interface_uid interface_name',
  },
  http_request: { members: 'user_agent: string' },
  resource_details: {
    members: 'name: string, uid: string, type: string, owner: user',
    oneOf: 'name uid',
  },
  cloud: { members: 'provider!: string, region: string, account: account' },
}

/** What a number may be, and what its text beside it then is; 99 stands for any other text. */
const enums: Readonly<
  Record<string, readonly [sibling: string, captions: Record<number, string>]>
> = {
  'api_activity.activity_id': [
    'activity_name',
    { 0: 'Unknown', 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete', 99: 'Other' },
  ],
  'api_activity.category_uid': ['category_name', { 6: 'Application Activity' }],
  'api_activity.class_uid': ['class_name', { 6003: 'API Activity' }],
  'api_activity.severity_id': [
    'severity',
    {
      0: 'Unknown',
      1: 'Informational',
      2: 'Low',
      3: 'Medium',
      4: 'High',
      5: 'Critical',
      6: 'Fatal',
      99: '',
    },
  ],
  'api_activity.status_id': ['status', { 0: 'Unknown', 1: 'Success', 2: 'Failure', 99: '' }],
  'user.type_id': ['type', { 0: 'Unknown', 1: 'User', 2: 'Admin', 3: 'System', 99: '' }],
  'account.type_id': [
    'type',
    { 0: 'Unknown', 3: 'AWS IAM User', 4: 'AWS IAM Role', 10: 'AWS Account', 99: '' },
  ],
}

const textMax = 65_535
const types: Readonly<Record<string, (value: Value) => boolean>> = {
  string: (value) => typeof value === 'string' && value !== '' && value.length <= textMax,
  integer: Number.isSafeInteger,
  timestamp: Number.isSafeInteger,
  boolean: (value) => typeof value === 'boolean',
  ip: (value) => typeof value === 'string' && isIP(value) > 0 && value.length <= 40,
  json: (value) => value !== null,
  object: isObject,
}

function isObject(value: Value): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The attributes that are missing, wrong or unknown; none for a valid event. */
export function ocsfFaults(event: Value): string[] {
  const faults = shapeFaults('api_activity', event, '')
  if (event.type_uid !== event.class_uid * 100 + event.activity_id) faults.push('type_uid')
  if (event.type_name !== `${event.class_name}: ${event.activity_name}`) faults.push('type_name')
  if (event.metadata?.version !== '1.3.0') faults.push('metadata.version')
  if (!event.metadata?.profiles?.includes('cloud')) faults.push('metadata.profiles')
  return faults
}

function shapeFaults(shape: string, value: Value, at: string): string[] {
  const { members, oneOf } = shapes[shape]!
  if (!isObject(value)) return [`${at} is no object`]
  const known = new Map(members.split(', ').map((one) => parsed(one)))
  const faults = Object.keys(value).flatMap((name) =>
    known.has(name) ? [] : [`${at}${name} unknown`],
  )
  if (oneOf && !oneOf.split(' ').some((name) => value[name] !== undefined))
    faults.push(`${at}{${oneOf}}`)
  for (const [name, { type, isRequired, isList }] of known) {
    const found = value[name]
    if (found === undefined) {
      if (isRequired) faults.push(`${at}${name} missing`)
      continue
    }
    if (isList && !Array.isArray(found)) faults.push(`${at}${name} is no list`)
    for (const one of isList && Array.isArray(found) ? found : [found]) {
      faults.push(...valueFaults(type, one, `${at}${name}`))
    }
    faults.push(...enumFaults(`${shape}.${name}`, value, name, at))
  }
  return faults
}

function valueFaults(type: string, value: Value, at: string): string[] {
  if (type in shapes) return shapeFaults(type, value, `${at}.`)
  return types[type]!(value) ? [] : [`${at} is no ${type}`]
}

function enumFaults(key: string, value: Value, name: string, at: string): string[] {
  const [sibling, captions] = enums[key] ?? []
  if (!sibling || !captions) return []
  const caption = captions[value[name]]
  if (caption === undefined) return [`${at}${name} has no such value`]
  const isAny = value[name] === 99
  return isAny || value[sibling] === caption ? [] : [`${at}${sibling}`]
}

function parsed(member: string) {
  const [, name, mark, type, list] = /^(\w+)(!?): (\w+)(\[\])?$/.exec(member)!
  return [name!, { type: type!, isRequired: mark === '!', isList: list !== undefined }] as const
}
