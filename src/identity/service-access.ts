import { decide } from './policy/decide.ts'
import { parsePolicy } from './policy/parse.ts'

/** What a service of AWS wants of a resource. */
export type ServiceRequest = Readonly<{
  /** `cloudtrail.amazonaws.com` */
  service: string
  /** `s3:PutObject` */
  action: string
  /** Its ARN. */
  resource: string
  /** Condition keys: `aws:SourceArn`, `aws:SourceAccount`, `s3:x-amz-acl`. */
  keys: Readonly<Record<string, string>>
}>

/**
 * Whether a resource's own policy lets a service do it: services have no policies of their own, so nothing
 * else can, and a resource without a policy (undefined) lets none.
 */
export function serviceMay(policy: string | undefined, request: ServiceRequest): boolean {
  if (policy === undefined) return false
  const { service, action, resource, keys } = request
  const all = {
    'aws:SecureTransport': 'true',
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': service,
    ...keys,
  }
  const { decision } = decide({
    policies: [parsePolicy(policy, 'resource')],
    action,
    resources: [resource],
    context: new Map(Object.entries(all).map(([key, value]) => [key.toLowerCase(), [value]])),
    principal: { service },
  })
  return decision === 'Allow'
}
