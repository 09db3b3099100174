// What is said of a version after it is there: tags, retention, legal hold, ACL; and its attributes.
import { beforeEach, describe, expect, test } from 'vitest'
import { BucketWorld, refusal } from '../../../test/bucket-world.ts'
import { canonicalUserId } from '../../objects/canonical-user.ts'
import type { Operation } from '../../operation.ts'
import { CompleteMultipartUpload } from './CompleteMultipartUpload.ts'
import { CreateMultipartUpload } from './CreateMultipartUpload.ts'
import { DeleteObject } from './DeleteObject.ts'
import { DeleteObjectTagging } from './DeleteObjectTagging.ts'
import { GetObjectAcl } from './GetObjectAcl.ts'
import { GetObjectAttributes } from './GetObjectAttributes.ts'
import { GetObjectLegalHold } from './GetObjectLegalHold.ts'
import { GetObjectLockConfiguration } from './GetObjectLockConfiguration.ts'
import { GetObjectRetention } from './GetObjectRetention.ts'
import { GetObjectTagging } from './GetObjectTagging.ts'
import { PutObject } from './PutObject.ts'
import { PutObjectAcl } from './PutObjectAcl.ts'
import { PutObjectLegalHold } from './PutObjectLegalHold.ts'
import { PutObjectLockConfiguration } from './PutObjectLockConfiguration.ts'
import { PutObjectRetention } from './PutObjectRetention.ts'
import { PutObjectTagging } from './PutObjectTagging.ts'
import { UploadPart } from './UploadPart.ts'

const day = 86_400_000

let world: BucketWorld
beforeEach(async () => {
  world = await new BucketWorld().open({ versioning: 'Enabled', objectLock: {} })
})

const refused = (operation: Operation, members: object, code: string, text?: RegExp) =>
  expect(world.call(operation, members)).rejects.toEqual(refusal(code, text))
const put = async (members: object = {}): Promise<string> =>
  (await world.call(PutObject, { Body: Buffer.from('x'), ...members })).VersionId
const later = (days: number) => new Date(world.clock.now() + days * day)

describe('tags', () => {
  const TagSet = [{ Key: 'team', Value: 'a' }]

  test('are of one version, put, shown and taken away', async () => {
    const VersionId = await put({ Tagging: 'team=first' })
    const newer = await put()
    expect(await world.call(PutObjectTagging, { Tagging: { TagSet } })).toEqual({
      VersionId: newer,
    })
    expect(world.asked).toEqual(['s3:PutObjectTagging'])
    expect(await world.call(GetObjectTagging)).toEqual({ VersionId: newer, TagSet })
    const first = { VersionId, TagSet: [{ Key: 'team', Value: 'first' }] }
    expect(await world.call(GetObjectTagging, { VersionId })).toEqual(first)
    expect(world.asked).toEqual(['s3:GetObjectVersionTagging'])
    expect(await world.call(DeleteObjectTagging, { VersionId })).toEqual({ VersionId })
    expect(world.asked).toEqual(['s3:DeleteObjectVersionTagging'])
    expect(await world.call(GetObjectTagging, { VersionId })).toEqual({ VersionId, TagSet: [] })
    expect(await world.call(GetObjectTagging)).toEqual({ VersionId: newer, TagSet })
  })

  test('are refused whole, and need a version', async () => {
    await put()
    await refused(PutObjectTagging, { Tagging: { TagSet: [...TagSet, ...TagSet] } }, 'InvalidTag')
    await refused(GetObjectTagging, { Key: 'none' }, 'NoSuchKey')
    await refused(GetObjectTagging, { VersionId: 'x' }, 'InvalidArgument', /Invalid version id/)
    const VersionId = await put({ Key: 'other' })
    await refused(GetObjectTagging, { VersionId }, 'NoSuchVersion')
    const marker = await world.call(DeleteObject)
    await refused(GetObjectTagging, {}, 'NoSuchKey')
    await refused(GetObjectTagging, { VersionId: marker.VersionId }, 'MethodNotAllowed')
  })
})

describe('retention', () => {
  const governance = (days: number) => ({
    Retention: { Mode: 'GOVERNANCE', RetainUntilDate: later(days) },
  })

  test('keeps a version until it runs out, or is bypassed by who may', async () => {
    const VersionId = await put()
    await refused(GetObjectRetention, {}, 'NoSuchObjectLockConfiguration')
    await world.call(PutObjectRetention, governance(2))
    expect(await world.call(GetObjectRetention)).toEqual(governance(2))
    await refused(DeleteObject, { VersionId }, 'AccessDenied', /protected by object lock/)
    await refused(PutObjectRetention, governance(1), 'AccessDenied', /protected by object lock/)
    const bypass = { BypassGovernanceRetention: true }
    world.denied.add('s3:BypassGovernanceRetention')
    await refused(PutObjectRetention, { ...governance(1), ...bypass }, 'AccessDenied')
    world.denied.clear()
    await world.call(PutObjectRetention, { ...governance(1), ...bypass })
    await world.clock.advance(day)
    await world.call(DeleteObject, { VersionId })
  })

  test('under compliance becomes longer only', async () => {
    const VersionId = await put({
      ChecksumAlgorithm: 'CRC32',
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: later(2),
    })
    const bypass = { VersionId, BypassGovernanceRetention: true }
    await refused(PutObjectRetention, { ...governance(3), ...bypass }, 'AccessDenied')
    await refused(PutObjectRetention, { Retention: {}, ...bypass }, 'AccessDenied')
    await refused(DeleteObject, bypass, 'AccessDenied')
    const Retention = { Mode: 'COMPLIANCE', RetainUntilDate: later(3) }
    await world.call(PutObjectRetention, { Retention })
    expect(await world.call(GetObjectRetention, { VersionId })).toEqual({ Retention })
  })

  test('is whole and to come, in a bucket with Object Lock', async () => {
    await put()
    await refused(PutObjectRetention, { Retention: { Mode: 'GOVERNANCE' } }, 'MalformedXML')
    await refused(PutObjectRetention, governance(0), 'InvalidArgument', /in the future/)
    const bare = await new BucketWorld().open()
    await bare.call(PutObject, { Body: Buffer.from('x') })
    for (const operation of [GetObjectRetention, PutObjectRetention, GetObjectLegalHold]) {
      const missing = refusal('InvalidRequest', /missing Object Lock/)
      await expect(bare.call(operation, governance(1))).rejects.toEqual(missing)
    }
  })
})

test('a legal hold keeps a version until it is taken back, whoever asks', async () => {
  const VersionId = await put()
  await refused(GetObjectLegalHold, {}, 'NoSuchObjectLockConfiguration')
  await world.call(PutObjectLegalHold, { LegalHold: { Status: 'ON' } })
  expect(await world.call(GetObjectLegalHold)).toEqual({ LegalHold: { Status: 'ON' } })
  const bypass = { VersionId, BypassGovernanceRetention: true }
  await refused(DeleteObject, bypass, 'AccessDenied')
  await refused(PutObjectLegalHold, { LegalHold: {} }, 'MalformedXML')
  await world.call(PutObjectLegalHold, { LegalHold: { Status: 'OFF' } })
  expect(await world.call(GetObjectLegalHold)).toEqual({ LegalHold: { Status: 'OFF' } })
  await world.call(DeleteObject, { VersionId })
})

describe('Object Lock of a bucket', () => {
  const on = (DefaultRetention?: object) => ({
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      ...(DefaultRetention && { Rule: { DefaultRetention } }),
    },
  })

  test('is switched on, and gives uploads the default that counts when they end', async () => {
    world = await new BucketWorld().open({ versioning: 'Enabled' })
    await refused(GetObjectLockConfiguration, {}, 'ObjectLockConfigurationNotFoundError')
    await world.call(PutObjectLockConfiguration, on({ Mode: 'GOVERNANCE', Days: 1 }))
    expect(world.asked).toEqual(['s3:PutBucketObjectLockConfiguration'])
    const shown = await world.call(GetObjectLockConfiguration)
    expect(shown).toEqual(on({ Mode: 'GOVERNANCE', Days: 1 }))
    const { UploadId } = await world.call(CreateMultipartUpload)
    const part = { UploadId, PartNumber: 1, Body: Buffer.from('x') }
    const { ETag } = await world.call(UploadPart, part)
    await world.clock.advance(day)
    const Parts = [{ PartNumber: 1, ETag }]
    await world.call(CompleteMultipartUpload, { UploadId, MultipartUpload: { Parts } })
    const Retention = { Mode: 'GOVERNANCE', RetainUntilDate: later(1) }
    expect(await world.call(GetObjectRetention)).toEqual({ Retention })
    await world.call(PutObjectLockConfiguration, on())
    expect(await world.call(GetObjectLockConfiguration)).toEqual(on())
  })

  test.each([
    [undefined, 'MalformedXML'],
    [{}, 'MalformedXML'],
    [on({ Mode: 'GOVERNANCE' }).ObjectLockConfiguration, 'MalformedXML'],
    [on({ Days: 1 }).ObjectLockConfiguration, 'MalformedXML'],
    [on({ Mode: 'GOVERNANCE', Days: 1, Years: 1 }).ObjectLockConfiguration, 'MalformedXML'],
    [on({ Mode: 'GOVERNANCE', Days: 0 }).ObjectLockConfiguration, 'InvalidArgument'],
    [on({ Mode: 'GOVERNANCE', Days: 36_501 }).ObjectLockConfiguration, 'InvalidArgument'],
    [on({ Mode: 'GOVERNANCE', Years: 101 }).ObjectLockConfiguration, 'InvalidArgument'],
  ])('is not %j', async (ObjectLockConfiguration, code) => {
    await refused(PutObjectLockConfiguration, { ObjectLockConfiguration }, code)
  })

  test('needs versions', async () => {
    world = await new BucketWorld().open({ versioning: 'Suspended' })
    await refused(PutObjectLockConfiguration, on(), 'InvalidBucketState')
  })
})

test('the ACL of an object is its owner’s full control, and nothing else', async () => {
  await put()
  const ID = canonicalUserId('111122223333')
  const { Owner, Grants } = await world.call(GetObjectAcl)
  expect(Owner).toEqual({ ID })
  expect(Grants).toEqual([{ Grantee: { ID, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }])
  await world.call(PutObjectAcl, { AccessControlPolicy: { Owner, Grants } })
  await world.call(PutObjectAcl, { ACL: 'bucket-owner-full-control' })
  const others = [
    { ACL: 'private' },
    { GrantRead: 'id=x' },
    { AccessControlPolicy: { Grants: [...Grants, ...Grants] } },
    { AccessControlPolicy: { Grants: [{ ...Grants[0], Permission: 'READ' }] } },
  ]
  for (const other of others) await refused(PutObjectAcl, other, 'AccessControlListNotSupported')
})

describe('attributes', () => {
  const ObjectAttributes = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']

  test('are those that are asked for', async () => {
    const VersionId = await put({ ChecksumAlgorithm: 'SHA1' })
    expect(await world.call(GetObjectAttributes, { ObjectAttributes })).toEqual({
      VersionId,
      LastModified: new Date(world.clock.now()),
      ETag: '9dd4e461268c8034f5c8564e155c67a6',
      Checksum: { ChecksumSHA1: 'EfatjsUqKYSrqv18O1FlA3hcIHI=', ChecksumType: 'FULL_OBJECT' },
      StorageClass: 'STANDARD',
      ObjectSize: 1,
    })
    expect(world.asked).toEqual(['s3:GetObjectAttributes', 's3:GetObject'])
    const size = { ObjectAttributes: ['ObjectSize'], VersionId }
    expect(Object.keys(await world.call(GetObjectAttributes, size))).toHaveLength(3)
    world.denied.add('s3:GetObjectVersion')
    await refused(GetObjectAttributes, size, 'AccessDenied')
  })

  test('of parts come in pages', async () => {
    const { UploadId } = await world.call(CreateMultipartUpload)
    const Parts: object[] = []
    for (const [i, size] of [5 * 1024 ** 2, 5 * 1024 ** 2, 1].entries()) {
      const part = { UploadId, PartNumber: i + 1, Body: Buffer.alloc(size) }
      Parts.push({ PartNumber: i + 1, ETag: (await world.call(UploadPart, part)).ETag })
    }
    await world.call(CompleteMultipartUpload, { UploadId, MultipartUpload: { Parts } })
    const asked = { ObjectAttributes: ['ObjectParts'], MaxParts: 1, PartNumberMarker: 1 }
    const { ObjectParts } = await world.call(GetObjectAttributes, asked)
    expect(ObjectParts).toEqual({
      TotalPartsCount: 3,
      PartNumberMarker: 1,
      NextPartNumberMarker: 2,
      MaxParts: 1,
      IsTruncated: true,
      Parts: [{ PartNumber: 2, Size: 5 * 1024 ** 2, ChecksumCRC64NVME: expect.any(String) }],
    })
  })
})
