// S3's and CloudTrail Data's forms: AWS's S3 client against the listener, and rows for what it cannot show.
import * as s3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  accessKeyId,
  ends,
  refusing,
  secret,
  send,
  serviceOf,
  startListener,
  stub,
  type TestListener,
} from '../../test/wire-listener.ts'
import type { Operation } from '../operation.ts'

let arrived: any
let answered: any
const keep = (more?: Partial<Operation>) =>
  stub((input) => {
    arrived = input
    return answered
  }, more)

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** Reads its body to the end, as an operation must before it acts on it. */
const putObject = stub(async (input) => {
  arrived = { ...input, Body: await text(input.Body) }
  return answered
})

const operations = [
  'ListObjectsV2',
  'DeleteObjects',
  'PutBucketAcl',
  'GetBucketAcl',
  'CreateBucket',
  'GetObject',
  'HeadObject',
  'DeleteObject',
  'PutBucketPolicy',
  'GetBucketPolicy',
  'GetObjectAttributes',
  'CompleteMultipartUpload',
]

let listener: TestListener
let client: s3.S3Client
beforeAll(async () => {
  const stubs = Object.fromEntries(operations.map((name) => [name, keep()]))
  const built = {
    ...stubs,
    PutObject: putObject,
    GetBucketTagging: refusing('NoSuchBucket', 'Not <here>.'),
  }
  const data = { PutAuditEvents: keep() }
  listener = await startListener({
    services: [serviceOf('s3', built), serviceOf('cloudtrail-data', data)],
  })
  client = new s3.S3Client({
    endpoint: listener.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: secret },
    forcePathStyle: true,
    maxAttempts: 1,
  })
})
afterAll(async () => {
  client.destroy()
  await listener.close()
})
beforeEach(() => {
  listener.calls.length = 0
  arrived = undefined
  answered = {}
})

const at = new Date('2026-11-21T04:44:23Z')

describe('the S3 client', () => {
  test('puts an object: path, headers, metadata and a body that streams', async () => {
    answered = { ETag: '"e"', VersionId: 'v' }
    const Body = 'héllo '.repeat(50_000)
    const input = {
      ...{ Bucket: 'b', Key: 'a b/ü&.txt', Body, ContentType: 'text/plain' },
      ...{ Metadata: { one: '1', two: 'zwei' }, ACL: 'private' as const },
    }
    const { ETag, VersionId } = await client.send(new s3.PutObjectCommand(input))
    expect({ ETag, VersionId }).toEqual(answered)
    expect(arrived).toMatchObject(input)
    expect(ends(listener.calls)).toEqual([['PutObject']])
    expect(listener.calls[0]!.principal?.accessKeyId).toBe(accessKeyId)
  })

  test('gets an object: headers and a body that streams', async () => {
    async function* body() {
      yield Buffer.from('part 1, ')
      yield Buffer.from('part 2')
    }
    answered = {
      Body: body(),
      ETag: '"e"',
      LastModified: at,
      Metadata: { one: '1' },
      ContentLength: 14,
    }
    const found = await client.send(
      new s3.GetObjectCommand({ Bucket: 'b', Key: 'k', Range: 'bytes=0-13', IfModifiedSince: at }),
    )
    expect(await found.Body!.transformToString()).toBe('part 1, part 2')
    expect(found).toMatchObject({
      ETag: '"e"',
      LastModified: at,
      Metadata: { one: '1' },
      ContentLength: 14,
    })
    expect(arrived).toMatchObject({
      Bucket: 'b',
      Key: 'k',
      Range: 'bytes=0-13',
      IfModifiedSince: at,
    })
    expect(found.$metadata.requestId).toBe(listener.calls[0]!.requestId)
  })

  test('asks for the head alone', async () => {
    answered = { ContentLength: 12, ETag: '"e"' }
    const found = await client.send(new s3.HeadObjectCommand({ Bucket: 'b', Key: 'k' }))
    expect(found).toMatchObject(answered)
  })

  test('deletes: no content comes back', async () => {
    answered = { DeleteMarker: true }
    const found = await client.send(
      new s3.DeleteObjectCommand({ Bucket: 'b', Key: 'k', VersionId: 'v' }),
    )
    expect(found.DeleteMarker).toBe(true)
    expect(arrived).toMatchObject({ Bucket: 'b', Key: 'k', VersionId: 'v' })
  })

  test('lists: query in, repeated elements out', async () => {
    answered = {
      ...{ IsTruncated: false, Name: 'b', Prefix: '', MaxKeys: 2, KeyCount: 2 },
      Contents: [
        { Key: 'a&<>', LastModified: at, Size: 1, ChecksumAlgorithm: ['CRC32', 'SHA1'] },
        { Key: 'b', LastModified: at, Size: 5_000_000_000 },
      ],
      CommonPrefixes: [{ Prefix: 'c/' }],
    }
    const input = { Bucket: 'b', MaxKeys: 2, Delimiter: '/', StartAfter: 'ä' }
    const { $metadata: _, ...found } = await client.send(new s3.ListObjectsV2Command(input))
    expect(found).toEqual(answered)
    expect(arrived).toEqual(input)
  })

  test('sends and reads XML with attributes and repeated elements', async () => {
    const Grantee = { Type: 'CanonicalUser' as const, ID: 'abc' }
    const policy = { Grants: [{ Grantee, Permission: 'READ' as const }], Owner: { ID: 'o' } }
    const put = new s3.PutBucketAclCommand({ Bucket: 'b', AccessControlPolicy: policy })
    await client.send(put)
    expect(arrived.AccessControlPolicy).toEqual(policy)
    answered = policy
    const { Grants, Owner } = await client.send(new s3.GetBucketAclCommand({ Bucket: 'b' }))
    expect({ Grants, Owner }).toEqual(policy)

    const Delete = { Objects: [{ Key: 'a' }, { Key: 'b', VersionId: 'v' }], Quiet: true }
    answered = { Deleted: [{ Key: 'a' }], Errors: [{ Key: 'b', Code: 'AccessDenied' }] }
    const deleted = await client.send(new s3.DeleteObjectsCommand({ Bucket: 'b', Delete }))
    expect(arrived.Delete).toEqual(Delete)
    expect(deleted).toMatchObject(answered)

    const Parts = [{ PartNumber: 1, ETag: '"a"' }]
    const complete = { Bucket: 'b', Key: 'k', UploadId: 'u', MultipartUpload: { Parts } }
    await client.send(new s3.CompleteMultipartUploadCommand(complete))
    expect(arrived).toEqual(complete)
  })

  test('sends a text as the body, and an XML body or none', async () => {
    await client.send(new s3.PutBucketPolicyCommand({ Bucket: 'b', Policy: '{"a":1}' }))
    expect(arrived).toMatchObject({ Bucket: 'b', Policy: '{"a":1}' })
    answered = { Policy: '{"b":2}' }
    const { Policy } = await client.send(new s3.GetBucketPolicyCommand({ Bucket: 'b' }))
    expect(Policy).toBe('{"b":2}')
    answered = { Location: '/b' }
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const }
    await client.send(new s3.CreateBucketCommand({ Bucket: 'b', CreateBucketConfiguration }))
    expect(arrived).toEqual({ Bucket: 'b', CreateBucketConfiguration })
  })

  test('sends a list in a header', async () => {
    const ObjectAttributes = ['ETag' as const, 'ObjectSize' as const]
    await client.send(
      new s3.GetObjectAttributesCommand({ Bucket: 'b', Key: 'k', ObjectAttributes }),
    )
    expect(arrived.ObjectAttributes).toEqual(ObjectAttributes)
  })

  test('knows the errors', async () => {
    const call = client.send(new s3.GetBucketTaggingCommand({ Bucket: 'b' }))
    await expect(call).rejects.toMatchObject({ name: 'NoSuchBucket', message: 'Not <here>.' })
    const missing = client.send(new s3.GetBucketCorsCommand({ Bucket: 'b' }))
    await expect(missing).rejects.toMatchObject({
      name: 'NotImplemented',
      $metadata: { httpStatusCode: 501 },
    })
    expect(ends(listener.calls)).toEqual([
      ['GetBucketTagging', 'NoSuchBucket'],
      ['GetBucketCors', 'NotImplemented'],
    ])
  })
})

describe('S3 refuses', () => {
  test.each([
    {
      why: 'an unknown key',
      more: { accessKeyId: 'AKIAUNKNOWN' },
      status: 403,
      code: 'InvalidAccessKeyId',
    },
    {
      why: 'a wrong secret',
      more: { secret: 'wrong' },
      status: 403,
      code: 'SignatureDoesNotMatch',
    },
    {
      why: 'what is no XML',
      more: { path: '/b?delete', method: 'POST', body: '<Delete>' },
      status: 400,
      code: 'MalformedXML',
    },
    {
      why: 'a number that is none',
      more: { path: '/b?list-type=2&max-keys=x' },
      status: 400,
      code: 'InvalidArgument',
    },
    {
      why: 'a method it has not',
      more: { method: 'PATCH', path: '/b' },
      status: 405,
      code: 'MethodNotAllowed',
    },
  ])('$why', async ({ more, status, code }) => {
    const answer = await send(listener.url, {
      service: 's3',
      method: 'GET',
      path: '/b?list-type=2',
      ...more,
    })
    expect(await answer.text()).toContain(`<Error><Code>${code}</Code>`)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('x-amz-request-id')).toMatch(/^[\da-f-]{36}$/)
    expect(answer.headers.get('content-type')).toBe('application/xml')
  })

  test('a streamed body that was altered is nobody’s', async () => {
    const { url, calls } = listener
    const { signRequest } = await import('./sigv4/sign.ts')
    const target = new URL('/b/k', url)
    const { host: _, ...headers } = signRequest({
      ...{ method: 'PUT', url: target, headers: {}, body: 'as signed', service: 's3' },
      ...{ region: 'us-east-1', accessKeyId, secret, now: Date.now() },
    })
    const answer = await fetch(target, { method: 'PUT', headers, body: 'as  found' })
    expect(await answer.text()).toContain('XAmzContentSHA256Mismatch')
    expect(ends(calls)).toEqual([['PutObject', 'XAmzContentSHA256Mismatch']])
    expect(calls[0]!.principal).toBeUndefined()
  })
})

describe('restJson1', () => {
  const path =
    '/PutAuditEvents?channelArn=arn:aws:cloudtrail:us-east-1:1:channel/a&externalId=e%2Bx'
  const json = { 'content-type': 'application/json' }
  const auditEvents = [{ id: 'a', eventData: '{}', eventDataChecksum: 'c', unknown: 1 }]

  test('takes members from query and body, and answers JSON', async () => {
    answered = { successful: [{ eventID: 'e', id: 'a' }], failed: [] }
    const body = JSON.stringify({ auditEvents })
    const answer = await send(listener.url, {
      service: 'cloudtrail-data',
      path,
      headers: json,
      body,
    })
    expect([answer.status, await answer.json()]).toEqual([200, answered])
    expect(arrived).toEqual({
      channelArn: 'arn:aws:cloudtrail:us-east-1:1:channel/a',
      externalId: 'e+x',
      auditEvents: [{ id: 'a', eventData: '{}', eventDataChecksum: 'c' }],
    })
  })

  test.each([
    { why: 'a missing member', more: { body: '{}' }, status: 400, code: 'ValidationException' },
    {
      why: 'a missing query',
      more: { path: '/PutAuditEvents' },
      status: 400,
      code: 'ValidationException',
    },
    { why: 'what is no JSON', more: { body: '{' }, status: 400, code: 'SerializationException' },
    {
      why: 'an unknown key',
      more: { accessKeyId: 'AKIAUNKNOWN' },
      status: 403,
      code: 'UnrecognizedClientException',
    },
    {
      why: 'no signature',
      more: { service: undefined },
      status: 403,
      code: 'MissingAuthenticationTokenException',
    },
    {
      why: 'another path',
      more: { path: '/GetAuditEvents' },
      status: 400,
      code: 'UnknownOperationException',
    },
  ])('refuses $why', async ({ more, status, code }) => {
    const body = JSON.stringify({ auditEvents })
    const call = { service: 'cloudtrail-data', path, headers: json, body, ...more }
    const answer = await send(listener.url, call)
    expect(answer.headers.get('x-amzn-errortype')).toBe(code)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toEqual({ message: expect.any(String) })
  })
})
