const readVerb = /^(Get|List|Describe|Head|Lookup|Search|BatchGet|Query|Scan|Check|Select|View)/

/** Where the verb is wrong, measured on real records and from the guides (`capture-and-neighbours.md` A.3). */
const overrides: Readonly<Record<string, boolean>> = {
  'kms:Decrypt': true,
  'kms:Encrypt': true,
  'kms:GenerateDataKey': true,
  'kms:GenerateDataKeyPair': true,
  'kms:GenerateDataKeyPairWithoutPlaintext': true,
  'kms:GenerateDataKeyWithoutPlaintext': true,
  'kms:GenerateMac': true,
  'kms:ReEncrypt': true,
  'kms:Sign': true,
  'kms:Verify': true,
  'sts:AssumeRole': true,
  'sts:AssumeRoleWithSAML': true,
  'sts:AssumeRoleWithWebIdentity': true,
  'sts:GetFederationToken': false,
  'signin:CheckMfa': false,
}

/** CloudTrail's `readOnly` for an operation: by its verb, but for the exceptions. `service` as signed. */
export function isReadOnly(service: string, operation: string): boolean {
  return overrides[`${service}:${operation}`] ?? readVerb.test(operation)
}
