import { describe, expect, test } from 'vitest'
import type { Outgoing } from '../s3-client/transport.ts'
import { s3Sink } from './s3-sink.ts'

const destination = {
  bucket: 'audit',
  prefix: 'own',
  trailArn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/one',
  accountId: '111122223333',
  region: 'us-east-1',
}
const object = {
  key: 'own/AWSLogs/111122223333/CloudTrail/one.json.gz',
  body: Buffer.from('zipped'),
  headers: {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'x-amz-server-side-encryption': 'AES256',
    'x-amz-meta-signature': 'ab',
  },
}

const elsewhere = { 'x-amz-bucket-region': 'eu-central-1' }

/** A sink whose server answers each request with a status and, perhaps, a code. */
function sinkThat(answer: (request: Outgoing) => readonly [number, string?], encrypts = true) {
  const asked: Outgoing[] = []
  const sink = s3Sink({
    access: {
      endpoint: new URL('http://127.0.0.1:9000'),
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIA', secret: 'secret' },
      async send(request) {
        asked.push(request)
        const [status, code] = answer(request)
        if (status === 0) throw new Error('connection refused')
        const text = code ? `<Error><Code>${code}</Code></Error>` : ''
        async function* body() {
          yield Buffer.from(text)
        }
        return { status, headers: status === 301 ? elsewhere : {}, body: body() }
      },
      now: () => Date.UTC(2026, 10, 21),
      pause: async () => undefined,
    },
    encrypts,
  })
  const lines = () => asked.map(({ method, url }) => `${method} ${url.pathname}${url.search}`)
  return { sink, asked, lines }
}

describe('a put', () => {
  test('is the object under its key, with its headers, for the owner of the bucket', async () => {
    const { sink, asked, lines } = sinkThat(() => [200])
    await sink.put(destination, object)
    expect(lines()).toEqual([`PUT /audit/${object.key}`])
    expect(asked[0]!.body).toEqual(object.body)
    expect(asked[0]!.headers).toMatchObject({
      ...object.headers,
      'x-amz-acl': 'bucket-owner-full-control',
    })
  })

  test('to a bucket in another Region goes there at once from the second on', async () => {
    const { sink, asked } = sinkThat(({ headers }) =>
      headers['authorization']!.includes('/eu-central-1/') ? [200] : [301, 'PermanentRedirect'],
    )
    await sink.put(destination, object)
    await sink.put(destination, object)
    const regions = asked.map(
      ({ headers }) => /\/([a-z0-9-]+)\/s3\//.exec(headers['authorization']!)![1],
    )
    expect(regions).toEqual(['us-east-1', 'eu-central-1', 'eu-central-1'])
  })

  test('asks for no encryption where it is not known', async () => {
    const { sink, asked } = sinkThat(() => [200], false)
    await sink.put(destination, object)
    expect(asked[0]!.headers).not.toHaveProperty('x-amz-server-side-encryption')
    expect(asked[0]!.headers).toHaveProperty('x-amz-meta-signature')
  })

  test.each([
    [403, 'AccessDenied', 'AccessDenied'],
    [404, 'NoSuchBucket', 'NoSuchBucket'],
    [503, 'SlowDown', 'SlowDown'],
    [0, undefined, undefined],
  ] as const)('that %s %s refuses is SinkError %s', async (status, code, told) => {
    const { sink } = sinkThat(() => [status, code])
    const put = sink.put(destination, object)
    await expect(put).rejects.toMatchObject({ name: 'SinkError', code: told })
  })
})

describe('a check', () => {
  const markers = ['CloudTrail', 'CloudTrail-Digest'].map(
    (folder) => `PUT /audit/own/AWSLogs/111122223333/${folder}/`,
  )

  test('reads the ACL and makes the folders', async () => {
    const { sink, lines } = sinkThat(() => [200])
    await sink.check(destination)
    expect(lines()).toEqual(['GET /audit?acl=', ...markers])
  })

  test('asks a server without ACLs for the bucket', async () => {
    const { sink, lines } = sinkThat(({ method }) =>
      method === 'GET' ? [501, 'NotImplemented'] : [200],
    )
    await sink.check(destination)
    expect(lines()).toEqual(['GET /audit?acl=', 'HEAD /audit', ...markers])
  })

  test.each([
    ['no bucket', 'GET', 404, 'NoSuchBucket'],
    ['no permission to read', 'GET', 403, 'AccessDenied'],
    ['no permission to write', 'PUT', 403, 'AccessDenied'],
    ['no answer', 'GET', 0, undefined],
  ] as const)('finds %s', async (_, where, status, code) => {
    const { sink } = sinkThat(({ method }) => (method === where ? [status, code] : [200]))
    await expect(sink.check(destination)).rejects.toMatchObject({ name: 'SinkError', code })
  })
})
