import { ApiError } from '../errors.ts'
import type {
  AccessControlPolicy,
  OwnershipControls,
  PublicAccessBlockConfiguration,
  ServerSideEncryptionConfiguration,
  VersioningConfiguration,
} from '../gen/s3-types.ts'
import { canonicalUserId } from './canonical-user.ts'
import type { Bucket } from './contract.ts'
import type { Lifecycle } from './lifecycle-settings.ts'
import { malformedXml } from './malformed-xml.ts'
import type { TagList } from './tags.ts'

/** What `Bucket.settings` may hold, by name. */
export type Settings = Readonly<{
  encryption: ServerSideEncryptionConfiguration
  lifecycle: Lifecycle
  /** The ownership controls were deleted; a new bucket has them. */
  ownershipRemoved: true
  /** JSON as it was put. */
  policy: string
  publicAccessBlock: PublicAccessBlockConfiguration
  tagging: TagList
}>

export function settingOf<K extends keyof Settings>(bucket: Bucket, name: K) {
  return bucket.settings[name] as Settings[K] | undefined
}

export function withSetting<K extends keyof Settings>(
  bucket: Bucket,
  name: K,
  value: Settings[K],
): Bucket {
  return { ...bucket, settings: { ...bucket.settings, [name]: value } }
}

export function withoutSetting(bucket: Bucket, name: keyof Settings): Bucket {
  const { [name]: _, ...settings } = bucket.settings
  return { ...bucket, settings }
}

/**
 * Switches versions on or suspends them. Throws ApiError IllegalVersioningConfigurationException for neither,
 * and InvalidBucketState where Object Lock needs them.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
 */
export function withVersioning(
  bucket: Bucket,
  { Status, MFADelete = 'Disabled' }: VersioningConfiguration,
): Bucket {
  if (MFADelete !== 'Disabled') throw new ApiError('NotImplemented', 'MFA Delete is not built.')
  if (Status === undefined) {
    const text = 'The Versioning element must be specified'
    throw new ApiError('IllegalVersioningConfigurationException', text)
  }
  if (Status === 'Suspended' && bucket.objectLock) {
    const text =
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.'
    throw new ApiError('InvalidBucketState', text)
  }
  return { ...bucket, versioning: Status }
}

/** Every object is encrypted with AES256, whether that was asked for or not. */
export function encryptionOf(bucket: Bucket): ServerSideEncryptionConfiguration {
  const byDefault = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }
  const rules = { Rules: [{ ...byDefault, BucketKeyEnabled: false }] }
  return settingOf(bucket, 'encryption') ?? rules
}

/**
 * Throws ApiError NotImplemented for keys of KMS and for letting in keys of the caller's own, MalformedXML
 * for anything but one rule.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
 */
export function withEncryption(
  bucket: Bucket,
  { Rules: [rule, ...more] }: ServerSideEncryptionConfiguration,
): Bucket {
  const byDefault = rule?.ApplyServerSideEncryptionByDefault
  const blocked = rule?.BlockedEncryptionTypes?.EncryptionType ?? []
  if (!rule || more.length > 0 || (!byDefault && blocked.length === 0)) throw malformedXml()
  const { SSEAlgorithm = 'AES256', KMSMasterKeyID } = byDefault ?? {}
  if (SSEAlgorithm !== 'AES256') {
    throw new ApiError('NotImplemented', `Encryption with ${SSEAlgorithm} is not built yet.`)
  }
  if (KMSMasterKeyID !== undefined) {
    const text = 'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms'
    throw new ApiError('InvalidArgument', text)
  }
  if (blocked.includes('NONE')) {
    throw new ApiError('NotImplemented', 'Encryption with keys of the caller is not built yet.')
  }
  const ApplyServerSideEncryptionByDefault = { SSEAlgorithm } as const
  const BucketKeyEnabled = rule.BucketKeyEnabled ?? false
  const kept = { ...rule, ApplyServerSideEncryptionByDefault, BucketKeyEnabled }
  return withSetting(bucket, 'encryption', { Rules: [kept] })
}

/** What is not said is not blocked. */
export function withPublicAccessBlock(
  bucket: Bucket,
  asked: PublicAccessBlockConfiguration,
): Bucket {
  const none = {
    BlockPublicAcls: false,
    IgnorePublicAcls: false,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  }
  return withSetting(bucket, 'publicAccessBlock', { ...none, ...asked })
}

/** Throws ApiError OwnershipControlsNotFoundError once they were deleted. */
export function ownershipOf(bucket: Bucket): OwnershipControls {
  if (!settingOf(bucket, 'ownershipRemoved')) {
    return { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] }
  }
  const text = 'The bucket ownership controls were not found'
  throw new ApiError('OwnershipControlsNotFoundError', text)
}

/** Throws ApiError NotImplemented for what would bring ACLs into force, MalformedXML for not one rule. */
export function checkOwnership({ Rules: [rule, ...more] }: OwnershipControls): void {
  if (!rule || more.length > 0) throw malformedXml()
  if (rule.ObjectOwnership === 'BucketOwnerEnforced') return
  throw new ApiError('NotImplemented', 'Only BucketOwnerEnforced is built: ACLs are off.')
}

/** The only ACL there is: the owner has full control. */
export function ownersAcl({ accountId }: Pick<Bucket, 'accountId'>) {
  const ID = canonicalUserId(accountId)
  const Grantee = { Type: 'CanonicalUser' as const, ID }
  return { Owner: { ID }, Grants: [{ Grantee, Permission: 'FULL_CONTROL' as const }] }
}

/** Whether grants say no more than what is so anyway. */
export function isOwnersAcl(bucket: Bucket, { Grants = [] }: AccessControlPolicy): boolean {
  const [grant, ...more] = Grants
  const isOwners = grant?.Grantee?.ID === canonicalUserId(bucket.accountId)
  return isOwners && grant.Permission === 'FULL_CONTROL' && more.length === 0
}
