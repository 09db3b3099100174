// Objects put, got and copied, as their operations answer.
import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { BucketWorld, refusal } from '../../../test/bucket-world.ts'
import { currentVersion } from '../../objects/object-rows.ts'
import type { Operation } from '../../operation.ts'
import { CopyObject } from './CopyObject.ts'
import { DeleteObject } from './DeleteObject.ts'
import { GetObject } from './GetObject.ts'
import { HeadObject } from './HeadObject.ts'
import { PutObject } from './PutObject.ts'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const base64Md5 = (text: string) => createHash('md5').update(text).digest('base64')

let world: BucketWorld
beforeEach(async () => {
  world = await new BucketWorld().open()
})

const refused = (operation: Operation, members: object, code: string, text?: RegExp) =>
  expect(world.call(operation, members)).rejects.toEqual(refusal(code, text))
const put = (Body: string, members: object = {}) =>
  world.call(PutObject, { Body: Buffer.from(Body), ...members })
const current = (key = 'k') => currentVersion(world.state.begin(), world.bucket, key)

async function get(members: object = {}): Promise<any> {
  const { Body, ...head } = await world.call(GetObject, members)
  const pieces: Buffer[] = []
  for await (const piece of Body) pieces.push(piece)
  return { ...head, text: Buffer.concat(pieces).toString() }
}

describe('an object', () => {
  test('is given back as it was put', async () => {
    const head = {
      CacheControl: 'no-cache',
      ContentDisposition: 'inline',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      ContentType: 'text/plain',
      Expires: 'Sat, 21 Nov 2026 05:00:00 GMT',
    }
    const said = { Metadata: { Mine: 'x' }, Tagging: 'a=1&b=2', StorageClass: 'STANDARD_IA' }
    expect(await put('hello', { ...head, ...said })).toEqual({
      ETag: `"${md5('hello')}"`,
      ServerSideEncryption: 'AES256',
      ChecksumCRC64NVME: 'M3eFcAZSQlc=',
      ChecksumType: 'FULL_OBJECT',
    })
    const shown = {
      ...head,
      AcceptRanges: 'bytes',
      ContentLength: 5,
      ETag: `"${md5('hello')}"`,
      LastModified: new Date(world.clock.now()),
      Metadata: { mine: 'x' },
      ServerSideEncryption: 'AES256',
      StorageClass: 'STANDARD_IA',
      TagCount: 2,
    }
    expect(await get()).toEqual({ ...shown, text: 'hello' })
    expect(await world.call(HeadObject)).toEqual(shown)
    const checked = { ...shown, ChecksumCRC64NVME: 'M3eFcAZSQlc=', ChecksumType: 'FULL_OBJECT' }
    expect(await world.call(HeadObject, { ChecksumMode: 'ENABLED' })).toEqual(checked)
  })

  test('tells when a rule will let it expire, where it is the current version', async () => {
    const ID = 'old logs & more'
    const rule = {
      ID,
      Status: 'Enabled',
      Expiration: { Days: 1 },
      Filter: { Prefix: 'k' },
    } as const
    const settings = { lifecycle: { Rules: [rule] } }
    world = await new BucketWorld().open({ settings })
    const Expiration =
      'expiry-date="Mon, 23 Nov 2026 00:00:00 GMT", rule-id="old%20logs%20%26%20more"'
    expect(await put('hello')).toMatchObject({ Expiration })
    expect(await world.call(HeadObject)).toMatchObject({ Expiration })
    expect(await get()).toMatchObject({ Expiration })
    expect(await get({ VersionId: 'null' })).not.toHaveProperty('Expiration')
    const copied = { Key: 'k2', CopySource: 'b/k' }
    expect(await world.call(CopyObject, copied)).toMatchObject({ Expiration })
    expect(await put('x', { Key: 'other' })).not.toHaveProperty('Expiration')
  })

  test('is of bytes that nobody names a type for', async () => {
    await put('')
    expect(await get()).toMatchObject({ ContentType: 'binary/octet-stream', text: '' })
    expect((await current())!.blobs).toEqual([])
  })

  test('is given from where a caller left off, while it is the same', async () => {
    const { ETag } = await put('0123456789')
    const rest = async (ifRange: string) => {
      world.headers = { 'if-range': ifRange }
      return (await get({ Range: 'bytes=7-' })).text
    }
    const modified = new Date(world.clock.now())
    expect(await rest(ETag)).toBe('789')
    expect(await rest(modified.toUTCString())).toBe('789')
    const later = new Date(modified.getTime() + 1_000).toUTCString()
    for (const other of ['"another"', `W/${ETag}`, later, 'no date']) {
      expect(await rest(other)).toBe('0123456789')
    }
  })

  test('is shown as the caller wants it', async () => {
    await put('hello', { ContentType: 'text/plain', CacheControl: 'no-cache' })
    const wanted = {
      ResponseContentType: 'text/html',
      ResponseExpires: new Date('2026-11-21T05:00:00Z'),
    }
    expect(await get(wanted)).toMatchObject({
      ContentType: 'text/html',
      CacheControl: 'no-cache',
      Expires: 'Sat, 21 Nov 2026 05:00:00 GMT',
    })
  })

  test('is given in part, without the checksum of the whole', async () => {
    await put('hello')
    const part = await get({ Range: 'bytes=1-3', ChecksumMode: 'ENABLED' })
    expect(part).toMatchObject({ text: 'ell', ContentLength: 3, ContentRange: 'bytes 1-3/5' })
    expect(part).not.toHaveProperty('ChecksumCRC64NVME')
    expect(part).not.toHaveProperty('ChecksumType')
    await refused(GetObject, { Range: 'bytes=5-' }, 'InvalidRange')
  })

  test('replaces the one before, whose content goes', async () => {
    await put('one')
    await put('two')
    expect(await get()).toMatchObject({ text: 'two' })
    expect(world.blobs.held.size).toBe(1)
  })

  test.each(['../../etc/passwd', '/', '//', 'a\0b', 'é', 'e\u0301', 'dot.', '...', ' ', '😀'])(
    'may have the key %j',
    async (Key) => {
      await put('other', { Key: `${Key}x` })
      await put('this', { Key })
      expect(await get({ Key })).toMatchObject({ text: 'this' })
      await world.call(DeleteObject, { Key })
      await refused(GetObject, { Key }, 'NoSuchKey')
    },
  )

  test('may have a key of 1,024 bytes', async () => {
    const Key = 'é'.repeat(512)
    await put('x', { Key })
    for (const operation of [PutObject, GetObject, DeleteObject]) {
      await refused(operation, { Key: `${Key}x` }, 'KeyTooLongError')
    }
  })
})

describe('a body is held against its head', () => {
  test.each([
    ['MD5', { ContentMD5: base64Md5('hello') }],
    ['CRC32', { ChecksumCRC32: 'NhCmhg==' }],
    ['CRC32C', { ChecksumCRC32C: 'mnG7TA==' }],
    ['CRC64NVME', { ChecksumCRC64NVME: 'M3eFcAZSQlc=' }],
    ['SHA1', { ChecksumSHA1: 'qvTGHdzF6KLavt4PO0gs2a6pQ00=' }],
    ['SHA256', { ChecksumSHA256: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=' }],
  ])('%s', async (_, members) => {
    const answer = await put('hello', members)
    if (!('ContentMD5' in members)) expect(answer).toMatchObject(members)
    await refused(PutObject, { Body: Buffer.from('hellO'), ...members }, 'BadDigest')
    expect(await get()).toMatchObject({ text: 'hello' })
    expect(world.blobs.held.size).toBe(1)
  })

  test.each([
    ['no MD5', { ContentMD5: 'x' }, 'InvalidDigest'],
    ['no checksum', { ChecksumCRC32: 'x' }, 'InvalidRequest'],
    ['two checksums', { ChecksumCRC32: 'NhCmhg==', ChecksumCRC32C: 'mnG7TA==' }, 'InvalidRequest'],
    ['one not built', { ChecksumSHA512: 'x' }, 'NotImplemented'],
  ])('%s', async (_, members, code) => {
    await refused(PutObject, { Body: Buffer.from('hello'), ...members }, code)
  })

  test('one that fails leaves what was there', async () => {
    await put('before')
    async function* Body() {
      yield Buffer.from('af')
      throw new Error('the signature of the last chunk')
    }
    await expect(world.call(PutObject, { Body: Body() })).rejects.toThrow('last chunk')
    expect(await get()).toMatchObject({ text: 'before' })
    expect(world.blobs.held.size).toBe(1)
  })
})

describe('conditions of a write', () => {
  const body = { Body: Buffer.from('new') }

  test('only where nothing is', async () => {
    expect(await put('first', { IfNoneMatch: '*' })).toBeDefined()
    await refused(PutObject, { ...body, IfNoneMatch: '*' }, 'PreconditionFailed')
    await refused(PutObject, { ...body, IfNoneMatch: '"x"' }, 'NotImplemented')
    expect(world.blobs.held.size).toBe(1)
  })

  test('only in place of what the caller knows', async () => {
    await refused(PutObject, { ...body, IfMatch: '"x"' }, 'NoSuchKey')
    const { ETag } = await put('first')
    await refused(PutObject, { ...body, IfMatch: '"x"' }, 'PreconditionFailed')
    await put('second', { IfMatch: ETag })
    expect(await get()).toMatchObject({ text: 'second' })
  })

  test('of many who write at once where nothing is, one does', async () => {
    const writers = ['a', 'b', 'c', 'd'].map((text) => put(text, { IfNoneMatch: '*' }))
    const ends = await Promise.allSettled(writers)
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason).toEqual(refusal('PreconditionFailed'))
    }
    expect(world.blobs.held.size).toBe(1)
  })
})

describe('what is refused', () => {
  test.each([
    ['a bucket that is not', { Bucket: 'none' }, 'NoSuchBucket'],
    ["somebody else's bucket", { ExpectedBucketOwner: '999988887777' }, 'AccessDenied'],
    ['KMS', { ServerSideEncryption: 'aws:kms' }, 'NotImplemented'],
    ['keys of the customer', { SSECustomerAlgorithm: 'AES256' }, 'NotImplemented'],
    ['a public ACL', { ACL: 'public-read' }, 'AccessControlListNotSupported'],
    ['a grant', { GrantRead: 'uri=x' }, 'AccessControlListNotSupported'],
    ['much metadata', { Metadata: { a: 'x'.repeat(2048) } }, 'MetadataTooLarge'],
    ['an archive', { StorageClass: 'GLACIER' }, 'NotImplemented'],
    ['appending', { WriteOffsetBytes: 1 }, 'NotImplemented'],
    [
      'a lock without Object Lock',
      { ObjectLockLegalHoldStatus: 'ON', ChecksumAlgorithm: 'CRC32' },
      'InvalidRequest',
    ],
    ['tags that are none', { Tagging: 'a=1&a=2' }, 'InvalidTag'],
  ])('%s', async (_, members, code) => {
    await refused(PutObject, { Body: Buffer.from('x'), ...members }, code)
    expect(world.blobs.held.size).toBe(0)
  })

  test('whether a key is there is told to those who may list', async () => {
    await refused(GetObject, {}, 'NoSuchKey')
    world.denied.add('s3:ListBucket')
    await refused(GetObject, {}, 'AccessDenied')
    await refused(HeadObject, {}, 'AccessDenied')
  })
})

describe('versions', () => {
  beforeEach(async () => {
    world = await new BucketWorld().open({ versioning: 'Enabled' })
  })

  test('are got by their ids; without one, the newest', async () => {
    const first = await put('one')
    const second = await put('two')
    expect(first.VersionId).not.toBe(second.VersionId)
    const { VersionId } = first
    expect(await get({ VersionId })).toMatchObject({ text: 'one', VersionId })
    expect(world.asked).toEqual(['s3:GetObjectVersion'])
    expect(await get()).toMatchObject({ text: 'two', VersionId: second.VersionId })
    await refused(GetObject, { VersionId: 'none' }, 'InvalidArgument')
    await refused(GetObject, { VersionId: 'A'.repeat(32) }, 'NoSuchVersion')
    await refused(GetObject, { VersionId: 'null' }, 'NoSuchVersion')
  })

  test('a marker has no content', async () => {
    await put('one')
    const { VersionId } = await world.call(DeleteObject)
    const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': VersionId }
    const marked = (code: string) =>
      expect.objectContaining({ code, headers: expect.objectContaining(headers) })
    await expect(world.call(GetObject)).rejects.toEqual(marked('NoSuchKey'))
    await expect(world.call(GetObject, { VersionId })).rejects.toEqual(marked('MethodNotAllowed'))
    await expect(world.call(HeadObject, { VersionId })).rejects.toEqual(marked('MethodNotAllowed'))
  })
})

describe('Object Lock', () => {
  const until = new Date('2026-12-01T00:00:00Z')
  beforeEach(async () => {
    const byDefault = { mode: 'COMPLIANCE', days: 1 } as const
    const locked = { versioning: 'Enabled', objectLock: { default: byDefault } } as const
    world = await new BucketWorld().open(locked)
  })

  test('is what the caller asks for, or else the default of the bucket', async () => {
    await put('x')
    expect(await world.call(HeadObject)).toMatchObject({
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: new Date('2026-11-22T04:44:23.456Z'),
    })
    const asked = {
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockRetainUntilDate: until,
      ObjectLockLegalHoldStatus: 'ON',
    }
    await refused(PutObject, { Body: Buffer.from('x'), ...asked }, 'InvalidRequest', /Content-MD5/)
    await put('x', { ...asked, ContentMD5: base64Md5('x') })
    expect(await world.call(HeadObject)).toMatchObject(asked)
    expect(await world.call(GetObject)).toMatchObject(asked)
  })
})

describe('a copy', () => {
  const source = { CopySource: 'b/k' }

  test('has the content and what was said of it, but not the storage class', async () => {
    await put('hello', {
      ContentType: 'text/plain',
      Metadata: { mine: 'x' },
      Tagging: 'a=1',
      StorageClass: 'STANDARD_IA',
      ChecksumAlgorithm: 'SHA256',
    })
    const sha256 = 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ='
    expect(await world.call(CopyObject, { ...source, Key: 'copy' })).toEqual({
      ServerSideEncryption: 'AES256',
      CopyObjectResult: {
        ETag: `"${md5('hello')}"`,
        LastModified: new Date('2026-11-21T04:44:23Z'),
        ChecksumSHA256: sha256,
        ChecksumType: 'FULL_OBJECT',
      },
    })
    expect(world.asked).toEqual([
      's3:PutObject',
      's3:GetObject',
      's3:GetObjectTagging',
      's3:PutObjectTagging',
    ])
    expect(await get({ Key: 'copy' })).toMatchObject({
      text: 'hello',
      ContentType: 'text/plain',
      Metadata: { mine: 'x' },
      TagCount: 1,
    })
    expect(await get({ Key: 'copy' })).not.toHaveProperty('StorageClass', 'STANDARD_IA')
    await world.call(DeleteObject)
    expect(await get({ Key: 'copy' })).toMatchObject({ text: 'hello' })
  })

  test('has what the caller says of it, where that replaces the other', async () => {
    await put('hello', { ContentType: 'text/plain', Metadata: { mine: 'x' }, Tagging: 'a=1' })
    await world.call(CopyObject, {
      ...source,
      Key: 'copy',
      MetadataDirective: 'REPLACE',
      TaggingDirective: 'REPLACE',
      Metadata: { other: 'y' },
    })
    const copy = await get({ Key: 'copy' })
    expect(copy).toMatchObject({ ContentType: 'binary/octet-stream', Metadata: { other: 'y' } })
    expect(copy.TagCount).toBeUndefined()
  })

  test('onto itself must change something', async () => {
    await put('hello')
    await refused(CopyObject, source, 'InvalidRequest', /illegal because/)
    await world.call(CopyObject, { ...source, MetadataDirective: 'REPLACE', Metadata: { a: 'b' } })
    expect(await get()).toMatchObject({ text: 'hello', Metadata: { a: 'b' } })
    await world.call(CopyObject, { ...source, StorageClass: 'STANDARD_IA' })
    expect(await get()).toMatchObject({ text: 'hello', StorageClass: 'STANDARD_IA' })
    expect(world.blobs.held.size).toBe(1)
  })

  test('of an older version brings it back', async () => {
    world = await new BucketWorld().open({ versioning: 'Enabled' })
    const { VersionId } = await put('one')
    const marker = await world.call(DeleteObject)
    const copied = await world.call(CopyObject, { CopySource: `b/k?versionId=${VersionId}` })
    expect(copied).toMatchObject({ CopySourceVersionId: VersionId })
    expect(await get()).toMatchObject({ text: 'one', VersionId: copied.VersionId })
    const ofMarker = { CopySource: `b/k?versionId=${marker.VersionId}`, Key: 'copy' }
    await refused(CopyObject, ofMarker, 'InvalidRequest', /delete marker/)
  })

  test.each([
    ['no source', { CopySource: 'b' }, 'InvalidArgument'],
    ['a source that is not', { CopySource: 'b/none' }, 'NoSuchKey'],
    ['another directive', { MetadataDirective: 'KEEP' }, 'InvalidArgument'],
    ['a source that is another', { CopySourceIfMatch: '"x"' }, 'PreconditionFailed'],
    ['a target that is there', { Key: 'k2', IfNoneMatch: '*' }, 'PreconditionFailed'],
  ])('%s', async (_, members, code) => {
    await put('hello')
    await put('there', { Key: 'k2' })
    await refused(CopyObject, { ...source, Key: 'copy', ...members }, code)
    expect(world.blobs.held.size).toBe(2)
  })

  test('is for those who may read the source and its tags', async () => {
    await put('hello', { Tagging: 'a=1' })
    for (const action of ['s3:GetObject', 's3:GetObjectTagging', 's3:PutObjectTagging']) {
      world.denied.add(action)
      await refused(CopyObject, { ...source, Key: 'copy' }, 'AccessDenied')
      world.denied.delete(action)
    }
    expect(world.blobs.held.size).toBe(1)
  })
})
