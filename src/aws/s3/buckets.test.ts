// Buckets are made, found, listed and removed; each refusal in the words of S3.
import { beforeEach, describe, expect, test } from 'vitest'
import { BucketWorld, refusal } from '../../../test/bucket-world.ts'
import { systemIds } from '../../ids.ts'
import { findBucket } from '../../objects/contract.ts'
import { runLifecycle } from '../../objects/lifecycle-run.ts'
import { CreateMultipartUpload } from './CreateMultipartUpload.ts'
import { PutObject } from './PutObject.ts'
import { s3Operations } from './service.ts'
import { UploadPart } from './UploadPart.ts'

const { CreateBucket, DeleteBucket, GetBucketLocation, HeadBucket, ListBuckets } =
  s3Operations as any

let world: BucketWorld
beforeEach(async () => {
  world = await new BucketWorld().open()
})

const create = (Bucket: string, members: object = {}) =>
  world.call(CreateBucket, { Bucket, ...members })
const constraint = (LocationConstraint: string) => ({
  CreateBucketConfiguration: { LocationConstraint },
})
const bucket = (name: string) => findBucket(world.state.begin(), name)

describe('a new bucket', () => {
  test('belongs to its maker, and nobody outside gets in', async () => {
    expect(await create('logs')).toEqual({ Location: '/logs' })
    expect(bucket('logs')).toEqual({
      name: 'logs',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      accountId: '111122223333',
      region: 'us-east-1',
      createdAt: world.clock.now(),
      settings: {
        publicAccessBlock: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        },
      },
    })
  })

  test('in another Region', async () => {
    const made = await create('logs', constraint('eu-west-1'))
    expect(made).toEqual({ Location: 'http://logs.s3.amazonaws.com/' })
    const found = await world.call(GetBucketLocation, { Bucket: 'logs' })
    expect(found).toEqual({ LocationConstraint: 'eu-west-1' })
    await create('old', constraint('EU'))
    expect(bucket('old')).toMatchObject({ region: 'eu-west-1' })
  })

  test('with Object Lock has versions', async () => {
    await create('locked', { ObjectLockEnabledForBucket: true })
    expect(bucket('locked')).toMatchObject({ versioning: 'Enabled', objectLock: {} })
  })

  test('made again in us-east-1 stays as it is', async () => {
    await create('logs')
    const { id } = bucket('logs')!
    await world.clock.advance(1_000)
    expect(await create('logs')).toEqual({ Location: '/logs' })
    expect(bucket('logs')).toMatchObject({ id })
  })

  test.each([
    { why: 'a name too short', name: 'ab', code: 'InvalidBucketName' },
    { why: 'a name of ours', name: 'console', code: 'InvalidBucketName' },
    { why: 'a Region that is not', members: constraint('mars'), code: 'InvalidLocationConstraint' },
    {
      why: 'us-east-1 by name',
      members: constraint('us-east-1'),
      code: 'InvalidLocationConstraint',
    },
    {
      why: 'a public ACL',
      members: { ACL: 'public-read' },
      code: 'InvalidBucketAclWithObjectOwnership',
    },
    {
      why: 'a grant',
      members: { GrantRead: 'id=1' },
      code: 'InvalidBucketAclWithObjectOwnership',
    },
    { why: 'ACLs', members: { ObjectOwnership: 'ObjectWriter' }, code: 'NotImplemented' },
    {
      why: 'a tag twice',
      members: {
        CreateBucketConfiguration: {
          Tags: [
            { Key: 'a', Value: '' },
            { Key: 'a', Value: '' },
          ],
        },
      },
      code: 'InvalidTag',
    },
    {
      why: 'a directory bucket',
      members: { CreateBucketConfiguration: { Location: { Type: 'AvailabilityZone' } } },
      code: 'NotImplemented',
    },
  ])('is refused for $why', async ({ name = 'logs', members, code }) => {
    await expect(create(name, members)).rejects.toEqual(refusal(code))
    expect(bucket(name)).toBeUndefined()
  })

  test('is refused when somebody has it, in the Region as it was', async () => {
    await create('logs', constraint('eu-west-1'))
    const again = create('logs', constraint('eu-west-1'))
    await expect(again).rejects.toEqual(refusal('BucketAlreadyOwnedByYou'))
    const tx = world.state.begin()
    tx.put('bucket', 'theirs', { ...bucket('logs'), name: 'theirs', accountId: '999988887777' })
    await world.state.commit(tx)
    await expect(create('theirs')).rejects.toEqual(refusal('BucketAlreadyExists'))
  })
})

test('a bucket is found, if the caller means the right owner', async () => {
  expect(await world.call(HeadBucket)).toEqual({
    BucketArn: 'arn:aws:s3:::b',
    BucketRegion: 'us-east-1',
    AccessPointAlias: false,
  })
  const nobody = world.call(HeadBucket, { Bucket: 'nobody' })
  await expect(nobody).rejects.toEqual(refusal('NoSuchBucket'))
  const strangers = world.call(HeadBucket, { ExpectedBucketOwner: '999988887777' })
  await expect(strangers).rejects.toEqual(refusal('AccessDenied'))
})

describe('the list', () => {
  beforeEach(async () => {
    for (const name of ['aaa', 'abc', 'bbb']) await create(name)
    await create('abd', constraint('eu-west-1'))
  })
  const names = ({ Buckets }: any) => Buckets.map(({ Name }: any) => Name)

  test('has all of the account, by name', async () => {
    const list = await world.call(ListBuckets)
    expect(names(list)).toEqual(['aaa', 'abc', 'abd', 'b', 'bbb'])
    expect(list).not.toHaveProperty('ContinuationToken')
    expect(list.Owner.ID).toMatch(/^[0-9a-f]{64}$/)
  })

  test('comes in pages, which go on where a bucket went', async () => {
    const first = await world.call(ListBuckets, { MaxBuckets: 2 })
    expect(names(first)).toEqual(['aaa', 'abc'])
    await world.call(DeleteBucket, { Bucket: 'abc' })
    const { ContinuationToken } = first
    const second = await world.call(ListBuckets, { MaxBuckets: 9, ContinuationToken })
    expect(names(second)).toEqual(['abd', 'b', 'bbb'])
  })

  test('of a prefix, of a Region', async () => {
    expect(names(await world.call(ListBuckets, { Prefix: 'ab' }))).toEqual(['abc', 'abd'])
    const west = await world.call(ListBuckets, { BucketRegion: 'eu-west-1' })
    expect(names(west)).toEqual(['abd'])
    const none = world.call(ListBuckets, { MaxBuckets: 0 })
    await expect(none).rejects.toEqual(refusal('InvalidArgument'))
  })
})

describe('a bucket goes', () => {
  test('when it is empty, and its name is free', async () => {
    const { id } = world.bucket
    await world.call(DeleteBucket)
    expect(bucket('b')).toBeUndefined()
    await create('bbb')
    expect(bucket('bbb')!.id).not.toBe(id)
  })

  test('never while something is in it', async () => {
    await world.call(PutObject, { Body: Buffer.from('a') })
    await expect(world.call(DeleteBucket)).rejects.toEqual(refusal('BucketNotEmpty'))
  })

  test('with uploads that were never completed, which go with the next upkeep', async () => {
    const { UploadId } = await world.call(CreateMultipartUpload)
    await world.call(UploadPart, { UploadId, PartNumber: 1, Body: Buffer.from('a') })
    await world.call(DeleteBucket)
    expect(bucket('b')).toBeUndefined()
    for await (const _ of runLifecycle({ ...world, ids: systemIds }));
    expect(world.blobs.held.size).toBe(0)
    const all = { from: Buffer.alloc(0), to: Buffer.of(0xff), limit: 10 }
    const { rows } = world.state.begin()
    expect(await rows.range('upload', all)).toEqual([])
    expect(await rows.range('part', all)).toEqual([])
  })
})
