// The SDK for JavaScript against an emulator behind the proxy: what is sent in chunks with a trailer, read in
// ranges, or given up half-way.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasMoto, startMoto } from '../moto.ts'
import { finalOf, headerOf } from '../proxy-tap.ts'
import { TappedProxy } from '../proxy-tapped.ts'
import { until } from '../tools.ts'

describe.skipIf(!hasMoto('uploads through the proxy'))('uploads through the proxy', () => {
  let proxy: TappedProxy
  let s3: S3Client
  const content = randomBytes(3 * 1024 * 1024 + 7)

  beforeAll(async () => {
    proxy = await TappedProxy.start(await startMoto())
    s3 = new S3Client({
      endpoint: proxy.clientEnv['AWS_ENDPOINT_URL']!,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'AKIAEXAMPLEOFMOTO000', secretAccessKey: 'secret' },
    })
    await fetch(`${proxy.clientEnv['AWS_ENDPOINT_URL']}/bucket`, { method: 'PUT' })
  })
  afterAll(async () => {
    s3?.destroy()
    await proxy?.close()
  })

  test('a stream goes in chunks with a trailer', async () => {
    const Body = Readable.from([content.subarray(0, 1_000_000), content.subarray(1_000_000)])
    const ContentLength = content.length
    const input = { Bucket: 'bucket', Key: 'stream', Body, ContentLength }
    await s3.send(new PutObjectCommand(input))
    const { request } = proxy.pairs().at(-1)!
    expect(headerOf(request, 'x-amz-content-sha256')).toBe('STREAMING-UNSIGNED-PAYLOAD-TRAILER')
    expect(headerOf(request, 'transfer-encoding')).toBe('chunked')
    expect(request.subarray(-200).toString('latin1')).toContain('x-amz-checksum-crc32:')
    const read = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'stream' }))
    expect(Buffer.from(await read.Body!.transformToByteArray()).equals(content)).toBe(true)
  })

  test('a range', async () => {
    const Range = 'bytes=1000000-1000099'
    const read = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'stream', Range }))
    const bytes = Buffer.from(await read.Body!.transformToByteArray())
    expect(bytes.equals(content.subarray(1_000_000, 1_000_100))).toBe(true)
    expect(finalOf(proxy.pairs().at(-1)!.answer).toString('latin1', 9, 12)).toBe('206')
  })

  test('each is recorded as it was made', () => {
    expect(proxy.records().map(({ eventName }) => eventName)).toEqual([
      'CreateBucket',
      'PutObject',
      'GetObject',
      'GetObject',
    ])
    const [, put, , range] = proxy.records()
    expect(put.requestParameters).toMatchObject({ bucketName: 'bucket', key: 'stream' })
    expect(range.additionalEventData).toMatchObject({ bytesTransferredOut: 100 })
  })

  test('a client that hangs up half-way', async () => {
    const { hostname, port } = new URL(proxy.clientEnv['AWS_ENDPOINT_URL']!)
    const socket = connect({ host: hostname, port: Number(port) })
    socket.on('error', () => undefined)
    socket.write('PUT /bucket/half HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nnot all')
    await until(
      async () => proxy.pairs().length,
      (pairs) => pairs === 5,
      10_000,
    )
    socket.resetAndDestroy()
    const records = await until(
      async () => proxy.records(),
      ({ length }) => length === 5,
      10_000,
    )
    expect(records.at(-1)).toMatchObject({
      eventName: 'PutObject',
      errorCode: 'ClientClosedConnection',
      requestParameters: { bucketName: 'bucket', key: 'half' },
    })
  })
})
