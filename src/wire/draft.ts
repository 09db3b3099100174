import type { ApiCall, Principal } from '../operation.ts'
import type { Arrival } from './arrival.ts'
import type { Answer } from './codec.ts'
import type { ListenerOptions } from './listener.ts'
import { ownValue } from './own-value.ts'
import type { Called } from './routing.ts'
import type { Claim } from './sigv4/verify.ts'

/** What has been found out of a call so far; its record is made from this, however it ends. */
export type Draft = {
  readonly arrival: Arrival
  readonly called: Called
  /** Of its body, decoded. */
  bytesIn: number
  /** Its XML as it is recorded. */
  document?: Record<string, unknown>
  readonly claim: Claim | undefined
  /** Only once the signature and the whole body are proven. */
  principal?: Principal
  /** As parsed by the model. */
  input?: Record<string, unknown>
  /** Storage refused the call's record: there is no use in asking it for another one. */
  unrecorded?: true
}

/** The call as its record needs it, but for its result. Undefined when it names no operation. */
export function describeCall(
  draft: Draft,
  answer: Pick<Answer, 'headers' | 'body'>,
  options: ListenerOptions,
): ApiCall | undefined {
  const { arrival, called, claim, principal, input } = draft
  const { service, operation: name } = called
  if (name === undefined) return undefined
  const operation = ownValue(service.operations, name)
  return {
    requestId: arrival.requestId,
    service,
    operation: name,
    model: service.model.operations[name],
    access: operation?.access ?? accessOf(name),
    category: operation?.category ?? 'Management',
    region: regionOf(draft, options),
    accountId: principal?.accountId ?? options.rootPrincipal.accountId,
    startedAt: arrival.startedAt,
    sourceIp: arrival.sourceIp,
    userAgent: arrival.userAgent,
    host: arrival.host,
    tls: arrival.tls,
    principal,
    signature: claim?.kind,
    claimedAccessKeyId: principal ? undefined : claim?.accessKeyId,
    input,
    ...(service.model.protocol === 'restXml' && { http: describeHttp(draft, answer) }),
  }
}

function describeHttp(
  { arrival, called, bytesIn, document }: Draft,
  { headers: answered, body }: Pick<Answer, 'headers' | 'body'>,
): NonNullable<ApiCall['http']> {
  const { query, headers, head } = arrival
  const isSent = head.method !== 'HEAD' && (typeof body === 'string' || body instanceof Uint8Array)
  const bytesOut = isSent ? Buffer.byteLength(body) : 0
  return { labels: called.labels, query, headers, bytesIn, document, answered, bytesOut }
}

/** Of an operation that is not built only the verb tells. */
function accessOf(name: string): 'read' | 'write' {
  return /^(Get|List|Describe|Head|Lookup|Search)/.test(name) ? 'read' : 'write'
}

/** us-east-1 for a global service, else the scope's Region where it is one of ours, or the default one. */
export function regionOf(
  { claim, called }: Pick<Draft, 'claim' | 'called'>,
  { regions, region }: Pick<ListenerOptions, 'regions' | 'region'>,
): string {
  if (called.service.global) return 'us-east-1'
  return claim && regions.includes(claim.region) ? claim.region : region
}
