import { isoSeconds } from '../clock.ts'

/** Who is behind a captured call. */
export type Caller = Readonly<{
  /**
   * What is known of the principal: proven by us, or learned with its key and accepted by the upstream.
   * Undefined when nobody is known.
   */
  principal?: CapturedPrincipal
  /** Of the signature. */
  accessKeyId?: string
  /** The account that the key belongs to, where only that is known. */
  accountId?: string
  /** The upstream did not accept the signature: nobody may be named. */
  refused?: boolean
}>

export type CapturedPrincipal = Readonly<{
  type: 'Root' | 'IAMUser' | 'AssumedRole' | 'FederatedUser' | 'AWSService'
  principalId?: string
  arn?: string
  accountId?: string
  userName?: string
  /** `cloudtrail.amazonaws.com`: a service that calls on its own behalf, or on the principal's. */
  invokedBy?: string
  session?: CapturedSession
}>

/** Temporary credentials. */
export type CapturedSession = Readonly<{
  /** Who they were made from; `{}` for sessions of the principal itself. */
  issuer?: Readonly<{
    type: 'Role' | 'IAMUser' | 'Root'
    principalId?: string
    arn?: string
    accountId?: string
    userName?: string
  }>
  /** Milliseconds since the epoch. */
  createdAt?: number
  mfa?: boolean
  sourceIdentity?: string
}>

/** AWS's key ids, and shorter ones of other servers; what is longer may be a secret in the wrong place. */
const accessKeyIdPattern = /^([A-Z0-9]{16,128}|[A-Za-z0-9_.-]{1,32})$/

/**
 * `userIdentity` (`cloudtrail-event-reference-user-identity` in CloudTrail's user guide). Whoever was refused
 * is nobody, and a key id that nobody knows stands for itself.
 */
export function callerIdentity(caller: Caller): Record<string, unknown> {
  const { principal, refused, accountId } = caller
  if (refused) return { type: 'Unknown' }
  const accessKeyId = shownKeyId(caller)
  if (!principal) {
    return { type: 'Unknown', principalId: accessKeyId, accountId, accessKeyId }
  }
  const { type, invokedBy, session } = principal
  if (type === 'AWSService') return { type, invokedBy }
  return {
    type,
    principalId: principal.principalId,
    arn: principal.arn,
    accountId: principal.accountId,
    accessKeyId,
    userName: principal.userName,
    sessionContext: session && sessionContext(session),
    invokedBy,
  }
}

/** The key id that a refused signature claimed. */
export function claimedBy(caller: Caller): string | undefined {
  return caller.refused ? shownKeyId(caller) : undefined
}

function shownKeyId({ accessKeyId }: Caller): string | undefined {
  return accessKeyId !== undefined && accessKeyIdPattern.test(accessKeyId) ? accessKeyId : undefined
}

function sessionContext({ issuer, createdAt, mfa, sourceIdentity }: CapturedSession): object {
  return {
    sessionIssuer: issuer ?? {},
    webIdFederationData: {},
    attributes: {
      creationDate: createdAt === undefined ? undefined : isoSeconds(createdAt),
      mfaAuthenticated: String(mfa ?? false),
    },
    sourceIdentity,
  }
}
