// Log files into our own buckets: let in by the policy alone, recorded, never twice.
import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { MemoryBlobs } from '../../test/memory-blobs.ts'
import { MemoryState } from '../../test/memory-state.ts'
import { StorageError } from '../errors.ts'
import { systemIds } from '../ids.ts'
import { openMemoryJournal } from '../journal/memory-journal.ts'
import { createBucket, saveBucket } from '../objects/buckets.ts'
import { type Bucket, findBucket, type ObjectVersion } from '../objects/contract.ts'
import { addVersion, currentVersion } from '../objects/object-rows.ts'
import type { OutboxEntry } from '../state/contract.ts'
import type { Sink } from '../trails/contract.ts'
import { embeddedSink } from './embedded-sink.ts'

const accountId = '111122223333'
const trailArn = `arn:aws:cloudtrail:us-east-1:${accountId}:trail/one`
const destination = { bucket: 'audit', prefix: 'own', trailArn, accountId, region: 'eu-west-1' }
const folder = `own/AWSLogs/${accountId}`
const object = {
  key: `${folder}/CloudTrail/eu-west-1/one.json.gz`,
  body: Buffer.from('zipped'),
  headers: {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'x-amz-server-side-encryption': 'AES256',
    'x-amz-meta-signature': 'ab',
  },
}

const service = { Service: 'cloudtrail.amazonaws.com' }
const source = { 'aws:SourceArn': trailArn }
const acl = { 's3:x-amz-acl': 'bucket-owner-full-control' }
const mayRead = {
  Sid: 'AWSCloudTrailAclCheck20150319',
  Effect: 'Allow',
  Principal: service,
  Action: 's3:GetBucketAcl',
  Resource: 'arn:aws:s3:::audit',
  Condition: { StringEquals: source },
}
const mayPut = {
  Sid: 'AWSCloudTrailWrite20150319',
  Effect: 'Allow',
  Principal: service,
  Action: 's3:PutObject',
  Resource: `arn:aws:s3:::audit/${folder}/*`,
  Condition: { StringEquals: { ...acl, ...source } },
}

const clock = new ManualClock(Date.parse('2026-11-21T04:44:23.456Z'))
const ids = systemIds
let state: MemoryState
let blobs: MemoryBlobs
let journal: ReturnType<typeof openMemoryJournal>
let left: OutboxEntry[]
let sink: Sink

beforeEach(async () => {
  state = new MemoryState()
  blobs = new MemoryBlobs()
  journal = openMemoryJournal({ clock, retentionDays: 1 })
  left = []
  const outbox = { retry: (entry: OutboxEntry) => void left.push(entry) }
  sink = embeddedSink({ state, journal, outbox, blobs, clock, ids })
  const tx = state.begin()
  const bucket = { name: 'audit', accountId, region: 'us-east-1', settings: {}, objectLock: false }
  createBucket(tx, bucket, { now: clock.now(), ids })
  await state.commit(tx)
  await allow(mayRead, mayPut)
})

async function change(changed: (bucket: Bucket) => Partial<Bucket>): Promise<void> {
  const tx = state.begin()
  const bucket = findBucket(tx, 'audit')!
  saveBucket(tx, { ...bucket, ...changed(bucket) })
  await state.commit(tx)
}

const allow = (...Statement: object[]) =>
  change(({ settings }) => ({
    settings: { ...settings, policy: JSON.stringify({ Version: '2012-10-17', Statement }) },
  }))

async function stored(key = object.key): Promise<ObjectVersion | undefined> {
  const tx = state.begin()
  return currentVersion(tx, findBucket(tx, 'audit')!, key)
}

async function content(version: ObjectVersion): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of blobs.read(version.blobs, 0, version.size)) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

const records = () => journal.read({ from: 1, bytesMax: 1e9 }).records
const events = () => records().map(({ record }) => JSON.parse(record.toString()))
const names = () => events().map(({ eventName, errorCode }) => [eventName, errorCode].join(' '))

describe('a put', () => {
  test('stores the object as it is sent', async () => {
    await sink.put(destination, object)
    const version = (await stored())!
    expect(version).toMatchObject({
      key: object.key,
      versionId: 'null',
      size: 6,
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      metadata: { signature: 'ab' },
      encryption: 'AES256',
      checksum: { algorithm: 'CRC64NVME', type: 'FULL_OBJECT' },
      accountId,
    })
    expect(await content(version)).toBe('zipped')
  })

  test("leaves CloudTrail's footprint, which is told from all else", async () => {
    await sink.put(destination, object)
    expect(records().map(({ from }) => from)).toEqual(['delivery', 'delivery'])
    const deliverer = 'cloudtrail.amazonaws.com'
    const both = {
      userIdentity: { type: 'AWSService', invokedBy: deliverer },
      eventTime: '2026-11-21T04:44:23Z',
      eventSource: 's3.amazonaws.com',
      awsRegion: 'eu-west-1',
      sourceIPAddress: deliverer,
      userAgent: deliverer,
      eventType: 'AwsApiCall',
      recipientAccountId: accountId,
    }
    const bucketName = { bucketName: 'audit', Host: 'audit.s3.us-east-1.amazonaws.com' }
    const bucket = { accountId, type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::audit' }
    const [read, put] = events()
    expect(read).toMatchObject({
      ...both,
      eventName: 'GetBucketAcl',
      requestParameters: { ...bucketName, acl: '' },
      responseElements: null,
      readOnly: true,
      resources: [bucket],
      managementEvent: true,
      eventCategory: 'Management',
    })
    expect(put).toMatchObject({
      ...both,
      eventName: 'PutObject',
      requestParameters: {
        ...bucketName,
        'x-amz-acl': 'bucket-owner-full-control',
        'x-amz-server-side-encryption': 'AES256',
        key: object.key,
      },
      responseElements: { 'x-amz-server-side-encryption': 'AES256' },
      additionalEventData: { bytesTransferredIn: 6, bytesTransferredOut: 0 },
      readOnly: false,
      resources: [{ type: 'AWS::S3::Object', ARN: `arn:aws:s3:::audit/${object.key}` }, bucket],
      managementEvent: false,
      eventCategory: 'Data',
    })
    expect(new Set([read.eventID, put.eventID, put.sharedEventID, put.requestID]).size).toBe(4)
  })

  test.each([undefined, 'Enabled', 'Suspended'] as const)(
    'of the same again changes nothing, versions %s',
    async (versioning) => {
      await change(() => (versioning ? { versioning } : {}))
      await sink.put(destination, object)
      const first = await stored()
      await sink.put(destination, object)
      expect(await stored()).toEqual(first)
      expect(names()).toEqual(['GetBucketAcl ', 'PutObject '])
      expect(blobs.held.size).toBe(1)
    },
  )

  test.each([
    ['other bytes', { body: Buffer.from('zippee') }],
    ['other metadata', { headers: { ...object.headers, 'x-amz-meta-signature': 'cd' } }],
  ])('of %s takes its place', async (_, other) => {
    await sink.put(destination, { ...object, ...other })
    await sink.put(destination, object)
    const version = (await stored())!
    expect([await content(version), version.metadata['signature']]).toEqual(['zipped', 'ab'])
    expect(names()).toHaveLength(4)
  })

  test('comes back over the marker of its deletion', async () => {
    await change(() => ({ versioning: 'Enabled' }))
    await sink.put(destination, object)
    const tx = state.begin()
    const marker = { ...(await stored())!, isDeleteMarker: true, blobs: [], size: 0 } as const
    await addVersion(tx, findBucket(tx, 'audit')!, marker, { clock, ids, blobs })
    await state.commit(tx)
    await sink.put(destination, object)
    expect((await stored())!.isDeleteMarker).toBeUndefined()
  })

  test('has the retention of its bucket', async () => {
    const objectLock = { default: { mode: 'COMPLIANCE', days: 1 } } as const
    await change(() => ({ versioning: 'Enabled', objectLock }))
    await sink.put(destination, object)
    const until = clock.now() + 24 * 3600_000
    expect((await stored())!.retention).toEqual({ mode: 'COMPLIANCE', until })
  })

  test('meets others of the same key and is done once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => sink.put(destination, object)))
    expect(names()).toEqual(['GetBucketAcl ', 'PutObject '])
  })

  test('that was let in meets the policy that comes meanwhile', async () => {
    const write = blobs.write.bind(blobs)
    blobs.write = async (...content) => {
      await allow(mayRead)
      return write(...content)
    }
    await expect(sink.put(destination, object)).rejects.toMatchObject({ code: 'AccessDenied' })
    expect(await stored()).toBeUndefined()
  })
})

describe('a journal that does not take the record', () => {
  test('in time keeps the object from being stored', async () => {
    journal.ready = () => Promise.reject(new StorageError('disk full', 'full'))
    const put = sink.put(destination, object)
    await expect(put).rejects.toMatchObject({ name: 'SinkError', code: 'ServiceUnavailable' })
    expect(await stored()).toBeUndefined()
    expect(blobs.held.size).toBe(0)
  })

  test('too late gets it later, and the object is there once', async () => {
    const append = journal.append.bind(journal)
    journal.append = () => Promise.reject(new StorageError('i/o error', 'broken'))
    const put = sink.put(destination, object)
    await expect(put).rejects.toMatchObject({ name: 'SinkError', code: 'ServiceUnavailable' })
    const [entry] = state.pendingOutbox()
    expect(left).toEqual([entry])
    expect(entry!.from).toBe('delivery')
    expect(JSON.parse(entry!.record.toString()).eventName).toBe('PutObject')
    journal.append = append
    await sink.put(destination, object)
    expect(names()).toEqual([])
    expect(state.pendingOutbox()).toEqual([entry])
  })
})

describe('a check', () => {
  test('makes the folders', async () => {
    await sink.check(destination)
    await sink.check(destination)
    for (const name of ['CloudTrail', 'CloudTrail-Digest']) {
      expect(await stored(`${folder}/${name}/`)).toMatchObject({ size: 0, blobs: [] })
    }
    expect(names().filter((name) => name === 'PutObject ')).toHaveLength(2)
  })

  test('of a trail without prefix makes them at the top', async () => {
    await allow(mayRead, { ...mayPut, Resource: `arn:aws:s3:::audit/AWSLogs/${accountId}/*` })
    await sink.check({ ...destination, prefix: '' })
    expect(await stored(`AWSLogs/${accountId}/CloudTrail/`)).toBeDefined()
  })

  test('finds that there is no bucket', async () => {
    const none = { ...destination, bucket: 'none' }
    const code = { name: 'SinkError', code: 'NoSuchBucket' }
    await expect(sink.check(none)).rejects.toMatchObject(code)
    await expect(sink.put(none, object)).rejects.toMatchObject(code)
  })

  const withSource = (keys: object) => [
    { ...mayRead, Condition: { StringEquals: keys } },
    { ...mayPut, Condition: { StringEquals: { ...acl, ...keys } } },
  ]
  const deny = { ...mayPut, Sid: 'Deny', Effect: 'Deny' }
  test.each([
    ['the guide', [mayRead, mayPut], undefined],
    ['older guides, without a source', withSource({}), undefined],
    ['several trails', withSource({ 'aws:SourceArn': ['other', trailArn] }), undefined],
    ['the account', withSource({ 'aws:SourceAccount': accountId }), undefined],
    [
      'all services and actions',
      [{ ...mayPut, Principal: '*', Action: '*', Resource: '*', Condition: {} }],
      undefined,
    ],
    [
      'encryption',
      [
        mayRead,
        mayPut,
        {
          ...deny,
          Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } },
        },
      ],
      undefined,
    ],
    [
      'secure transport',
      [mayRead, mayPut, { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
      undefined,
    ],
    ['nobody', [{ ...mayRead, Effect: 'Deny' }], 'GetBucketAcl'],
    ['no reader', [mayPut], 'GetBucketAcl'],
    ['no writer', [mayRead], 'PutObject'],
    ['another trail', withSource({ 'aws:SourceArn': `${trailArn}2` }), 'GetBucketAcl'],
    ['another account', withSource({ 'aws:SourceAccount': '999999999999' }), 'GetBucketAcl'],
    [
      'another service',
      [mayRead, { ...mayPut, Principal: { Service: 'config.amazonaws.com' } }],
      'PutObject',
    ],
    ['an account', [mayRead, { ...mayPut, Principal: { AWS: accountId } }], 'PutObject'],
    [
      'another prefix',
      [mayRead, { ...mayPut, Resource: `arn:aws:s3:::audit/AWSLogs/${accountId}/*` }],
      'PutObject',
    ],
    [
      'another ACL',
      [mayRead, { ...mayPut, Condition: { StringEquals: { 's3:x-amz-acl': 'private' } } }],
      'PutObject',
    ],
    ['a denial', [mayRead, mayPut, deny], 'PutObject'],
  ])('of a policy for %s', async (_, statements, denied) => {
    await allow(...statements)
    if (!denied) {
      await sink.check(destination)
      return
    }
    const check = sink.check(destination)
    await expect(check).rejects.toMatchObject({ name: 'SinkError', code: 'AccessDenied' })
    expect(names()).toEqual([`${denied} AccessDenied`])
    expect(events()[0].responseElements).toBeNull()
  })

  test('of no policy is denied', async () => {
    await change(() => ({ settings: {} }))
    await expect(sink.check(destination)).rejects.toMatchObject({ code: 'AccessDenied' })
  })
})
