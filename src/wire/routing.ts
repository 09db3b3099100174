import type { Service } from '../operation.ts'
import type { Arrival } from './arrival.ts'
import { matchRoute, type RestRoutes } from './rest-routes.ts'
import type { Claim } from './sigv4/verify.ts'

/** A service and, for REST, what tells its operations apart. */
export type Endpoint = Readonly<{ service: Service; rest: RestRoutes }>

/** Whose call it is, and what it names. */
export type Called = Readonly<{
  service: Service
  /** One of the model's: what the call is recorded as. */
  operation?: string
  /** In the caller's words, when that is not what is here: the call is refused. */
  asked?: string
  /** REST: parts of the path, decoded. */
  labels: Readonly<Record<string, string>>
}>

/** The body's type is a form's. */
export function isForm({ headers }: Arrival): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')
}

/** Whether only the body says what is asked for: as in awsQuery's forms, whatever type they claim. */
export function isNamedInBody(
  endpoints: readonly Endpoint[],
  arrival: Arrival,
  claim: Claim | undefined,
): boolean {
  const { head, headers } = arrival
  if (head.method !== 'POST' || headers['x-amz-target'] !== undefined) return false
  if (!claim) return isForm(arrival)
  return endpoints.some(({ service: { model } }) => {
    return model.signingName === claim.service && model.protocol === 'awsQuery'
  })
}

/**
 * Whose call this is. X-Amz-Target counts as what was asked for, and a signed scope that contradicts
 * it is refused with the signature. Else the scope's service is meant, by Action or by path; without
 * a scope, the service whose Action and Version or whose path it is. Undefined when nothing tells.
 * `form` is the body of a form, as much of it as came.
 */
export function route(
  endpoints: readonly Endpoint[],
  arrival: Arrival,
  claim: Claim | undefined,
  form?: Buffer,
): Called | undefined {
  const target = arrival.headers['x-amz-target']
  const dot = target?.lastIndexOf('.') ?? -1
  const prefix = target?.slice(0, dot)
  const targeted = endpoints.find(({ service: { model } }) => {
    return dot > 0 && model.targetPrefixes?.includes(prefix!)
  })
  if (targeted) {
    const name = arrival.head.method === 'POST' ? target!.slice(dot + 1) : ''
    return { service: targeted.service, ...operationOf(targeted.service, name), labels: {} }
  }
  const scoped =
    claim && endpoints.filter(({ service }) => service.model.signingName === claim.service)
  const action = readAction(arrival, form)
  const matches = (scoped ?? endpoints).flatMap((endpoint) => {
    const { model } = endpoint.service
    if (model.protocol === 'awsQuery') return byAction(endpoint, action, scoped !== undefined)
    return model.protocol.startsWith('rest') ? byPath(endpoint, arrival) : []
  })
  const best = matches.sort((a, b) => b.certainty - a.certainty)[0]
  const silent = scoped?.[0] && { service: scoped[0].service, asked: '', labels: {} }
  return best ?? silent
}

/** Where paths begin with a caller's word, as S3's do, they match nearly everything: the rest goes before. */
type Match = Called & { certainty: number }

type Action = Readonly<{ name?: string; version?: string }>

/** Only what names the call: what is wrong with the rest of a form shows when it is parsed. */
function readAction({ query }: Arrival, form: Buffer | undefined): Action {
  const text = `&${query}&${form?.toString('latin1') ?? ''}&`
  const parameter = (name: string) => new RegExp(`&${name}=([\\w-]{1,128})(?=&)`).exec(text)?.[1]
  return { name: parameter('Action'), version: parameter('Version') }
}

function byAction({ service }: Endpoint, { name, version }: Action, isScoped: boolean): Match[] {
  const isVersion = version === service.model.apiVersion
  if (name === undefined || (!isScoped && !isVersion)) return []
  const found = operationOf(service, name)
  const asked =
    isVersion || version === undefined ? {} : { asked: `${name} for version ${version}` }
  return [{ service, ...found, ...asked, labels: {}, certainty: Number.POSITIVE_INFINITY }]
}

function byPath({ service, rest }: Endpoint, arrival: Arrival): Match[] {
  const { head, hostBucket } = arrival
  const isBucket = hostBucket !== undefined && service.model.protocol === 'restXml'
  const path = isBucket ? `/${hostBucket}${arrival.path}` : arrival.path
  const match = matchRoute(rest, { ...arrival, path, method: head.method })
  return match ? [{ service, ...match, certainty: match.literals }] : []
}

function operationOf({ model }: Service, name: string): { operation: string } | { asked: string } {
  if (Object.hasOwn(model.operations, name)) return { operation: name }
  const { protocol, apiVersion } = model
  return { asked: protocol === 'awsQuery' ? `${name} for version ${apiVersion}` : name }
}
