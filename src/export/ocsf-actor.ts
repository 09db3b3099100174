import { type Fields, object, shortText as text } from './fields.ts'

/** OCSF's types of users, by CloudTrail's types of identities. */
const userTypes: ReadonlyMap<string, readonly [id: number, caption: string]> = new Map([
  ['Root', [2, 'Admin']],
  ['IAMUser', [1, 'User']],
  ['FederatedUser', [1, 'User']],
  ['IdentityCenterUser', [1, 'User']],
  ['SAMLUser', [1, 'User']],
  ['WebIdentityUser', [1, 'User']],
  ['AWSService', [3, 'System']],
  // Of other systems' events.
  ['User', [1, 'User']],
  ['System', [3, 'System']],
])

/**
 * Who acted, as OCSF's actor: a user that has a name or an id, the session and the service on whose behalf
 * the call was made. An identity that says nothing is the user `Unknown`.
 */
export function ocsfActor(identity: Fields): Fields {
  return {
    user: userOf(identity),
    session: sessionOf(object(identity['sessionContext'])),
    invoked_by: text(identity['invokedBy']),
    idp: text(identity['identityProvider']) && { name: text(identity['identityProvider']) },
  }
}

function userOf(identity: Fields): Fields {
  const type = text(identity['type'])
  const known = type === undefined || type === 'Unknown' ? ([0, 'Unknown'] as const) : undefined
  const [id, caption] = known ?? userTypes.get(type!) ?? ([99, type!] as const)
  const issuer = object(object(identity['sessionContext'])['sessionIssuer'])
  const uid = text(identity['arn'])
  const account = text(identity['accountId'])
  const principal = text(identity['principalId'])
  const name =
    text(identity['userName']) ??
    text(issuer['userName']) ??
    (type === 'Root' ? 'root' : text(identity['invokedBy']))
  return {
    type_id: id,
    type: caption,
    name: name ?? (uid || account ? undefined : (principal ?? 'Unknown')),
    uid,
    uid_alt: principal,
    credential_uid: text(identity['accessKeyId']),
    account: account && { uid: account, type: 'AWS Account', type_id: 10 },
  }
}

function sessionOf(context: Fields): Fields | undefined {
  const attributes = object(context['attributes'])
  const created = Date.parse(text(attributes['creationDate']) ?? '')
  const issuer = text(object(context['sessionIssuer'])['arn'])
  const mfa = text(attributes['mfaAuthenticated'])
  if (!Number.isFinite(created) && !issuer && !mfa) return undefined
  return {
    created_time: Number.isFinite(created) ? created : undefined,
    is_mfa: mfa === undefined ? undefined : mfa === 'true',
    issuer,
  }
}
