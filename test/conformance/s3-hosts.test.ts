// The AWS SDK as it is by default: the bucket's name stands in the host, and bodies stream with trailers.
import { Agent } from 'node:http'
import { Readable } from 'node:stream'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTestServer, startTestServer, type TestServer } from '../server.ts'

/** The hosts that were looked up. */
const hosts = new Set<string>()
/** As browsers and most systems resolve names below localhost; not all C libraries do. */
const httpAgent = new Agent({
  lookup: (host, { all }, done) => {
    hosts.add(host)
    if (all) done(null, [{ address: '127.0.0.1', family: 4 }])
    else done(null, '127.0.0.1', 4)
  },
})

describe('a bucket in the host', () => {
  let server: TestServer
  let s3: S3Client
  beforeAll(async () => {
    server = await startTestServer({ env: { CONTRAIL_S3_SUFFIXES: 'localhost s3.example.com' } })
    const { accessKeyId, secret: secretAccessKey } = server.credentials
    s3 = new S3Client({
      endpoint: server.url.replace('127.0.0.1', 'localhost'),
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
      requestHandler: { httpAgent },
    })
  })
  afterAll(() => removeTestServer(server))

  const Bucket = 'my-logs'

  test.each(['console', 'healthz', 'a b/../c', '/lead//double/', 'ü😀+%2F'])(
    'holds the key %s',
    async (Key) => {
      await s3.send(new CreateBucketCommand({ Bucket }))
      const Body = Readable.from([Buffer.from('one '), Buffer.from('two')])
      await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: 7 }))
      const { Body: found } = await s3.send(new GetObjectCommand({ Bucket, Key }))
      expect(await found!.transformToString()).toBe('one two')
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }))
      expect(Contents).toMatchObject([{ Key, Size: 7 }])
      await s3.send(new DeleteObjectCommand({ Bucket, Key }))
      await s3.send(new DeleteBucketCommand({ Bucket }))
      expect([...hosts]).toEqual(['my-logs.localhost'])
    },
  )

  test('is missed by the same name', async () => {
    const head = s3.send(new HeadBucketCommand({ Bucket: 'nobody-has-it' }))
    await expect(head).rejects.toMatchObject({
      name: 'NotFound',
      $metadata: { httpStatusCode: 404 },
    })
  })
})
