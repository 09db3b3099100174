// Objects deleted, one by one and many at once, and what lists show before and after.
import { beforeEach, describe, expect, test } from 'vitest'
import { BucketWorld, refusal } from '../../../test/bucket-world.ts'
import type { Operation } from '../../operation.ts'
import { DeleteObject } from './DeleteObject.ts'
import { DeleteObjects } from './DeleteObjects.ts'
import { ListObjects } from './ListObjects.ts'
import { ListObjectsV2 } from './ListObjectsV2.ts'
import { ListObjectVersions } from './ListObjectVersions.ts'
import { PutObject } from './PutObject.ts'

let world: BucketWorld
beforeEach(async () => {
  world = await new BucketWorld().open()
})
const versioned = async (versioning: 'Enabled' | 'Suspended') => {
  world = await new BucketWorld().open({ versioning })
}

const refused = (operation: Operation, members: object, code: string, text?: RegExp) =>
  expect(world.call(operation, members)).rejects.toEqual(refusal(code, text))
const put = (Key: string, members: object = {}) =>
  world.call(PutObject, { Key, Body: Buffer.from(Key), ...members })
const remove = (Key: string, members: object = {}) => world.call(DeleteObject, { Key, ...members })
const removeAll = (Objects: object[], members: object = {}) =>
  world.call(DeleteObjects, { Delete: { Objects }, ...members })
const keys = async () =>
  (await world.call(ListObjectsV2)).Contents.map(({ Key }: { Key: string }) => Key)
const versions = async () => {
  const { Versions, DeleteMarkers } = await world.call(ListObjectVersions)
  return { versions: Versions.length, markers: DeleteMarkers.length }
}

describe('a deletion', () => {
  test('takes the object away; what is not there is deleted already', async () => {
    await put('k')
    expect(await remove('k')).toEqual({})
    expect(await keys()).toEqual([])
    expect(world.blobs.held.size).toBe(0)
    expect(await remove('k')).toEqual({})
    expect(await remove('k', { VersionId: 'null' })).toEqual({ VersionId: 'null' })
  })

  test('with versions makes a marker, which can be taken away again', async () => {
    await versioned('Enabled')
    const { VersionId } = await put('k')
    const marker = await remove('k')
    expect(marker).toEqual({ DeleteMarker: true, VersionId: expect.any(String) })
    expect(await keys()).toEqual([])
    expect(await versions()).toEqual({ versions: 1, markers: 1 })
    expect(await remove('k', { VersionId: marker.VersionId })).toEqual(marker)
    expect(await keys()).toEqual(['k'])
    expect(await remove('k', { VersionId })).toEqual({ VersionId })
    expect(await versions()).toEqual({ versions: 0, markers: 0 })
    expect(world.blobs.held.size).toBe(0)
    expect(await remove('k', { VersionId })).toEqual({ VersionId })
    await refused(DeleteObject, { VersionId: 'none' }, 'InvalidArgument')
  })

  test('with versions suspended replaces the version null', async () => {
    await versioned('Suspended')
    await put('k')
    for (let i = 0; i < 2; i++) {
      expect(await remove('k')).toEqual({ DeleteMarker: true, VersionId: 'null' })
      expect(await versions()).toEqual({ versions: 0, markers: 1 })
    }
    expect(world.blobs.held.size).toBe(0)
  })

  test('only of what the caller knows', async () => {
    const { ETag } = await put('k')
    await refused(DeleteObject, { IfMatch: '"x"' }, 'PreconditionFailed')
    await refused(DeleteObject, { IfMatchSize: 1 }, 'NotImplemented')
    await remove('k', { IfMatch: ETag })
    await refused(DeleteObject, { IfMatch: ETag }, 'NoSuchKey')
  })

  test('of a version under Object Lock is refused; of the key it is not', async () => {
    world = await new BucketWorld().open({ versioning: 'Enabled', objectLock: {} })
    const retained = {
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockRetainUntilDate: new Date('2026-12-01T00:00:00Z'),
    }
    const { VersionId } = await put('k', { ...retained, ChecksumAlgorithm: 'CRC32' })
    await refused(DeleteObject, { VersionId }, 'AccessDenied', /object lock/)
    const bypass = { VersionId, BypassGovernanceRetention: true }
    world.denied.add('s3:BypassGovernanceRetention')
    await refused(DeleteObject, bypass, 'AccessDenied', /Bypass/)
    world.denied.clear()
    expect(await remove('k')).toMatchObject({ DeleteMarker: true })
    expect(await remove('k', bypass)).toEqual({ VersionId })
  })
})

describe('many deletions at once', () => {
  test('each for itself', async () => {
    await put('a')
    await put('b')
    const answer = await removeAll([
      { Key: 'a' },
      { Key: 'none' },
      { Key: 'b', VersionId: 'bad' },
      { Key: 'b', ETag: '"x"' },
      { Key: 'k'.repeat(1025) },
    ])
    expect(answer.Deleted.map(({ Key }: { Key: string }) => Key)).toEqual(['a', 'none'])
    expect(answer.Errors.map(({ Code }: { Code: string }) => Code)).toEqual([
      'InvalidArgument',
      'PreconditionFailed',
      'KeyTooLongError',
    ])
    expect(await keys()).toEqual(['b'])
  })

  test('quietly: only what failed is told', async () => {
    await put('a')
    const Delete = { Objects: [{ Key: 'a' }], Quiet: true }
    expect(await world.call(DeleteObjects, { Delete })).toEqual({ Deleted: [], Errors: [] })
    expect(await keys()).toEqual([])
  })

  test('policies are asked of each', async () => {
    await put('a')
    world.denied.add('s3:DeleteObjectVersion')
    const answer = await removeAll([{ Key: 'a', VersionId: 'null' }, { Key: 'b' }])
    expect(world.asked).toEqual(['s3:DeleteObjectVersion', 's3:DeleteObject'])
    expect(answer.Errors).toEqual([
      { Key: 'a', VersionId: 'null', Code: 'AccessDenied', Message: expect.any(String) },
    ])
    expect(await keys()).toEqual(['a'])
  })

  test('the same twice is one', async () => {
    await versioned('Suspended')
    await put('a')
    const answer = await removeAll([{ Key: 'a' }, { Key: 'a' }, { Key: 'a', VersionId: 'null' }])
    expect(answer.Deleted).toHaveLength(2)
    expect(await versions()).toEqual({ versions: 0, markers: 1 })
  })

  test('a thousand, and no more', async () => {
    const some = (count: number) => Array.from({ length: count }, (_, i) => ({ Key: `${i}` }))
    expect((await removeAll(some(1_000))).Deleted).toHaveLength(1_000)
    await refused(DeleteObjects, { Delete: { Objects: some(1_001) } }, 'MalformedXML')
    await refused(DeleteObjects, { Delete: { Objects: [] } }, 'MalformedXML')
    await refused(DeleteObjects, {}, 'MalformedXML')
  })
})

describe('lists', () => {
  beforeEach(async () => {
    for (const key of ['a', 'b/1', 'b/2', 'c d+é']) await put(key)
  })
  const shownKeys = ({ Contents, CommonPrefixes }: any) => [
    ...Contents.map(({ Key }: { Key: string }) => Key),
    ...CommonPrefixes.map(({ Prefix }: { Prefix: string }) => Prefix),
  ]

  test('show what S3 shows', async () => {
    expect(await world.call(ListObjects, { MaxKeys: 1 })).toEqual({
      Name: 'b',
      Prefix: '',
      Marker: '',
      MaxKeys: 1,
      IsTruncated: true,
      Contents: [
        {
          Key: 'a',
          LastModified: new Date('2026-11-21T04:44:23Z'),
          ETag: '"0cc175b9c0f1b6a831c399e269772661"',
          ChecksumAlgorithm: ['CRC64NVME'],
          ChecksumType: 'FULL_OBJECT',
          Size: 1,
          StorageClass: 'STANDARD',
          Owner: { ID: expect.stringMatching(/^[0-9a-f]{64}$/) },
        },
      ],
      CommonPrefixes: [],
    })
  })

  test('go on by marker', async () => {
    const seen: string[] = []
    for (let Marker: string | undefined, more = true; more; ) {
      const page = await world.call(ListObjects, { Delimiter: '/', MaxKeys: 1, Marker })
      seen.push(...shownKeys(page))
      Marker = page.NextMarker
      more = page.IsTruncated
    }
    expect(seen).toEqual(['a', 'b/', 'c d+é'])
  })

  test('go on by token', async () => {
    const seen: string[] = []
    for (let ContinuationToken: string | undefined, more = true; more; ) {
      const page = await world.call(ListObjectsV2, { MaxKeys: 3, ContinuationToken })
      expect(page.KeyCount).toBe(page.Contents.length)
      expect(page.Contents[0]).not.toHaveProperty('Owner')
      seen.push(...shownKeys(page))
      ContinuationToken = page.NextContinuationToken
      more = page.IsTruncated
    }
    expect(seen).toEqual(['a', 'b/1', 'b/2', 'c d+é'])
    for (const ContinuationToken of ['', 'b/1', 'YQ', '%%']) {
      await refused(ListObjectsV2, { ContinuationToken }, 'InvalidArgument', /token/)
    }
  })

  test('begin where they are told to', async () => {
    expect(shownKeys(await world.call(ListObjectsV2, { StartAfter: 'b/1' }))).toEqual([
      'b/2',
      'c d+é',
    ])
    expect(shownKeys(await world.call(ListObjectsV2, { Prefix: 'b/' }))).toEqual(['b/1', 'b/2'])
  })

  test('show keys for a URL', async () => {
    const page = await world.call(ListObjectsV2, {
      EncodingType: 'url',
      FetchOwner: true,
      Prefix: 'c ',
    })
    expect(page).toMatchObject({ EncodingType: 'url', Prefix: 'c+', KeyCount: 1 })
    expect(page.Contents[0]).toMatchObject({ Key: 'c+d%2B%C3%A9', Owner: {} })
  })

  test('of nothing have no end to go on from', async () => {
    const none = { IsTruncated: false, Contents: [], MaxKeys: 0 }
    expect(await world.call(ListObjectsV2, { MaxKeys: 0 })).toMatchObject(none)
    expect(await world.call(ListObjects, { MaxKeys: 0 })).toMatchObject(none)
    await refused(ListObjectsV2, { MaxKeys: -1 }, 'InvalidArgument')
    expect(await world.call(ListObjectsV2, { MaxKeys: 5_000 })).toMatchObject({ MaxKeys: 1_000 })
    await refused(ListObjectsV2, { Bucket: 'none' }, 'NoSuchBucket')
  })

  test('of versions show markers, and which is the latest', async () => {
    await versioned('Enabled')
    const first = await put('k')
    const second = await put('k')
    const marker = await remove('k')
    await put('z/1')
    const all = await world.call(ListObjectVersions, { Delimiter: '/' })
    const shown = (list: any[]) =>
      list.map(({ Key, VersionId, IsLatest }) => ({ Key, VersionId, IsLatest }))
    expect(shown(all.Versions)).toEqual([
      { Key: 'k', VersionId: second.VersionId, IsLatest: false },
      { Key: 'k', VersionId: first.VersionId, IsLatest: false },
    ])
    expect(shown(all.DeleteMarkers)).toEqual([
      { Key: 'k', VersionId: marker.VersionId, IsLatest: true },
    ])
    expect(all.CommonPrefixes).toEqual([{ Prefix: 'z/' }])
    const page = await world.call(ListObjectVersions, { MaxKeys: 2 })
    expect(page).toMatchObject({ IsTruncated: true, NextKeyMarker: 'k' })
    const KeyMarker = page.NextKeyMarker
    const VersionIdMarker = page.NextVersionIdMarker
    const rest = await world.call(ListObjectVersions, { KeyMarker, VersionIdMarker })
    expect(shown(rest.Versions)).toMatchObject([
      { Key: 'k', VersionId: first.VersionId, IsLatest: false },
      { Key: 'z/1', IsLatest: true },
    ])
    await refused(ListObjectVersions, { VersionIdMarker }, 'InvalidArgument', /without a key/)
    await refused(ListObjectVersions, { KeyMarker, VersionIdMarker: 'x' }, 'InvalidArgument')
  })
})
