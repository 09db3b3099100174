/** Members that are never written, whatever the model says of them. */
const secrets = new Set([
  'AuthenticationCode1',
  'AuthenticationCode2',
  'Base32StringSeed',
  'NewPassword',
  'OldPassword',
  'Password',
  'Plaintext',
  'PrivateKey',
  'QRCodePNG',
  'SAMLAssertion',
  'SecretAccessKey',
  'SecretBinary',
  'SecretString',
  'SessionToken',
  'TokenCode',
  'WebIdentityToken',
])
/** Marked sensitive in the models, and yet what an audit trail is for. */
const shownAnyway = new Set(['AccessKeyId', 'UserName'])

/** The member is left out of the record. */
export function isSecret(member: string): boolean {
  return secrets.has(member)
}

/** The member is named in the record and its value replaced. */
export function isHidden(member: string, sensitiveInModel: boolean): boolean {
  return sensitiveInModel && !shownAnyway.has(member)
}
