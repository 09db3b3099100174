import type { CapturedAnswer, CapturedCall, CapturedParameters } from '../record/captured.ts'
import type { CapturedPrincipal, CapturedSession } from '../record/captured-identity.ts'

/** Whose a key is, as an answer told; a user of whom a later answer will give a key. */
export type Learned = Readonly<{
  /** `key/AKIA…`, `user/111122223333/alice` */
  name: string
  principal: CapturedPrincipal
  /** Of temporary credentials: milliseconds since the epoch. */
  expires?: number
}>

/** A call that was answered well, as far as it can teach who somebody is. */
export type Teaching = Readonly<{
  call: Pick<CapturedCall, 'eventSource' | 'operation'>
  parameters: CapturedParameters
  answer: CapturedAnswer
  /** Who called, where known, and by which key. */
  caller?: CapturedPrincipal
  accessKeyId?: string
  /** Milliseconds since the epoch. */
  at: number
}>

type Members = Readonly<Record<string, unknown>>
type Lesson = (given: Members, asked: Members, teaching: Teaching) => Learned | undefined

/** What an answer that passed by tells of identities. Secrets in it are not looked at. */
export function learn(teaching: Teaching): Learned | undefined {
  const { call, answer, parameters } = teaching
  if (answer.status >= 300 || answer.error || !answer.members) return undefined
  return lessonOf(call)?.(answer.members, parameters.members ?? {}, teaching)
}

/** Whether answers to such a call may tell of an identity. */
export function isTaught(call: Teaching['call']): boolean {
  return lessonOf(call) !== undefined
}

function lessonOf({ eventSource, operation }: Teaching['call']): Lesson | undefined {
  const lessons = lessonsBySource[eventSource]
  return lessons && Object.hasOwn(lessons, operation) ? lessons[operation] : undefined
}

const lessonsBySource: Readonly<Record<string, Readonly<Record<string, Lesson>>>> = {
  'sts.amazonaws.com': {
    AssumeRole: assumedRole,
    AssumeRoleWithSAML: assumedRole,
    AssumeRoleWithWebIdentity: assumedRole,
    GetCallerIdentity: callerOfKey,
    GetFederationToken: federatedUser,
    GetSessionToken: sessionOfCaller,
  },
  'iam.amazonaws.com': { CreateAccessKey: keyOfUser, CreateUser: newUser },
}

function assumedRole(given: Members, asked: Members, { at }: Teaching): Learned | undefined {
  const user = membersOf(given['AssumedRoleUser'])
  const arn = text(user['Arn'])
  const principalId = text(user['AssumedRoleId'])
  const accountId = accountOf(arn)
  const roleArn = text(asked['RoleArn'])
  return keyOf(given, {
    type: 'AssumedRole',
    principalId,
    arn,
    accountId,
    session: {
      issuer: {
        type: 'Role',
        principalId: principalId?.split(':')[0],
        arn: roleArn,
        accountId: accountOf(roleArn) ?? accountId,
        userName: roleArn?.split('/').at(-1),
      },
      createdAt: at,
      mfa: asked['SerialNumber'] !== undefined,
      sourceIdentity: text(given['SourceIdentity']),
    },
  })
}

function federatedUser(given: Members, _: Members, { at, caller }: Teaching): Learned | undefined {
  const user = membersOf(given['FederatedUser'])
  const arn = text(user['Arn'])
  return keyOf(given, {
    type: 'FederatedUser',
    principalId: text(user['FederatedUserId']),
    arn,
    accountId: accountOf(arn),
    session: { issuer: caller && issuerOf(caller), createdAt: at, mfa: false },
  })
}

function sessionOfCaller(given: Members, asked: Members, { at, caller }: Teaching) {
  if (!caller) return undefined
  const session = { createdAt: at, mfa: asked['SerialNumber'] !== undefined }
  return keyOf(given, { ...caller, session })
}

function callerOfKey(given: Members, _: Members, { accessKeyId, caller }: Teaching) {
  const principal = principalOfArn(text(given['Arn']) ?? '', text(given['UserId']))
  if (!accessKeyId || caller || !principal) return undefined
  return { name: `key/${accessKeyId}`, principal }
}

/** The rest of the user was told when it was made, if that passed by; whoever keeps it puts both together. */
function keyOfUser(given: Members, _: Members, { caller }: Teaching): Learned | undefined {
  const key = membersOf(given['AccessKey'])
  const userName = text(key['UserName'])
  const accessKeyId = text(key['AccessKeyId'])
  if (!userName || !accessKeyId) return undefined
  const accountId = caller?.accountId
  const isCaller = caller?.type === 'IAMUser' && caller.userName === userName
  const principal: CapturedPrincipal = isCaller ? caller : { type: 'IAMUser', accountId, userName }
  return { name: `key/${accessKeyId}`, principal }
}

function newUser(given: Members): Learned | undefined {
  const user = membersOf(given['User'])
  const arn = text(user['Arn'])
  const accountId = accountOf(arn)
  const userName = text(user['UserName'])
  if (!arn || !userName) return undefined
  const principalId = text(user['UserId'])
  return {
    name: `user/${accountId}/${userName}`,
    principal: { type: 'IAMUser', principalId, arn, accountId, userName },
  }
}

/** The principal of the temporary credentials in an answer. */
function keyOf(given: Members, principal: CapturedPrincipal): Learned | undefined {
  const { AccessKeyId, Expiration } = membersOf(given['Credentials'])
  const accessKeyId = text(AccessKeyId)
  if (!accessKeyId) return undefined
  const expires = Expiration instanceof Date ? Expiration.getTime() : Date.parse(String(Expiration))
  return {
    name: `key/${accessKeyId}`,
    principal,
    ...(!Number.isNaN(expires) && { expires }),
  }
}

/** Whom an ARN names: a root, a user, a role's session; undefined for any other. */
export function principalOfArn(arn: string, principalId?: string): CapturedPrincipal | undefined {
  const type = typeOf(arn)
  if (!type) return undefined
  const userName = type === 'IAMUser' ? arn.split('/').at(-1) : undefined
  const session = type === 'AssumedRole' ? sessionOf(arn, principalId) : undefined
  const accountId = accountOf(arn)
  const known = principalId ?? (type === 'Root' ? accountId : undefined)
  return { type, principalId: known, arn, accountId, userName, session }
}

function sessionOf(arn: string, principalId: string | undefined): CapturedSession {
  const userName = arn.split('/')[1]
  const accountId = accountOf(arn)
  return {
    issuer: {
      type: 'Role',
      principalId: principalId?.split(':')[0],
      arn: `arn:aws:iam::${accountId}:role/${userName}`,
      accountId,
      userName,
    },
  }
}

function issuerOf({ type, principalId, arn, accountId, userName }: CapturedPrincipal) {
  if (type !== 'IAMUser' && type !== 'Root') return undefined
  return { type, principalId, arn, accountId, userName } as const
}

function typeOf(arn: string | undefined): CapturedPrincipal['type'] | undefined {
  const resource = arn?.split(':')[5] ?? ''
  if (resource === 'root') return 'Root'
  const kinds = {
    user: 'IAMUser',
    'assumed-role': 'AssumedRole',
    'federated-user': 'FederatedUser',
  }
  const kind = resource.split('/')[0]!
  return Object.hasOwn(kinds, kind)
    ? (kinds[kind as keyof typeof kinds] as CapturedPrincipal['type'])
    : undefined
}

function accountOf(arn: string | undefined): string | undefined {
  return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn ?? '')?.[1]
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
