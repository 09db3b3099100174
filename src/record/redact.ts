/** Members that are never written, whatever the model says of them. */
const secret =
  /^(SecretAccessKey|Password|OldPassword|NewPassword|SecretString|SecretBinary|PrivateKey|Plaintext|SessionToken|SAMLAssertion|WebIdentityToken|TokenCode|AuthenticationCode1|AuthenticationCode2|Base32StringSeed|QRCodePNG)$/i
/** Marked sensitive in the models, and yet what an audit trail is for. */
const shownAnyway = new Set(['AccessKeyId', 'UserName', 'accessKeyIdType'])

/** The member is left out of the record. */
export function isSecret(member: string): boolean {
  return secret.test(member)
}

/** The member is named in the record and its value replaced. */
export function isHidden(member: string, sensitiveInModel: boolean): boolean {
  return sensitiveInModel && !shownAnyway.has(member)
}
