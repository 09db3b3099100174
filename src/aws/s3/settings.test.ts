// Settings of a bucket: what is kept, what S3 refuses and how, and what is refused because it is not built.
import { beforeEach, describe, expect, test } from 'vitest'
import { BucketWorld, refusal } from '../../../test/bucket-world.ts'
import { s3Operations } from './service.ts'

let world: BucketWorld
beforeEach(async () => {
  world = await new BucketWorld().open()
})
const call = (name: string, input: object = {}) => world.call(s3Operations[name]!, input)

describe('a policy', () => {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::b/*',
  }
  const put = (...statements: object[]) =>
    call('PutBucketPolicy', {
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    })
  const without = (name: string) => ({ ...statement, [name]: undefined })

  test.each([
    statement,
    { ...statement, Action: ['s3:*', '*'], Resource: ['arn:aws:s3:::b', 'arn:aws:s3:::b*'] },
    { ...statement, Principal: { AWS: ['111122223333', 'arn:aws:iam::111122223333:user/a'] } },
    { ...statement, Effect: 'Deny', Principal: '*' },
    { ...without('Principal'), Effect: 'Deny', NotPrincipal: { AWS: '111122223333' } },
  ])('%j is kept as it was put', async (kept) => {
    await put(kept)
    const { Policy } = await call('GetBucketPolicy')
    expect(JSON.parse(Policy).Statement).toEqual([JSON.parse(JSON.stringify(kept))])
  })

  test.each([
    { is: without('Principal'), text: 'Missing required field Principal' },
    { is: without('Action'), text: 'Missing required field Action' },
    { is: without('Resource'), text: 'Missing required field Resource' },
    { is: { ...statement, Principal: { AWS: 'bob' } }, text: 'Invalid principal in policy' },
    { is: { ...statement, Principal: {} }, text: 'Invalid principal in policy' },
    { is: { ...statement, Principal: { AWS: [] } }, text: 'Invalid principal in policy' },
    { is: { ...statement, Action: 'iam:*' }, text: 'Policy has invalid action' },
    { is: { ...statement, Resource: '*' }, text: 'Policy has invalid resource' },
    { is: { ...statement, Resource: 'arn:aws:s3:::bb' }, text: 'Policy has invalid resource' },
    { is: { ...statement, Effect: 'Maybe' }, text: 'Syntax errors in policy.' },
    { is: { ...statement, Sid: 'a'.repeat(20 * 1024) }, text: 'Policy exceeds the maximum' },
  ])('with $is is refused: $text', async ({ is, text }) => {
    await expect(put(is)).rejects.toEqual(refusal('MalformedPolicy', new RegExp(`^${text}`)))
    await expect(call('GetBucketPolicy')).rejects.toEqual(refusal('NoSuchBucketPolicy'))
  })

  test.each(['', 'no', '[]', '"a"', '{}'])('is not %j', async (Policy) => {
    await expect(call('PutBucketPolicy', { Policy })).rejects.toEqual(refusal('MalformedPolicy'))
  })

  const condition = (Condition: object) => ({ ...statement, Principal: '*', Condition })
  test.each([
    { is: { ...statement, Principal: '*' }, isPublic: true },
    { is: { ...statement, Principal: { AWS: ['*'] } }, isPublic: true },
    { is: condition({ StringLike: { 'aws:SourceArn': '*' } }), isPublic: true },
    { is: condition({ StringEquals: { 's3:x-amz-acl': 'private' } }), isPublic: true },
    { is: condition({ StringNotEquals: { 'aws:SourceAccount': '1' } }), isPublic: true },
    { is: condition({ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }), isPublic: true },
    { is: condition({ IpAddress: { 'aws:SourceIp': '16.0.0.0/7' } }), isPublic: true },
    { is: condition({ IpAddress: { 'aws:SourceIp': '2001:db8::/31' } }), isPublic: true },
    { is: condition({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }), isPublic: false },
    { is: condition({ IpAddress: { 'aws:SourceIp': '2001:db8::/32' } }), isPublic: false },
    { is: condition({ IpAddress: { 'aws:SourceIp': '192.0.2.1' } }), isPublic: false },
    { is: condition({ Null: { 'aws:SourceArn': 'true' } }), isPublic: true },
    {
      is: condition({ 'ForAllValues:StringEquals': { 'aws:SourceAccount': '1' } }),
      isPublic: true,
    },
    {
      is: { ...statement, Principal: undefined, NotPrincipal: { AWS: '111122223333' } },
      isPublic: true,
    },
    { is: condition({ StringEquals: { 'aws:SourceAccount': '1' } }), isPublic: false },
    { is: { ...statement, Effect: 'Deny', Principal: '*' }, isPublic: false },
    { is: statement, isPublic: false },
  ])('$is is public: $isPublic', async ({ is, isPublic }) => {
    await put(is)
    const { PolicyStatus } = await call('GetBucketPolicyStatus')
    expect(PolicyStatus).toEqual({ IsPublic: isPublic })
    const PublicAccessBlockConfiguration = { BlockPublicPolicy: true }
    await call('PutPublicAccessBlock', { PublicAccessBlockConfiguration })
    const again = put(is)
    if (isPublic) await expect(again).rejects.toEqual(refusal('AccessDenied', /BlockPublicPolicy/))
    else await again
  })
})

describe('versions', () => {
  test('are on, suspended, never off again', async () => {
    expect(await call('GetBucketVersioning')).toEqual({})
    for (const Status of ['Enabled', 'Suspended'] as const) {
      await call('PutBucketVersioning', { VersioningConfiguration: { Status } })
      expect(await call('GetBucketVersioning')).toEqual({ Status })
    }
    const neither = call('PutBucketVersioning', { VersioningConfiguration: {} })
    await expect(neither).rejects.toEqual(refusal('IllegalVersioningConfigurationException'))
    const mfa = { Status: 'Enabled', MFADelete: 'Enabled' }
    const asked = call('PutBucketVersioning', { VersioningConfiguration: mfa })
    await expect(asked).rejects.toEqual(refusal('NotImplemented'))
  })

  test('stay while Object Lock is on', async () => {
    world = await new BucketWorld().open({ versioning: 'Enabled', objectLock: {} })
    const suspended = { VersioningConfiguration: { Status: 'Suspended' } }
    const asked = call('PutBucketVersioning', suspended)
    await expect(asked).rejects.toEqual(refusal('InvalidBucketState'))
  })
})

describe('encryption', () => {
  const put = (...Rules: object[]) =>
    call('PutBucketEncryption', { ServerSideEncryptionConfiguration: { Rules } })
  const byDefault = (members: object) => ({ ApplyServerSideEncryptionByDefault: members })

  test.each([
    { rules: [], code: 'MalformedXML' },
    { rules: [{}], code: 'MalformedXML' },
    {
      rules: [byDefault({ SSEAlgorithm: 'AES256' }), byDefault({ SSEAlgorithm: 'AES256' })],
      code: 'MalformedXML',
    },
    { rules: [byDefault({ SSEAlgorithm: 'aws:kms' })], code: 'NotImplemented' },
    {
      rules: [byDefault({ SSEAlgorithm: 'AES256', KMSMasterKeyID: 'k' })],
      code: 'InvalidArgument',
    },
    { rules: [{ BlockedEncryptionTypes: { EncryptionType: ['NONE'] } }], code: 'NotImplemented' },
  ])('with $rules is refused', async ({ rules, code }) => {
    await expect(put(...rules)).rejects.toEqual(refusal(code))
  })

  test('is AES256 before and after', async () => {
    const usual = {
      ServerSideEncryptionConfiguration: {
        Rules: [{ ...byDefault({ SSEAlgorithm: 'AES256' }), BucketKeyEnabled: false }],
      },
    }
    expect(await call('GetBucketEncryption')).toEqual(usual)
    await put({ ...byDefault({ SSEAlgorithm: 'AES256' }), BucketKeyEnabled: true })
    expect(await call('GetBucketEncryption')).toMatchObject({
      ServerSideEncryptionConfiguration: { Rules: [{ BucketKeyEnabled: true }] },
    })
    await call('DeleteBucketEncryption')
    expect(await call('GetBucketEncryption')).toEqual(usual)
  })
})

describe('a life cycle', () => {
  const rule = { ID: 'a', Status: 'Enabled', Filter: {}, Expiration: { Days: 1 } }
  const put = (...Rules: object[]) =>
    call('PutBucketLifecycleConfiguration', { LifecycleConfiguration: { Rules } })
  const tag = { Key: 'k', Value: 'v' }
  const without = (name: keyof typeof rule) => ({ ...rule, [name]: undefined })

  test.each([
    rule,
    { ...without('Filter'), Prefix: 'a/' },
    { ...rule, Filter: { And: { Prefix: 'a', Tags: [tag] } } },
    { ...rule, Filter: { And: { ObjectSizeGreaterThan: 1, ObjectSizeLessThan: 9 } } },
    { ...rule, Expiration: { Date: new Date('2030-01-01T00:00:00Z') } },
    { ...rule, Expiration: { ExpiredObjectDeleteMarker: true } },
    { ...rule, NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 100 } },
    { ...without('Expiration'), AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
  ])('of %j is kept', async (kept) => {
    await put(kept)
    const { Rules, TransitionDefaultMinimumObjectSize: minimum } = await call(
      'GetBucketLifecycleConfiguration',
    )
    expect(Rules).toEqual([kept])
    expect(minimum).toBe('all_storage_classes_128K')
  })

  test('gives a rule without an id one', async () => {
    await put(without('ID'))
    const { Rules } = await call('GetBucketLifecycleConfiguration')
    expect(Rules).toEqual([{ ...without('ID'), ID: expect.stringMatching(/./) }])
  })

  test.each([
    { is: { ...rule, Prefix: 'a' }, code: 'MalformedXML' },
    { is: without('Filter'), code: 'MalformedXML' },
    { is: { ...rule, Filter: { Prefix: 'a', Tag: tag } }, code: 'MalformedXML' },
    { is: { ...rule, Filter: { And: { Prefix: 'a' } } }, code: 'MalformedXML' },
    {
      is: { ...rule, Filter: { And: { Tags: [tag, tag] } } },
      code: 'InvalidRequest',
    },
    { is: { ...rule, ID: 'a'.repeat(256) }, code: 'InvalidArgument' },
    { is: without('Expiration'), code: 'InvalidRequest' },
    { is: { ...rule, Expiration: {} }, code: 'MalformedXML' },
    { is: { ...rule, Expiration: { Days: 0 } }, code: 'InvalidArgument' },
    {
      is: { ...rule, Expiration: { Days: 1, ExpiredObjectDeleteMarker: true } },
      code: 'MalformedXML',
    },
    {
      is: { ...rule, Expiration: { Date: new Date('2030-01-01T01:00:00Z') } },
      code: 'InvalidArgument',
    },
    {
      is: { ...rule, Filter: { Tag: tag }, Expiration: { ExpiredObjectDeleteMarker: true } },
      code: 'InvalidRequest',
    },
    {
      is: {
        ...rule,
        Filter: { Tag: tag },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
      code: 'InvalidRequest',
    },
    { is: { ...rule, NoncurrentVersionExpiration: {} }, code: 'MalformedXML' },
    {
      is: {
        ...rule,
        NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 101 },
      },
      code: 'InvalidArgument',
    },
    {
      is: { ...rule, Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] },
      code: 'NotImplemented',
    },
  ])('of $is is refused: $code', async ({ is, code }) => {
    await expect(put(is)).rejects.toEqual(refusal(code))
  })

  test('has ids of its own, and rules', async () => {
    await expect(put(rule, rule)).rejects.toEqual(refusal('InvalidArgument', /unique/))
    await expect(put()).rejects.toEqual(refusal('MalformedXML'))
  })
})

describe('ACLs are off', () => {
  test('the owner’s is there and may be put again', async () => {
    const acl = await call('GetBucketAcl')
    await call('PutBucketAcl', { AccessControlPolicy: acl })
    await call('PutBucketAcl', { ACL: 'private' })
    const open = call('PutBucketAcl', { ACL: 'public-read' })
    await expect(open).rejects.toEqual(refusal('AccessControlListNotSupported'))
    const stranger = { Grantee: { Type: 'CanonicalUser', ID: 'a' }, Permission: 'READ' }
    const more = { ...acl, Grants: [...acl.Grants, stranger] }
    const asked = call('PutBucketAcl', { AccessControlPolicy: more })
    await expect(asked).rejects.toEqual(refusal('AccessControlListNotSupported'))
  })

  test('whoever wants them on is refused', async () => {
    const put = (...kinds: string[]) => {
      const Rules = kinds.map((ObjectOwnership) => ({ ObjectOwnership }))
      return call('PutBucketOwnershipControls', { OwnershipControls: { Rules } })
    }
    await put('BucketOwnerEnforced')
    await expect(put('ObjectWriter')).rejects.toEqual(refusal('NotImplemented'))
    await expect(put()).rejects.toEqual(refusal('MalformedXML'))
    const shown = { OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } }
    expect(await call('GetBucketOwnershipControls')).toEqual(shown)
    await call('DeleteBucketOwnershipControls')
    const missing = refusal('OwnershipControlsNotFoundError')
    await expect(call('GetBucketOwnershipControls')).rejects.toEqual(missing)
    await put('BucketOwnerEnforced')
    expect(await call('GetBucketOwnershipControls')).toEqual(shown)
  })
})

describe('what is not built', () => {
  const on = {
    PutBucketAccelerateConfiguration: { AccelerateConfiguration: { Status: 'Enabled' } },
    PutBucketCors: { CORSConfiguration: { CORSRules: [] } },
    PutBucketInventoryConfiguration: { Id: 'a' },
    PutBucketLogging: {
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket: 'b', TargetPrefix: '' } },
    },
    PutBucketNotificationConfiguration: {
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    },
    PutBucketReplication: { ReplicationConfiguration: { Role: 'r', Rules: [] } },
    PutBucketRequestPayment: { RequestPaymentConfiguration: { Payer: 'Requester' } },
    PutBucketWebsite: { WebsiteConfiguration: {} },
  }
  test.each(Object.entries(on))('%s is refused', async (name, input) => {
    await expect(call(name, input)).rejects.toEqual(refusal('NotImplemented'))
    expect(world.bucket.settings).toEqual({})
  })

  test.each([
    ['PutBucketLogging', { BucketLoggingStatus: {} }],
    ['PutBucketNotificationConfiguration', { NotificationConfiguration: {} }],
    [
      'PutBucketNotificationConfiguration',
      { NotificationConfiguration: { QueueConfigurations: [] } },
    ],
    ['PutBucketRequestPayment', { RequestPaymentConfiguration: { Payer: 'BucketOwner' } }],
    ['DeleteBucketCors', {}],
    ['DeleteBucketReplication', {}],
    ['DeleteBucketWebsite', {}],
  ])('%s that asks for nothing is not', async (name, input) => {
    expect(await call(name, input)).toEqual({})
  })

  test('a configuration that has a name is never there', async () => {
    for (const name of ['Analytics', 'Inventory', 'Metrics', 'IntelligentTiering']) {
      expect(await call(`ListBucket${name}Configurations`)).toEqual({ IsTruncated: false })
      for (const verb of ['Get', 'Delete']) {
        const asked = call(`${verb}Bucket${name}Configuration`, { Id: 'a' })
        await expect(asked).rejects.toEqual(refusal('NoSuchConfiguration'))
      }
    }
  })
})
