import { isoSeconds } from '../clock.ts'
import type { Principal, Tag } from '../operation.ts'
import type { ConditionContext } from './policy/glob.ts'

/** What the wire knows of a request that conditions may ask for. */
export type RequestFacts = Readonly<{
  /** Milliseconds since the epoch. */
  now: number
  sourceIp: string
  secureTransport: boolean
  region: string
  userAgent?: string
  /** Those the call sets. */
  tags?: readonly Tag[]
  /** Keys of the called service, such as `s3:prefix`. */
  keys?: Readonly<Record<string, string | readonly string[] | undefined>>
}>

/**
 * The global condition keys. A key that does not apply is left out, as AWS does: aws:username for a root,
 * aws:MultiFactorAuthPresent for long-term keys.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function conditionContext(
  principal: Principal,
  facts: RequestFacts,
  principalTags: readonly Tag[] = [],
): ConditionContext {
  const all: Record<string, string | readonly string[] | undefined> = {
    ...facts.keys,
    ...tagKeys('aws:PrincipalTag', principalTags),
    ...tagKeys('aws:RequestTag', facts.tags ?? []),
    'aws:TagKeys': facts.tags?.map(({ Key }) => Key),
    'aws:CurrentTime': isoSeconds(facts.now),
    'aws:EpochTime': String(Math.floor(facts.now / 1000)),
    'aws:SourceIp': facts.sourceIp.replace(/^::ffff:(?=\d+\.)/i, ''),
    'aws:SecureTransport': String(facts.secureTransport),
    'aws:RequestedRegion': facts.region,
    'aws:UserAgent': facts.userAgent,
    'aws:ViaAWSService': 'false',
    'aws:PrincipalIsAWSService': 'false',
    'aws:PrincipalArn': principal.arn,
    'aws:PrincipalAccount': principal.accountId,
    'aws:PrincipalType': principal.type === 'Root' ? 'Account' : 'User',
    'aws:userid': principal.principalId,
    'aws:username': principal.userName,
  }
  const context = new Map<string, readonly string[]>()
  for (const [key, value] of Object.entries(all)) {
    if (value === undefined) continue
    context.set(key.toLowerCase(), typeof value === 'string' ? [value] : value)
  }
  return context
}

function tagKeys(key: string, tags: readonly Tag[]) {
  return Object.fromEntries(tags.map(({ Key, Value }) => [`${key}/${Key}`, Value]))
}
