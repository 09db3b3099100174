import type { CapturedExchange } from '../captured.ts'
import { type DataEvent, dataResources } from './data-events.ts'

/** One entry of a record's `resources`. */
export type Resource = Readonly<{
  ARN?: string
  ARNPrefix?: string
  accountId?: string
  type?: string
}>

/** What a resource is found by. */
export type Facts = Readonly<{
  parameters: Readonly<Record<string, unknown>>
  answered: Readonly<Record<string, unknown>>
  operation: string
  region: string
  accountId: string
}>

/** Services whose management events name what they touched, and how that is found. */
const finders: Readonly<Record<string, (facts: Facts) => Resource[]>> = {
  kms: keys,
  sts: roles,
  ssm: parametersOfStore,
}

/**
 * What the call touched, where the service's records say so; undefined for none. `event` is that
 * of a data event. S3 finds its own.
 */
export function resourcesOf(
  { call, parameters, answer }: CapturedExchange,
  event: DataEvent | undefined,
  accountId: string,
): Resource[] | undefined {
  const facts = {
    parameters: parameters.members ?? {},
    answered: answer?.members ?? {},
    operation: call.operation,
    region: call.region,
    accountId,
  }
  const found = event
    ? dataResources(event, facts)
    : (finders[call.eventSource.split('.')[0]!]?.(facts) ?? [])
  return found.length > 0 && !(answer?.error && !event) ? found : undefined
}

/** The answer knows a key by its ARN, whatever the request called it. */
function keys({ parameters, answered, region, accountId }: Facts): Resource[] {
  const metadata = answered['KeyMetadata'] as { Arn?: unknown } | undefined
  const named = text(metadata?.Arn) ?? text(answered['KeyId']) ?? text(parameters['KeyId'])
  if (named === undefined || /(^|:)alias\//.test(named)) return []
  const ARN = named.startsWith('arn:') ? named : `arn:aws:kms:${region}:${accountId}:key/${named}`
  return [{ accountId: ARN.split(':')[4] ?? accountId, type: 'AWS::KMS::Key', ARN }]
}

function roles({ parameters }: Facts): Resource[] {
  const ARN = text(parameters['RoleArn'])
  if (ARN === undefined) return []
  return [{ accountId: ARN.split(':')[4]!, type: 'AWS::IAM::Role', ARN }]
}

function parametersOfStore({ parameters, operation, region, accountId }: Facts): Resource[] {
  if (!/^(Get|Put|Delete|Label)Parameter/.test(operation)) return []
  const many = parameters['Names']
  const names = Array.isArray(many) ? many : [parameters['Name']]
  return names.flatMap((name) => {
    const path = text(name)?.replace(/^\//, '')
    if (path === undefined) return []
    const ARN = path.startsWith('arn:')
      ? path
      : `arn:aws:ssm:${region}:${accountId}:parameter/${path}`
    return [{ accountId, ARN }]
  })
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
