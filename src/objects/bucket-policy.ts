import { ApiError } from '../errors.ts'
import type { Transaction } from '../operation.ts'
import { findBucket } from './contract.ts'

/** What a bucket's root may always do: S3 locks nobody out of a policy for good. */
const neverDenied = ['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']

/**
 * Whose the bucket of an ARN is, and its policy: what is asked besides the caller's own policies. Undefined
 * for what is no bucket's.
 */
export function bucketOwner(
  tx: Transaction,
  arn: string,
): Readonly<{ accountId: string; policy?: string; neverDenied: readonly string[] }> | undefined {
  const name = /^arn:aws:s3:::([^/]+)/.exec(arn)?.[1]
  const bucket = name === undefined ? undefined : findBucket(tx, name)
  if (!bucket) return undefined
  const policy = bucket.settings['policy'] as string | undefined
  return { accountId: bucket.accountId, neverDenied, ...(policy !== undefined && { policy }) }
}

const bytesMax = 20 * 1024
const principalForm = /^(\*|\d{12}|arn:[^:]+:(iam|sts)::\d{12}:.+)$/

type Statement = Readonly<{
  Effect: 'Allow' | 'Deny'
  Principal?: unknown
  Action?: unknown
  NotAction?: unknown
  Resource?: unknown
  NotResource?: unknown
  Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}>

/**
 * Throws ApiError MalformedPolicy, in S3's words, for what is no policy of this bucket. `parse` throws for
 * what IAM's grammar does not know.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
 */
export function checkBucketPolicy(
  text: string,
  bucketName: string,
  parse: (text: string) => unknown,
): void {
  if (Buffer.byteLength(text) > bytesMax) {
    throw malformed('Policy exceeds the maximum allowed document size.')
  }
  for (const statement of statementsOf(text)) {
    const { Principal, NotPrincipal } = statement as Statement & { NotPrincipal?: unknown }
    if (Principal === undefined && NotPrincipal === undefined) {
      throw malformed('Missing required field Principal')
    }
    checkPrincipal(Principal ?? NotPrincipal)
    checkActions(listOf(statement.Action ?? statement.NotAction))
    checkResources(listOf(statement.Resource ?? statement.NotResource), bucketName)
  }
  try {
    parse(text)
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : 'Policy could not be read.', cause)
  }
}

function statementsOf(text: string): Statement[] {
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch {}
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) {
    throw malformed("Policies must be valid JSON and the first byte must be '{'")
  }
  const { Statement } = policy as { Statement?: unknown }
  if (Statement === undefined) throw malformed('Missing required field Statement')
  const statements = listOf(Statement)
  if (statements.every((one) => typeof one === 'object' && one !== null)) {
    return statements as Statement[]
  }
  throw malformed('Policy has invalid statement')
}

function checkPrincipal(principal: unknown): void {
  if (principal === '*') return
  const isMap = typeof principal === 'object' && principal !== null
  const kinds: Readonly<Record<string, unknown>> = isMap ? { ...principal } : { AWS: principal }
  const isNamed = Object.values(kinds).flatMap(listOf).length > 0
  const isForm = (one: unknown) => typeof one === 'string' && principalForm.test(one)
  if (isNamed && listOf(kinds['AWS']).every(isForm)) return
  throw malformed('Invalid principal in policy')
}

function checkActions(actions: readonly unknown[]): void {
  if (actions.length === 0) throw malformed('Missing required field Action')
  if (actions.every((one) => one === '*' || /^s3:[A-Za-z*?]+$/i.test(String(one)))) return
  throw malformed('Policy has invalid action')
}

function checkResources(resources: readonly unknown[], bucketName: string): void {
  if (resources.length === 0) throw malformed('Missing required field Resource')
  const own = `arn:aws:s3:::${bucketName}`
  const isOwn = (one: string) => one.startsWith(own) && /^($|[/*])/.test(one.slice(own.length))
  if (resources.every((one) => typeof one === 'string' && isOwn(one))) return
  throw malformed('Policy has invalid resource')
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  return value === undefined ? [] : [value]
}

function malformed(message: string, cause?: unknown): ApiError {
  return new ApiError('MalformedPolicy', message, { cause })
}

/** Keys whose fixed values make a policy for everybody one for a few. */
const narrowing = new Set(
  (
    'aws:sourceip aws:sourcearn aws:sourceaccount aws:sourceowner aws:sourcevpc aws:sourcevpce aws:userid ' +
    'aws:principalarn aws:principalaccount aws:principalorgid s3:dataaccesspointarn ' +
    's3:dataaccesspointaccount'
  ).split(' '),
)

/**
 * Whether the policy lets everybody in, as S3 counts it: for all, without a condition that fixes who or
 * where.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
export function isPublicPolicy(text: string): boolean {
  return statementsOf(text).some(({ Effect, Principal, Condition = {} }) => {
    const identities = (Principal as { AWS?: unknown } | undefined)?.AWS
    // Without a Principal it is for all but a few.
    const isForAll =
      Principal === undefined || Principal === '*' || listOf(identities).includes('*')
    return Effect === 'Allow' && isForAll && !isNarrowed(Condition)
  })
}

function isNarrowed(condition: NonNullable<Statement['Condition']>): boolean {
  return Object.entries(condition).some(([operator, keys]) => {
    // These hold also for a request that has no such key.
    if (/Not|Null|IfExists|ForAllValues/i.test(operator)) return false
    return Object.entries(keys).some(([key, values]) => {
      return narrowing.has(key.toLowerCase()) && listOf(values).every((one) => isFixed(String(one)))
    })
  })
}

/** No pattern, and no block of more addresses than S3 takes for a few. */
function isFixed(value: string): boolean {
  const [, address, bits] = /^([\d.]+|[\da-f:]+)\/(\d+)$/i.exec(value) ?? []
  if (address === undefined) return !/[*?]|\$\{/.test(value)
  return Number(bits) >= (address.includes(':') ? 32 : 8)
}
