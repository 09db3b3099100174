// Multipart uploads from their beginning to their object, or to nothing.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import { BucketWorld, refusal } from '../../../test/bucket-world.ts'
import { currentVersion } from '../../objects/object-rows.ts'
import { endUpload, findUpload } from '../../objects/uploads.ts'
import type { Operation, Transaction } from '../../operation.ts'
import { AbortMultipartUpload } from './AbortMultipartUpload.ts'
import { CompleteMultipartUpload } from './CompleteMultipartUpload.ts'
import { CreateMultipartUpload } from './CreateMultipartUpload.ts'
import { ListMultipartUploads } from './ListMultipartUploads.ts'
import { ListParts } from './ListParts.ts'
import { UploadPart } from './UploadPart.ts'
import { UploadPartCopy } from './UploadPartCopy.ts'

const md5 = (text: string | Buffer) => createHash('md5').update(text).digest('hex')
const large = Buffer.alloc(5 * 1024 ** 2, 'a')

let world: BucketWorld
beforeEach(async () => {
  world = await new BucketWorld().open()
})

const refused = (operation: Operation, members: object, code: string, text?: RegExp) =>
  expect(world.call(operation, members)).rejects.toEqual(refusal(code, text))
const begin = async (members: object = {}): Promise<string> =>
  (await world.call(CreateMultipartUpload, members)).UploadId
const send = (UploadId: string, PartNumber: number, text: string | Buffer, more: object = {}) =>
  world.call(UploadPart, { UploadId, PartNumber, Body: Buffer.from(text), ...more })
const claim = (PartNumber: number, { ETag }: { ETag: string }) => ({ PartNumber, ETag })
const complete = (UploadId: string, Parts: object[], more: object = {}) =>
  world.call(CompleteMultipartUpload, { UploadId, MultipartUpload: { Parts }, ...more })
const current = (key = 'k') => currentVersion(world.state.begin(), world.bucket, key)

describe('an upload', () => {
  test('becomes an object as it was asked for, whose content is that of its parts', async () => {
    const UploadId = await begin({
      ContentType: 'text/plain',
      ContentEncoding: 'aws-chunked,gzip',
      Metadata: { Mine: 'x' },
      Tagging: 'team=a',
      StorageClass: 'STANDARD_IA',
      ACL: 'bucket-owner-full-control',
    })
    expect(world.asked).toEqual(['s3:PutObject', 's3:PutObjectTagging'])
    const second = await send(UploadId, 2, 'end')
    expect(second).toEqual({ ETag: `"${md5('end')}"`, ServerSideEncryption: 'AES256' })
    const first = await send(UploadId, 1, large)
    const unused = await send(UploadId, 3, 'unused')
    expect(await current()).toBeUndefined()
    const etag = md5(Buffer.from(md5(large) + md5('end'), 'hex'))
    expect(await complete(UploadId, [claim(1, first), claim(2, second)])).toMatchObject({
      Location: 'http://b.s3.amazonaws.com/k',
      Bucket: 'b',
      Key: 'k',
      ETag: `"${etag}-2"`,
    })
    const version = (await current())!
    expect(version).toMatchObject({
      versionId: 'null',
      headers: { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
      metadata: { mine: 'x' },
      tags: { team: 'a' },
      storageClass: 'STANDARD_IA',
      etag: `${etag}-2`,
      size: large.length + 3,
      parts: [
        { number: 1, size: large.length },
        { number: 2, size: 3 },
      ],
      checksum: { algorithm: 'CRC64NVME', type: 'FULL_OBJECT' },
    })
    expect(Object.keys(version)).not.toContain('initiator')
    expect([...world.blobs.held.keys()].sort()).toEqual(version.blobs.map(({ id }) => id).sort())
    expect(unused.ETag).toBe(`"${md5('unused')}"`)
    await refused(ListParts, { UploadId }, 'NoSuchUpload')
    await refused(AbortMultipartUpload, { UploadId }, 'NoSuchUpload')
    await expect(send(UploadId, 1, 'x')).rejects.toEqual(refusal('NoSuchUpload'))
    expect(world.blobs.held.size).toBe(2)
  })

  test('that is completed again gives the same answer, and no other object', async () => {
    const rule = { ID: 'r', Status: 'Enabled', Expiration: { Days: 1 }, Prefix: '' } as const
    world = await new BucketWorld().open({ settings: { lifecycle: { Rules: [rule] } } })
    const parts = async (UploadId: string) => [claim(1, await send(UploadId, 1, 'x'))]
    const UploadId = await begin()
    const Parts = await parts(UploadId)
    const answer = await complete(UploadId, Parts)
    expect(answer.Expiration).toBe('expiry-date="Mon, 23 Nov 2026 00:00:00 GMT", rule-id="r"')
    const version = await current()
    await world.clock.advance(1_000)
    expect(await complete(UploadId, Parts, { IfNoneMatch: '*' })).toEqual(answer)
    expect(await current()).toEqual(version)
    await refused(
      CompleteMultipartUpload,
      { UploadId, Key: 'other', MultipartUpload: { Parts } },
      'NoSuchUpload',
    )
  })

  test('depends on what is there, when it is asked to', async () => {
    const [one, two] = [await begin(), await begin()]
    const [x, y] = [claim(1, await send(one, 1, 'x')), claim(1, await send(two, 1, 'y'))]
    const tries = (UploadId: string, part: object, conditions: object) =>
      complete(UploadId, [part], conditions)
    const none = { IfMatch: '"x"' }
    await expect(tries(one, x, none)).rejects.toEqual(refusal('NoSuchKey'))
    const { ETag } = await tries(one, x, { IfNoneMatch: '*' })
    const unmet = refusal('PreconditionFailed')
    await expect(tries(two, y, { IfNoneMatch: '*' })).rejects.toEqual(unmet)
    await expect(tries(two, y, { IfMatch: '"x"' })).rejects.toEqual(unmet)
    await expect(tries(two, y, { IfNoneMatch: '"x"' })).rejects.toEqual(refusal('NotImplemented'))
    await tries(two, y, { IfMatch: ETag })
    expect(world.blobs.held.size).toBe(1)
  })

  test.each([
    ['its bucket goes', 'NoSuchBucket', (tx: Transaction) => tx.delete('bucket', 'b')],
    ['it ends', 'NoSuchUpload', (tx: Transaction, id: string) => end(tx, id)],
  ])('leaves no part whose body was still coming in when %s', async (_, code, change) => {
    const UploadId = await begin()
    async function* Body() {
      yield Buffer.from('x')
      const tx = world.state.begin()
      await change(tx, UploadId)
      await world.state.commit(tx)
    }
    await refused(UploadPart, { UploadId, PartNumber: 1, Body: Body() }, code)
    expect(world.blobs.held.size).toBe(0)
  })

  async function end(tx: Transaction, id: string): Promise<void> {
    const { bucket, blobs } = world
    await endUpload(tx, bucket, { upload: await findUpload(tx, bucket, { key: 'k', id }), blobs })
  }

  test('whose part is sent again while it is completed has the one or the other', async () => {
    const UploadId = await begin()
    const part = claim(1, await send(UploadId, 1, 'x'))
    const both = [complete(UploadId, [part]), send(UploadId, 1, 'y')]
    const [ended, sent] = await Promise.allSettled(both)
    if (ended!.status === 'rejected') expect(ended!.reason).toEqual(refusal('InvalidPart'))
    else expect(sent).toMatchObject({ reason: refusal('NoSuchUpload') })
    expect(world.blobs.held.size).toBe(1)
  })

  test('of no form is refused', async () => {
    const UploadId = await begin()
    const part = claim(1, await send(UploadId, 1, 'x'))
    const malformed = (MultipartUpload: unknown) =>
      refused(CompleteMultipartUpload, { UploadId, MultipartUpload }, 'MalformedXML')
    await malformed(undefined)
    await malformed({ Parts: [] })
    await malformed({ Parts: [{ PartNumber: 1 }] })
    await malformed({ Parts: [{ ETag: part.ETag }] })
    await malformed({ Parts: Array.from({ length: 10_001 }, () => part) })
    for (const PartNumber of [0, 10_001]) {
      await refused(UploadPart, { UploadId, PartNumber }, 'InvalidArgument', /between 1 and 10000/)
    }
    await refused(UploadPart, { UploadId: 'x', PartNumber: 1 }, 'NoSuchUpload')
    const Parts = [{ ...part, PartNumber: 2 }]
    const unknown = { UploadId, MultipartUpload: { Parts } }
    await refused(CompleteMultipartUpload, unknown, 'InvalidPart')
  })

  test('that is aborted leaves nothing', async () => {
    const UploadId = await begin()
    await send(UploadId, 1, 'x')
    await send(UploadId, 1, 'again')
    expect(await world.call(AbortMultipartUpload, { UploadId })).toEqual({})
    expect(world.blobs.held.size).toBe(0)
    await refused(
      CompleteMultipartUpload,
      { UploadId, MultipartUpload: { Parts: [{}] } },
      'MalformedXML',
    )
  })

  test.each([
    [{ ACL: 'public-read' }, 'AccessControlListNotSupported'],
    [{ GrantRead: 'id=x' }, 'AccessControlListNotSupported'],
    [{ ServerSideEncryption: 'aws:kms' }, 'NotImplemented'],
    [{ SSECustomerAlgorithm: 'AES256' }, 'NotImplemented'],
    [{ StorageClass: 'GLACIER' }, 'NotImplemented'],
    [{ WebsiteRedirectLocation: '/' }, 'NotImplemented'],
    [{ Metadata: { a: 'x'.repeat(2_048) } }, 'MetadataTooLarge'],
    [{ Tagging: 'a=1&a=2' }, 'InvalidTag'],
    [{ ObjectLockLegalHoldStatus: 'ON' }, 'InvalidRequest'],
    [{ ChecksumAlgorithm: 'MD5' }, 'NotImplemented'],
    [{ ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }, 'InvalidRequest'],
    [{ Bucket: 'other' }, 'NoSuchBucket'],
    [{ ExpectedBucketOwner: '444455556666' }, 'AccessDenied'],
  ])('is not begun with %j', async (members, code) => {
    await refused(CreateMultipartUpload, members, code)
  })
})

describe('checksums', () => {
  const crc = (text: string | Buffer) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(crc32(text))
    return bytes.toString('base64')
  }

  test('of parts are held against them, and make that of the whole', async () => {
    const UploadId = await begin({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
    const first = await send(UploadId, 1, large, { ChecksumCRC32: crc(large) })
    expect(first.ChecksumCRC32).toBe(crc(large))
    const bad = { ChecksumCRC32: crc('other') }
    await expect(send(UploadId, 2, 'end', bad)).rejects.toEqual(refusal('BadDigest'))
    await expect(send(UploadId, 2, 'end', { ContentMD5: 'x' })).rejects.toEqual(
      refusal('InvalidDigest'),
    )
    const md5Of = Buffer.from(md5('other'), 'hex').toString('base64')
    await expect(send(UploadId, 2, 'end', { ContentMD5: md5Of })).rejects.toEqual(
      refusal('BadDigest'),
    )
    expect(world.blobs.held.size).toBe(1)
    const second = await send(UploadId, 2, 'end')
    const whole = crc(Buffer.concat([large, Buffer.from('end')]))
    const shown = { ChecksumCRC32: whole, ChecksumType: 'FULL_OBJECT' }
    const parts = [claim(1, first), claim(2, second)]
    expect(await complete(UploadId, parts, { ChecksumCRC32: whole })).toMatchObject(shown)
  })

  test('of another algorithm are refused, and so are none where parts must have them', async () => {
    const UploadId = await begin({ ChecksumAlgorithm: 'SHA256' })
    const mismatch = (actual: string) =>
      refusal('InvalidRequest', `expected checksum Type: sha256, actual checksum Type: ${actual}`)
    await expect(send(UploadId, 1, 'x')).rejects.toEqual(mismatch('null'))
    const other = { ChecksumCRC32: crc('x') }
    await expect(send(UploadId, 1, 'x', other)).rejects.toEqual(mismatch('crc32'))
    const two = { ...other, ChecksumSHA1: '' }
    await expect(send(UploadId, 1, 'x', two)).rejects.toEqual(refusal('InvalidRequest', /single/))
  })

  test('that nobody asked for at the beginning are verified all the same', async () => {
    const UploadId = await begin()
    const sent = await send(UploadId, 1, 'x', { ChecksumCRC32: crc('x') })
    const part = { ...claim(1, sent), ChecksumCRC32: sent.ChecksumCRC32 }
    const answer = await complete(UploadId, [part])
    expect(answer).toMatchObject({ ChecksumCRC64NVME: expect.any(String) })
  })
})

describe('a part that is copied', () => {
  beforeEach(async () => {
    const UploadId = await begin({ Key: 'from/é' })
    const Key = 'from/é'
    const part = claim(1, await send(UploadId, 1, '0123456789', { Key }))
    await complete(UploadId, [part], { Key })
  })
  const CopySource = '/b/from/%C3%A9'

  test('is the source or a range of it, and stays when the source goes', async () => {
    const UploadId = await begin()
    const range = { UploadId, PartNumber: 1, CopySource, CopySourceRange: 'bytes=2-4' }
    const { CopyPartResult } = await world.call(UploadPartCopy, range)
    expect(world.asked).toEqual(['s3:PutObject', 's3:GetObject'])
    expect(CopyPartResult).toEqual({
      ETag: `"${md5('234')}"`,
      LastModified: new Date(world.clock.now()),
    })
    const again = await world.call(UploadPartCopy, { UploadId, PartNumber: 1, CopySource })
    expect(again.CopyPartResult.ETag).toBe(`"${md5('0123456789')}"`)
    await complete(UploadId, [claim(1, again.CopyPartResult)])
    expect(String(world.blobs.held.get((await current())!.blobs[0]!.id))).toBe('0123456789')
    expect(world.blobs.held.size).toBe(2)
  })

  test.each([
    [{ CopySource: 'b' }, 'InvalidArgument'],
    [{ CopySource: '/b/%ff' }, 'InvalidArgument'],
    [{ CopySource: 'arn:aws:s3:us-east-1:1:accesspoint/x/object/k' }, 'NotImplemented'],
    [{ CopySource: 'b/none' }, 'NoSuchKey'],
    [{ CopySource: 'other/none' }, 'NoSuchBucket'],
    [{ CopySource: `${CopySource}?versionId=x` }, 'InvalidArgument'],
    [{ CopySourceRange: 'bytes=0-10' }, 'InvalidArgument'],
    [{ CopySourceRange: 'bytes=4-2' }, 'InvalidArgument'],
    [{ CopySourceRange: 'bytes=-2' }, 'InvalidArgument'],
    [{ CopySourceIfMatch: '"x"' }, 'PreconditionFailed'],
    [{ CopySourceIfNoneMatch: '*' }, 'PreconditionFailed'],
    [{ CopySourceIfModifiedSince: new Date('2027-01-01') }, 'PreconditionFailed'],
    [{ CopySourceIfUnmodifiedSince: new Date(0) }, 'PreconditionFailed'],
  ])('is refused with %j', async (members, code) => {
    const UploadId = await begin()
    await refused(UploadPartCopy, { UploadId, PartNumber: 1, CopySource, ...members }, code)
    expect(world.blobs.held.size).toBe(1)
  })

  test('is for those who may read the source', async () => {
    const UploadId = await begin()
    world.denied.add('s3:GetObject')
    await refused(UploadPartCopy, { UploadId, PartNumber: 1, CopySource }, 'AccessDenied')
  })
})

describe('lists', () => {
  test('of parts come in pages', async () => {
    const UploadId = await begin({ ChecksumAlgorithm: 'SHA1', ChecksumType: 'COMPOSITE' })
    for (const n of [1, 2, 5]) await send(UploadId, n, `${n}`, { ChecksumAlgorithm: 'SHA1' })
    const page = await world.call(ListParts, { UploadId, MaxParts: 2 })
    expect(page).toMatchObject({
      Bucket: 'b',
      Key: 'k',
      UploadId,
      StorageClass: 'STANDARD',
      Initiator: { ID: 'arn:aws:iam::111122223333:user/bob', DisplayName: 'bob' },
      PartNumberMarker: 0,
      NextPartNumberMarker: 2,
      MaxParts: 2,
      IsTruncated: true,
      ChecksumAlgorithm: 'SHA1',
      ChecksumType: 'COMPOSITE',
    })
    expect(page.Parts[0]).toEqual({
      PartNumber: 1,
      ETag: `"${md5('1')}"`,
      Size: 1,
      LastModified: new Date(world.clock.now()),
      ChecksumSHA1: createHash('sha1').update('1').digest('base64'),
    })
    const rest = { UploadId, PartNumberMarker: 2, MaxParts: 5_000 }
    const last = await world.call(ListParts, rest)
    expect(last).toMatchObject({ Parts: [{ PartNumber: 5 }], IsTruncated: false, MaxParts: 1_000 })
    await refused(ListParts, { UploadId, MaxParts: -1 }, 'InvalidArgument')
  })

  test('of uploads name them by key', async () => {
    for (const Key of ['p/1', 'p/2', 'a b+', 'z']) await begin({ Key })
    const query = { Delimiter: '/', EncodingType: 'url', MaxUploads: 2 }
    const page = await world.call(ListMultipartUploads, query)
    expect(page).toMatchObject({
      Uploads: [{ Key: 'a+b%2B', Initiated: new Date(world.clock.now()) }],
      CommonPrefixes: [{ Prefix: 'p/' }],
      IsTruncated: true,
      NextKeyMarker: 'p/',
      NextUploadIdMarker: '',
    })
    const rest = { ...query, KeyMarker: page.NextKeyMarker, UploadIdMarker: '' }
    const last = await world.call(ListMultipartUploads, rest)
    expect(last).toMatchObject({ Uploads: [{ Key: 'z' }], CommonPrefixes: [], IsTruncated: false })
    expect(last.NextKeyMarker).toBeUndefined()
  })
})
