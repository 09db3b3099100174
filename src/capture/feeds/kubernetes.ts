import { activityRecord } from './activity-record.ts'
import { type Adapter, collect, type FeedContext } from './adapter.ts'
import { type Fields, fields, list, number, required, text, time } from './fields.ts'
import { jsonItems } from './items.ts'

/** Events of earlier stages are told again by these. */
const stages = new Set(['ResponseComplete', 'Panic'])
const reading = new Set(['get', 'list', 'watch'])
/** Subresources that stand for what is done, and change what runs whatever the verb. */
const doing: Readonly<Record<string, string>> = {
  attach: 'Attach',
  binding: 'Bind',
  eviction: 'Evict',
  exec: 'Exec',
  portforward: 'PortForward',
  proxy: 'Proxy',
}

/**
 * Kubernetes' audit events: the webhook's EventList, or one a line of the log file.
 *
 * https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
 */
export const kubernetes: Adapter = (bytes, context) =>
  collect(jsonItems(bytes, context, unfolded), context, (value) => made(fields(value), context))

function unfolded(value: unknown): readonly unknown[] {
  const { kind, items } = fields(value)
  return kind === 'EventList' && Array.isArray(items) ? items : [value]
}

function made(event: Fields, context: FeedContext): Buffer[] {
  const auditID = required(event['auditID'], 'auditID')
  const stage = required(event['stage'], 'stage')
  if (!stages.has(stage)) return []
  const { eventName, readOnly, parameters } = what(event)
  const status = fields(event['responseStatus'])
  const code = number(status['code']) ?? 0
  const ips = list(event['sourceIPs']).flatMap((ip) => text(ip) ?? [])
  const shown = withoutSecrets(event) as Fields
  const record = activityRecord(
    {
      nativeId: `${auditID}/${stage}`,
      time: time(event['requestReceivedTimestamp'] ?? event['stageTimestamp']),
      eventName,
      readOnly,
      userIdentity: identity(event),
      // Those before it are what the caller says.
      sourceIPAddress: ips.at(-1),
      userAgent: text(event['userAgent']),
      errorCode:
        stage === 'Panic'
          ? 'Panic'
          : code >= 400
            ? (text(status['reason']) ?? String(code))
            : undefined,
      errorMessage: code >= 400 || stage === 'Panic' ? text(status['message']) : undefined,
      requestParameters: { ...parameters, requestObject: shown['requestObject'] },
      responseElements: readOnly ? undefined : shown['responseObject'],
      additionalEventData: {
        stage,
        level: text(event['level']),
        statusCode: code || undefined,
        sourceIPs: ips.length > 1 ? ips.slice(0, 50) : undefined,
        decision: text(fields(event['annotations'])['authorization.k8s.io/decision']),
        reason: text(fields(event['annotations'])['authorization.k8s.io/reason']),
      },
      raw: shown,
    },
    context,
  )
  return [record]
}

/** `CreatePods`, `ExecPods`, `PatchDeploymentsScale`; `GetNonResource` for the paths of none. */
function what(event: Fields): { eventName: string; readOnly: boolean; parameters: Fields } {
  const verb = required(event['verb'], 'verb')
  const { resource, namespace, name, apiGroup, apiVersion, subresource } = fields(
    event['objectRef'],
  )
  const thing = text(resource)
  const part = text(subresource) ?? ''
  const doer = Object.hasOwn(doing, part) ? doing[part] : undefined
  const eventName = !thing
    ? `${capital(verb)}NonResource`
    : doer
      ? `${doer}${capital(thing)}`
      : `${capital(verb)}${capital(thing)}${capital(part)}`
  return {
    eventName,
    readOnly: reading.has(verb) && !doer,
    parameters: {
      verb,
      requestURI: text(event['requestURI']),
      ...(thing && { resource: thing, subresource: part || undefined, namespace, name }),
      ...(thing && { apiGroup, apiVersion }),
    },
  }
}

function identity(event: Fields): { type: string; principalId?: string; details: object } {
  const user = fields(event['user'])
  const name = text(user['username'])
  const impersonated = event['impersonatedUser']
  return {
    type: userType(name),
    principalId: name,
    details: {
      uid: text(user['uid']),
      groups: list(user['groups']).join(','),
      extra: user['extra'] && JSON.stringify(user['extra']),
      impersonatedUser: impersonated && JSON.stringify(impersonated),
    },
  }
}

function userType(name: string | undefined): string {
  if (!name || name === 'system:anonymous') return 'Unknown'
  if (name.startsWith('system:serviceaccount:')) return 'ServiceAccount'
  if (name.startsWith('system:node:')) return 'Node'
  return name.startsWith('system:') ? 'System' : 'User'
}

/** Without the bodies of requests about Secrets, and of Secrets that other bodies hold. */
function withoutSecrets(event: Fields): unknown {
  const bare = fields(event['objectRef'])['resource'] === 'secrets'
  return {
    ...event,
    ...(bare && { requestObject: undefined, responseObject: undefined }),
    ...(!bare && {
      requestObject: stripped(event['requestObject']),
      responseObject: stripped(event['responseObject']),
    }),
  }
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped)
  if (typeof value !== 'object' || value === null) return value
  const { kind, apiVersion } = value as Fields
  if (kind === 'Secret' || kind === 'SecretList') return { kind, apiVersion }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, stripped(one)]))
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
