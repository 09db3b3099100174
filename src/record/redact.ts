/** What becomes of a member: as it is, left out, or named with a mark in place of its value. */
type Treatment = 'shown' | 'left out' | 'hidden'

/**
 * By member, or by service and member where only one service does so. It counts before the models' own marks,
 * which are too few here and too many there (`capture-and-neighbours.md` A.3).
 */
const treatments = new Map<string, Treatment>([
  ...as('left out', 'AuthenticationCode1 AuthenticationCode2 Base32StringSeed CiphertextBlob'),
  ...as('left out', 'NewPassword OldPassword Password Plaintext PrivateKey PrivateKeyPlaintext'),
  ...as('left out', 'QRCodePNG SAMLAssertion SecretAccessKey SecretBinary SecretString TokenCode'),
  ...as('left out', 'SessionToken WebIdentityToken ZipFile'),
  ...as('left out', 'lambda Variables,lambda Payload,kms CiphertextForRecipient', ','),
  ...as('left out', 'dynamodb Item,dynamodb Items,dynamodb ExpressionAttributeValues', ','),
  ...as('left out', 'dynamodb AttributeUpdates,dynamodb Expected,dynamodb Parameters', ','),
  ...as('left out', 'kinesis Data,firehose Data,sqs MessageBody,sqs Body', ','),
  ...as('hidden', 'AuthToken KeyMaterial MasterUserPassword TdeCredentialPassword UserPassword'),
  ...as('hidden', 'ec2 UserData,ec2 PasswordData,elasticache AuthToken', ','),
  ...as('hidden', 'sns Message,sns Subject,sns MessageAttributes', ','),
  ...as('shown', 'AccessKeyId UserName'),
  // Worth nothing without its secret key, and CloudTrail shows it.
  ...as('shown', 'sts SessionToken', ','),
])

function as(treatment: Treatment, members: string, separator = ' '): Array<[string, Treatment]> {
  return members.split(separator).map((member) => [member, treatment])
}

/** What stands in place of a hidden value. */
const marks: Readonly<Record<string, string>> = { ec2: '<sensitiveDataRemoved>' }

/**
 * What a member's value is replaced by: undefined when it is shown, `null` when the member is left out, else
 * the mark. `service` is an event source without its domain.
 */
export function replacement(
  service: string,
  member: string,
  sensitiveInModel: boolean,
): string | null | undefined {
  const treatment =
    treatments.get(`${service} ${member}`) ??
    treatments.get(member) ??
    (sensitiveInModel ? 'hidden' : 'shown')
  if (treatment === 'shown') return undefined
  return treatment === 'left out' ? null : (marks[service] ?? hiddenMark)
}

/** CloudTrail's words for a value that it knows and does not show. */
export const hiddenMark = 'HIDDEN_DUE_TO_SECURITY_REASONS'

const secretNames = new RegExp(
  [
    'passw(or)?d|passphrase|private_?key|secret(_?(access)?_?key|_?string|_?binary|_?value)?$',
    'credential|auth_?data|api_?key|cookie|authorization',
    '(access|auth|bearer|id|identity|refresh|security|session|user)_?tokens?$|^tokens?$',
  ].join('|'),
  'i',
)

/** For what no model describes: whether a member of that name may hold a secret. */
export function isSecretName(member: string): boolean {
  return secretNames.test(member) && !/(arn|id|name|type|version)$/i.test(member)
}
