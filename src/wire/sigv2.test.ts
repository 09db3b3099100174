// URLs presigned with S3's first signature. The first case is AWS's own example.
import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../errors.ts'
import { loadModel } from '../gen/load.ts'
import type { Arrival } from './arrival.ts'
import { readPresignedV2, verifyPresignedV2 } from './sigv2.ts'

const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const principal = {
  type: 'Root',
  accountId: '1',
  arn: 'a',
  principalId: '1',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
} as const
const credential = { secret, active: true, principal }
const expires = 1175139620
const asked = `AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=${expires}`

function arrive(path: string, query: string, more: object = {}): Arrival {
  const { method = 'GET', hostBucket, rawHeaders = [] } = more as any
  const head = { method, target: `${path}?${query}`, rawHeaders }
  return { head, path, query, hostBucket } as unknown as Arrival
}

const sign = (text: string) =>
  encodeURIComponent(createHmac('sha1', secret).update(text).digest('base64'))

function prove(arrival: Arrival, now = 0, as: object = credential) {
  const claim = readPresignedV2(arrival.head)!
  return verifyPresignedV2(arrival, claim, { credential: as as typeof credential, now })
}

const example = 'NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D'
const photo = (signature = example) =>
  arrive('/johnsmith/photos/puppy.jpg', `${asked}&Signature=${signature}`)

describe('is proven', () => {
  test('as in the documentation, by path and by host', () => {
    prove(photo())
    prove(arrive('/photos/puppy.jpg', `${asked}&Signature=${example}`, { hostBucket: 'johnsmith' }))
  })

  test('with what is asked for, and the headers that say how', () => {
    const text =
      'PUT\nmd5\ntext/plain\n1175139620\nx-amz-acl:private\n' +
      '/b/k%20k?partNumber=1&response-content-type=a/b&uploadId=u'
    const query =
      `${asked}&uploadId=u&partNumber=1&response-content-type=a%2Fb&other=1&` +
      `Signature=${sign(text)}`
    const rawHeaders = ['X-Amz-Acl', 'private', 'Content-MD5', 'md5', 'content-type', 'text/plain']
    prove(arrive('/b/k%20k', query, { method: 'PUT', rawHeaders }))
  })
})

describe('is refused', () => {
  const mismatch = expect.objectContaining({ code: 'SignatureDoesNotMatch' })

  test('for anything else', () => {
    expect(() => prove(photo(sign('GET\n\n\n1175139620\n/b')))).toThrow(mismatch)
    const longer = `AWSAccessKeyId=A&Expires=${expires + 1}&Signature=${example}`
    expect(() => prove(arrive('/johnsmith/photos/puppy.jpg', longer))).toThrow(mismatch)
    const rawHeaders = ['x-amz-acl', 'public-read']
    const query = `${asked}&Signature=${example}`
    const more = arrive('/johnsmith/photos/puppy.jpg', query, { rawHeaders })
    expect(() => prove(more)).toThrow(mismatch)
    const acl = arrive('/johnsmith/photos/puppy.jpg', `${query}&acl`)
    expect(() => prove(acl)).toThrow(mismatch)
  })

  const literals = Object.values(loadModel('s3').operations)
    .flatMap(({ http }) => http?.uri.split('?')[1]?.split('&') ?? [])
    .map((literal) => literal.split('=')[0]!)
  // Both versions of a list need the same permission, and clients do not sign which one they want.
  const telling = [...new Set(literals)].filter((name) => name !== 'list-type')

  test.each(telling)('with ?%s added, which makes it another operation', (name) => {
    const query = `${asked}&Signature=${example}&${name}`
    expect(() => prove(arrive('/johnsmith/photos/puppy.jpg', query))).toThrow(mismatch)
  })

  test('when its time is over', () => {
    prove(photo(), expires * 1000)
    expect(() => prove(photo(), expires * 1000 + 1)).toThrow(
      new ApiError('AccessDenied', 'Request has expired'),
    )
    const never = `AWSAccessKeyId=A&Expires=x&Signature=${sign('GET\n\n\nx\n/b/k')}`
    expect(() => prove(arrive('/b/k', never))).toThrow(
      expect.objectContaining({ code: 'AccessDenied' }),
    )
  })

  test('of a key that is not in use', () => {
    const unknown = expect.objectContaining({ code: 'InvalidClientTokenId' })
    expect(() => prove(photo(), 0, { ...credential, active: false })).toThrow(unknown)
    expect(() => prove(photo(), 0, { ...credential, sessionToken: 't' })).toThrow(unknown)
  })
})

test('other requests make no such claim', () => {
  for (const query of ['', 'AWSAccessKeyId=A', 'Signature=a', 'X-Amz-Signature=a']) {
    expect(readPresignedV2(arrive('/', query).head)).toBeUndefined()
  }
})
