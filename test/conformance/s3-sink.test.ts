// Log files into an S3 that is not ours: what it holds afterwards, what it refuses, and where nobody answers.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { S3Bucket } from '../../src/s3-client/s3-bucket.ts'
import { type S3Access, S3Requests } from '../../src/s3-client/s3-requests.ts'
import { httpTransport } from '../../src/s3-client/transport.ts'
import { s3Sink } from '../../src/sinks/s3-sink.ts'
import { hasMoto, type Moto, startMoto } from '../moto.ts'

const accountId = '111122223333'
const destination = {
  bucket: 'audit',
  prefix: 'own',
  trailArn: `arn:aws:cloudtrail:us-east-1:${accountId}:trail/one`,
  accountId,
  region: 'us-east-1',
}
const folder = `own/AWSLogs/${accountId}`
const object = {
  key: `${folder}/CloudTrail/us-east-1/one+two.json.gz`,
  body: Buffer.alloc(3_000_000, 'zipped'),
  headers: {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'x-amz-server-side-encryption': 'AES256',
    'x-amz-meta-signature': 'ab',
  },
}

describe.runIf(hasMoto('delivery to an S3 that is not ours'))('moto_server', () => {
  let moto: Moto
  let access: S3Access
  beforeAll(async () => {
    moto = await startMoto()
    const made = await fetch(`${moto.url}/audit`, { method: 'PUT' })
    expect(made.status).toBe(200)
    access = {
      endpoint: new URL(moto.url),
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secret: 'secret' },
      send: httpTransport(4, new AbortController().signal),
      now: () => Date.now(),
      pause: async (ms) => void (await sleep(ms)),
    }
  })
  afterAll(() => moto.stop())

  test('takes the folders and the object, byte for byte, with what is said of it', async () => {
    const sink = s3Sink({ access, encrypts: true })
    await sink.check(destination)
    await sink.put(destination, object)
    await sink.put(destination, object)
    const bucket = new S3Bucket('audit', access)
    const keys: string[] = []
    for await (const { key } of bucket.list('')) keys.push(key)
    expect(keys).toEqual([`${folder}/CloudTrail-Digest/`, `${folder}/CloudTrail/`, object.key])
    const { body, metadata } = (await bucket.get(object.key))!
    expect(metadata).toEqual({ signature: 'ab' })
    const hash = createHash('sha256')
    for await (const piece of Buffer.isBuffer(body) ? [body] : body) hash.update(piece)
    expect(hash.digest('hex')).toBe(createHash('sha256').update(object.body).digest('hex'))
    const requests = new S3Requests('audit', access)
    const { headers } = await requests.send({ method: 'HEAD', key: object.key })
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'x-amz-server-side-encryption': 'AES256',
    })
  })

  test('refuses with its codes', async () => {
    const sink = s3Sink({ access, encrypts: true })
    const none = { ...destination, bucket: 'none' }
    const code = { name: 'SinkError', code: 'NoSuchBucket' }
    await expect(sink.check(none)).rejects.toMatchObject(code)
    await expect(sink.put(none, object)).rejects.toMatchObject(code)
  })

  test('does not answer when it is not there', async () => {
    const elsewhere = { ...access, endpoint: new URL('http://127.0.0.1:9') }
    const sink = s3Sink({ access: elsewhere, encrypts: true })
    await expect(sink.put(destination, object)).rejects.toMatchObject({
      name: 'SinkError',
      code: undefined,
    })
  })
})
