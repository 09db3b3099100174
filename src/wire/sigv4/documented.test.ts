// The worked examples of S3's documentation, signatures and all.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import { describe, expect, test } from 'vitest'
import { inPieces, whole } from '../../../test/sigv4/independent.ts'
import { limits } from '../../limits.ts'
import { type RequestHead, readClaim, verify } from './verify.ts'

const host = 'examplebucket.s3.amazonaws.com'
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const options = {
  credential: {
    secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    active: true,
    principal: {
      type: 'Root' as const,
      accountId: '000000000000',
      arn: 'arn:aws:iam::000000000000:root',
      principalId: '000000000000',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    },
  },
  now: Date.UTC(2013, 4, 24),
  expect: { regions: ['us-east-1'] },
  limits,
}

function head(method: string, target: string, headers: Record<string, string>, proof: string) {
  const all: Record<string, string> = { host, 'x-amz-date': '20130524T000000Z', ...headers }
  const signedHeaders = Object.keys(all).sort().join(';')
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
    `SignedHeaders=${signedHeaders},Signature=${proof}`
  return { method, target, rawHeaders: Object.entries({ ...all, authorization }).flat() }
}

function decoded(request: RequestHead, body = Buffer.alloc(0)): Promise<Buffer> {
  return whole(verify(request, readClaim(request), options).decodeBody(inPieces(body, 10_000)))
}

test.each([
  {
    what: 'GET an object',
    request: head(
      'GET',
      '/test.txt',
      { range: 'bytes=0-9', 'x-amz-content-sha256': empty },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ),
  },
  {
    what: 'GET the lifecycle of a bucket',
    request: head(
      'GET',
      '/?lifecycle',
      { 'x-amz-content-sha256': empty },
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ),
  },
  {
    what: 'list a bucket',
    request: head(
      'GET',
      '/?max-keys=2&prefix=J',
      { 'x-amz-content-sha256': empty },
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ),
  },
  {
    what: 'GET by a presigned URL',
    request: {
      method: 'GET',
      target:
        '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
      rawHeaders: ['Host', host],
    },
  },
])('$what', async ({ request }) => {
  expect(await decoded(request)).toHaveLength(0)
})

describe('66,560 bytes in two chunks', () => {
  const data = Buffer.alloc(66_560, 'a')
  const headers = {
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
  }
  const chunks = (...proofs: string[]) => {
    const [first, second, last] = proofs.map((proof) => `;chunk-signature=${proof}\r\n`)
    const [a, b] = [data.subarray(0, 65_536), data.subarray(65_536)]
    return `10000${first}${a}\r\n400${second}${b}\r\n0${last}`
  }

  test('signed', async () => {
    const request = head(
      'PUT',
      '/examplebucket/chunkObject.txt',
      {
        ...headers,
        host: 's3.amazonaws.com',
        'content-length': '66824',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      },
      '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    )
    const body = chunks(
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    )
    expect(await decoded(request, Buffer.from(`${body}\r\n`))).toEqual(data)
  })

  test('signed, with a trailing checksum', async () => {
    const request = head(
      'PUT',
      '/examplebucket/chunkObject.txt',
      {
        ...headers,
        host: 's3.amazonaws.com',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        'x-amz-trailer': 'x-amz-checksum-crc32c',
      },
      '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
    )
    const body = chunks(
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
    )
    const trailers =
      'x-amz-checksum-crc32c:sOO8/Q==\n\r\n' +
      'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n'
    expect(await decoded(request, Buffer.from(`${body}${trailers}\r\n`))).toEqual(data)
  })
})
