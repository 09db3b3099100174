import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseError, parseListing } from './listing.ts'
import { S3Bucket } from './s3-bucket.ts'
import type { Answer, Outgoing, Send } from './transport.ts'

type Reply = Readonly<{
  status?: number
  headers?: Record<string, string>
  body?: string | Buffer
  /** The connection breaks after so many bytes. */
  breaksAt?: number
}>

/** A bucket whose server gives the replies in turn, or what a function makes of the request. */
function bucketThat(
  replies: Reply[] | ((url: URL) => Reply),
  endpoint?: string,
  pathStyle?: boolean,
) {
  const asked: Outgoing[] = []
  const pauses: number[] = []
  const send: Send = async (request) => {
    asked.push(request)
    const reply = Array.isArray(replies) ? replies.shift() : replies(request.url)
    if (!reply) throw new Error('connection refused')
    return answerOf(reply)
  }
  const bucket = new S3Bucket('audit', {
    ...(endpoint === undefined ? {} : { endpoint: new URL(endpoint) }),
    ...(pathStyle === undefined ? {} : { pathStyle }),
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIA', secret: 'secret', sessionToken: 'token' },
    send,
    now: () => Date.UTC(2026, 10, 21),
    pause: async (ms) => void pauses.push(ms),
  })
  return { bucket, asked, pauses }
}

function answerOf({ status = 200, headers = {}, body = '', breaksAt }: Reply): Answer {
  const bytes = Buffer.from(body)
  const length = { 'content-length': String(bytes.length) }
  async function* parts() {
    for (let i = 0; i < bytes.length; i += 4096) {
      if (breaksAt !== undefined && i >= breaksAt) throw new Error('connection reset')
      yield bytes.subarray(i, i + 4096)
    }
  }
  return { status, headers: { ...length, ...headers }, body: parts() }
}

async function all(items: AsyncIterable<{ key: string }>): Promise<string[]> {
  const list: string[] = []
  for await (const { key } of items) list.push(key)
  return list
}

function listing(keys: readonly string[], truncated: boolean): string {
  const contents = keys.map((key) => `<Contents><Key>${encodeURIComponent(key)}</Key></Contents>`)
  const head = `<IsTruncated>${truncated}</IsTruncated><EncodingType>url</EncodingType>`
  return `<ListBucketResult>${head}${contents.join('')}</ListBucketResult>`
}

const serverError = (code: string) =>
  `<Error><Code>${code}</Code><Message>so &amp; so</Message></Error>`

describe('an object', () => {
  test('comes as it is stored, with its metadata, by a signed request in path style', async () => {
    const stored = gzipSync('content')
    const headers = { 'x-amz-meta-signature': 'ab', 'content-encoding': 'gzip' }
    const { bucket, asked } = bucketThat([{ body: stored, headers }], 'http://127.0.0.1:4590/')
    expect(await bucket.get("a b/c+d/é'(1).gz")).toEqual({
      body: stored,
      metadata: { signature: 'ab' },
    })
    expect(asked[0]!.url.href).toBe('http://127.0.0.1:4590/audit/a%20b/c%2Bd/%C3%A9%27%281%29.gz')
    expect(asked[0]!.headers).toMatchObject({
      authorization: expect.stringContaining('/us-east-1/s3/aws4_request'),
      'x-amz-security-token': 'token',
    })
  })

  test.each([
    ['../other/key'],
    ['a/./b'],
    ['..'],
    [''],
    ['half a \ud800 letter'],
    ['x'.repeat(1025)],
    ['é'.repeat(513)],
  ])('%j is no key, and not asked for', async (key) => {
    const { bucket, asked } = bucketThat([])
    expect(await bucket.get(key)).toBeUndefined()
    expect(asked).toEqual([])
  })

  test.each([
    { code: 'NoSuchKey', status: 404, answer: undefined },
    { code: 'XMinioInvalidObjectName', status: 400, answer: undefined },
    { code: 'InvalidRequest', status: 400, error: 'InvalidRequest: so & so' },
    { code: 'NoSuchBucket', status: 404, error: 'NoSuchBucket: so & so' },
    { code: 'AccessDenied', status: 403, error: 'AccessDenied: so & so' },
    { code: 'InvalidAccessKeyId', status: 403, error: 'InvalidAccessKeyId: so & so' },
  ])('$code is told from the others, and asked once', async ({ code, status, error }) => {
    const { bucket, asked } = bucketThat([{ status, body: serverError(code) }])
    if (error) await expect(bucket.get('key')).rejects.toThrow(error)
    else expect(await bucket.get('key')).toBeUndefined()
    expect(asked.length).toBe(1)
  })

  test.each([
    { what: 'load', reply: { status: 503, body: serverError('SlowDown') } },
    { what: 'a failure', reply: { status: 500, body: 'oh' } },
    { what: 'a broken connection', reply: { body: Buffer.alloc(9000), breaksAt: 4096 } },
  ])('$what is tried again, with growing pauses', async ({ reply }) => {
    const { bucket, pauses } = bucketThat([reply, reply, reply, { body: 'here' }])
    expect((await bucket.get('key'))?.body.toString()).toBe('here')
    expect(pauses).toEqual([100, 200, 400])
  })

  test('an outage is told in the end', async () => {
    const { bucket, asked } = bucketThat([])
    await expect(bucket.get('key')).rejects.toThrow('connection refused')
    expect(asked.length).toBe(6)
  })

  test('a large one is streamed, and taken up where its stream breaks', async () => {
    const body = Buffer.alloc(3_000_000, 'x')
    const { bucket, asked } = bucketThat([
      { body, headers: { etag: '"e"' }, breaksAt: 1_000_000 },
      { status: 503 },
      { status: 206, body: body.subarray(1_003_520) },
    ])
    const object = await bucket.get('key')
    const chunks: Uint8Array[] = []
    for await (const chunk of object!.body as AsyncIterable<Uint8Array>) chunks.push(chunk)
    expect(Buffer.concat(chunks).equals(body)).toBe(true)
    expect(asked[2]!.headers).toMatchObject({ range: 'bytes=1003520-', 'if-match': '"e"' })
  })

  test('a bucket in another Region is found there', async () => {
    const redirect = {
      status: 301,
      headers: { 'x-amz-bucket-region': 'eu-west-1' },
      body: serverError('PermanentRedirect'),
    }
    const { bucket, asked } = bucketThat([redirect, { body: 'here' }])
    expect((await bucket.get('key'))?.body.toString()).toBe('here')
    expect(asked.map(({ url }) => url.host)).toEqual([
      's3.us-east-1.amazonaws.com',
      's3.eu-west-1.amazonaws.com',
    ])
    expect(asked[1]!.headers['authorization']).toContain('/eu-west-1/s3/')
  })
})

describe('a write', () => {
  const stored = Buffer.from('{"Records":[]}')
  const headers = { 'x-amz-acl': 'bucket-owner-full-control', 'x-amz-meta-a': 'b' }

  test('is one signed request with the MD5 of what is sent', async () => {
    const { bucket, asked } = bucketThat([{}], 'http://127.0.0.1:4590')
    await bucket.put('AWSLogs/ü.gz', stored, headers)
    const [request] = asked
    expect(request).toMatchObject({ method: 'PUT', body: stored })
    expect(request!.url.href).toBe('http://127.0.0.1:4590/audit/AWSLogs/%C3%BC.gz')
    expect(request!.headers).toMatchObject({
      ...headers,
      'content-length': '14',
      'content-md5': createHash('md5').update(stored).digest('base64'),
      authorization: expect.stringMatching(
        /SignedHeaders=content-md5;host;.*x-amz-acl;.*x-amz-meta-a/,
      ),
    })
  })

  test('of nothing says so', async () => {
    const { bucket, asked } = bucketThat([{}])
    await bucket.put('AWSLogs/', Buffer.alloc(0), {})
    expect(asked[0]!.headers['content-length']).toBe('0')
  })

  test('is tried again once, at once', async () => {
    const load = { status: 503, body: serverError('SlowDown') }
    const once = bucketThat([load, {}])
    await once.bucket.put('key', stored, {})
    expect(once.pauses).toEqual([100])
    const twice = bucketThat([load, load, {}])
    await expect(twice.bucket.put('key', stored, {})).rejects.toMatchObject({
      name: 'S3Error',
      code: 'SlowDown',
      status: 503,
    })
    await expect(bucketThat([]).bucket.put('key', stored, {})).rejects.toThrow('refused')
  })

  test('that is refused is not tried again', async () => {
    const { bucket, asked } = bucketThat([{ status: 403, body: serverError('AccessDenied') }])
    const refused = bucket.put('key', stored, {})
    await expect(refused).rejects.toMatchObject({ code: 'AccessDenied', status: 403 })
    expect(asked.length).toBe(1)
  })

  test('in the name of the host', async () => {
    const { bucket, asked } = bucketThat([{}], 'https://s3.example.com:8443/', false)
    await bucket.put('a/b', stored, {})
    expect(asked[0]!.url.href).toBe('https://audit.s3.example.com:8443/a/b')
    expect(asked[0]!.headers['host']).toBe('audit.s3.example.com:8443')
  })

  test('to a key that no URL holds is an error', async () => {
    const put = bucketThat([{}]).bucket.put('a/../b', stored, {})
    await expect(put).rejects.toMatchObject({ name: 'S3Error', code: 'InvalidURI' })
  })
})

describe('a bucket', () => {
  test('is asked for its ACL', async () => {
    const { bucket, asked } = bucketThat([{ body: '<AccessControlPolicy/>' }])
    await bucket.readAcl()
    expect(asked[0]!.url.search).toBe('?acl=')
    const none = bucketThat([{ status: 404, body: serverError('NoSuchBucket') }])
    await expect(none.bucket.readAcl()).rejects.toMatchObject({ code: 'NoSuchBucket' })
  })

  test.each([
    [403, 'AccessDenied'],
    [404, 'NoSuchBucket'],
    [400, '400'],
  ])('that answers HEAD with %s is %s', async (status, code) => {
    const { bucket, asked } = bucketThat([{ status }])
    await expect(bucket.head()).rejects.toMatchObject({ code, status })
    expect(asked[0]!.method).toBe('HEAD')
  })
})

test('a bucket that is always elsewhere is not looked for for ever', async () => {
  let n = 0
  const { bucket, asked } = bucketThat(() => ({
    status: 301,
    headers: { 'x-amz-bucket-region': `eu-west-${++n}` },
    body: serverError('PermanentRedirect'),
  }))
  await expect(bucket.get('key')).rejects.toMatchObject({ code: 'PermanentRedirect' })
  expect(asked.length).toBe(3)
})

describe('a listing', () => {
  const keys = Array.from({ length: 7 }, (_, n) => `AWSLogs/ü ${n}+`)

  /** A server with pages of three, in either version or in one only. */
  const pages = (versions: 'both' | 'v1' | 'v1, silently') => (url: URL) => {
    const v2 = url.searchParams.get('list-type') === '2'
    if (v2 && versions === 'v1') return { status: 501, body: serverError('NotImplemented') }
    const after = url.searchParams.get(v2 && versions === 'both' ? 'start-after' : 'marker') ?? ''
    const rest = keys.filter((key) => key > after)
    return { body: listing(rest.slice(0, 3), rest.length > 3) }
  }

  test.each(['both', 'v1', 'v1, silently'] as const)(
    'comes page by page from a server that knows %s',
    async (versions) => {
      expect(await all(bucketThat(pages(versions)).bucket.list('AWSLogs/'))).toEqual(keys)
      expect(await all(bucketThat(pages(versions)).bucket.list('AWSLogs/', keys[2]))).toEqual(
        keys.slice(3),
      )
    },
  )

  test('is read no further than it is asked for', async () => {
    const { bucket, asked } = bucketThat(pages('both'))
    for await (const { key } of bucket.list('AWSLogs/')) if (key === keys[1]) break
    expect(asked.length).toBe(1)
  })

  test('that never moves on is an error', async () => {
    const { bucket } = bucketThat(() => ({ body: listing(['a', 'b'], true) }))
    await expect(all(bucket.list(''))).rejects.toThrow('again and again')
  })

  test('of any keys is read', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(fc.array(text), fc.boolean(), (list, truncated) => {
        const page = parseListing(listing(list, truncated))
        expect(page.objects.map(({ key }) => key)).toEqual(list)
        expect(page.truncated).toBe(truncated)
      }),
    )
    const plain =
      '<ListBucketResult xmlns="x"><Contents><Key>a &lt;&#38;&#x62;</Key>' +
      '<ETag>&quot;0f-2&quot;</ETag><Size>12</Size>' +
      '<LastModified>2026-11-20T03:09:29.000Z</LastModified></Contents></ListBucketResult>'
    const modified = Date.UTC(2026, 10, 20, 3, 9, 29)
    expect(parseListing(plain).objects).toEqual([
      { key: 'a <&b', size: 12, etag: '0f-2', modified },
    ])
  })

  test('that is something else is refused', () => {
    const listing = (key: string) =>
      `<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>${key}</Key></Contents></ListBucketResult>`
    for (const xml of ['<html>login</html>', listing('%ff'), listing('&#x110000;')]) {
      expect(() => parseListing(xml)).toThrow('not an S3 listing')
    }
    expect(parseError('<html>', 502)).toEqual({ code: '502', message: 'HTTP status 502' })
  })
})
