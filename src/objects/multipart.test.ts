// What parts make of an object, and what S3 says when they make none.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checksumFor } from '../checksums.ts'
import { ApiError } from '../errors.ts'
import type { Checksum } from './contract.ts'
import { assemble, type ClaimedPart, type ClaimedWhole, checksumOfUpload } from './multipart.ts'
import type { Part } from './uploads.ts'

const MiB = 1024 ** 2
const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
const bodies = [Buffer.alloc(5 * MiB, 1), Buffer.alloc(5 * MiB, 2), Buffer.from('end')]
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest()
const checksumOf = (algorithm: Checksum['algorithm'], bytes: Buffer) => {
  const checksum = checksumFor(`x-amz-checksum-${algorithm.toLowerCase()}`)!
  checksum.update(bytes)
  return checksum.base64()
}

/** Parts 1, 4, 9 of an upload. */
const partsOf = (algorithm?: Checksum['algorithm']): Part[] =>
  bodies.map((body, i) => ({
    number: (i + 1) ** 2,
    blob: { id: `blob${i}`, size: body.length },
    etag: md5(body).toString('hex'),
    lastModified: 0,
    ...(algorithm && { checksum: checksumOf(algorithm, body) }),
  }))
const claims = (parts: readonly Part[], algorithm?: Checksum['algorithm']): ClaimedPart[] =>
  parts.map(({ number, etag, checksum }) => ({
    number,
    etag,
    checksums: algorithm ? { [algorithm]: checksum } : {},
  }))
const whole = (parts: readonly ClaimedPart[], more: Partial<ClaimedWhole> = {}): ClaimedWhole => ({
  parts,
  checksums: {},
  ...more,
})

describe('assemble', () => {
  test('of no asked-for checksum: blobs in order, MD5 of MD5s, the CRC of S3', () => {
    const parts = partsOf('CRC64NVME')
    const etag = createHash('md5')
      .update(Buffer.concat(bodies.map(md5)))
      .digest('hex')
    expect(assemble({}, parts, whole(claims(parts)))).toEqual({
      blobs: parts.map(({ blob }) => blob),
      size: 10 * MiB + 3,
      etag: `${etag}-3`,
      parts: parts.map(({ number, blob: { size }, checksum }) => ({ number, size, checksum })),
      checksum: {
        algorithm: 'CRC64NVME',
        type: 'FULL_OBJECT',
        value: checksumOf('CRC64NVME', Buffer.concat(bodies)),
      },
    })
  })

  test('takes the parts that are named, and an empty one', () => {
    const [first, , last] = partsOf('CRC64NVME') as [Part, Part, Part]
    const { blobs, parts } = assemble({}, partsOf('CRC64NVME'), whole(claims([first, last])))
    expect(blobs).toEqual([first.blob, last.blob])
    expect(parts.map(({ number }) => number)).toEqual([1, 9])
    const nothing = checksumOf('CRC64NVME', Buffer.alloc(0))
    const empty = { ...first, blob: { id: 'e', size: 0 }, checksum: nothing }
    expect(assemble({}, [empty], whole(claims([empty])))).toMatchObject({ blobs: [], size: 0 })
  })

  test.each(algorithms.filter((name) => name !== 'CRC64NVME'))('composite %s', (algorithm) => {
    const parts = partsOf(algorithm)
    const raw = parts.map(({ checksum }) => Buffer.from(checksum!, 'base64'))
    const checksum = { algorithm, type: 'COMPOSITE' } as const
    const made = assemble({ checksum }, parts, whole(claims(parts, algorithm)))
    const value = `${checksumOf(algorithm, Buffer.concat(raw))}-3`
    expect(made.checksum).toEqual({ ...checksum, value })
    expect(made.parts[2]).toEqual({ number: 9, size: 3, checksum: parts[2]!.checksum })
  })

  test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('full object %s', (algorithm) => {
    const parts = partsOf(algorithm)
    const checksum = { algorithm, type: 'FULL_OBJECT' } as const
    const value = checksumOf(algorithm, Buffer.concat(bodies))
    const asked = whole(claims(parts), { checksums: { [algorithm]: value } })
    expect(assemble({ checksum }, parts, asked).checksum).toEqual({ ...checksum, value })
    const wrong = { ...asked, checksums: { [algorithm]: parts[0]!.checksum } }
    const name = algorithm.toLowerCase()
    expect(() => assemble({ checksum }, parts, wrong)).toThrow(
      new ApiError('BadDigest', `The ${name} you specified did not match the calculated checksum.`),
    )
  })

  const parts = partsOf('SHA256')
  const checksum = { algorithm: 'SHA256', type: 'COMPOSITE' } as const
  const good = claims(parts, 'SHA256')
  const [first, second, last] = good as [ClaimedPart, ClaimedPart, ClaimedPart]
  const noPart = 'InvalidPart: One or more of the specified parts could not be found.'
  test.each([
    ['other order', whole([second, first]), 'InvalidPartOrder: The list of parts was not in'],
    ['a part twice', whole([first, first]), 'InvalidPartOrder: The list of parts was not in'],
    ['no such part', whole([{ ...first, number: 2 }]), noPart],
    ['other ETag', whole([{ ...first, etag: second.etag }]), noPart],
    ['other checksum', whole([{ ...first, checksums: second.checksums }]), noPart],
    [
      'a small part in the middle',
      whole([first, last, { ...last, number: 10 }]),
      'EntityTooSmall: Your proposed upload is smaller than the minimum allowed size',
    ],
    [
      'other size',
      whole(good, { size: 3 }),
      "InvalidRequest: The provided 'x-amz-mp-object-size' header value 3 does not match what was",
    ],
    [
      'no checksum of a part',
      whole([first, second, { ...last, checksums: {} }]),
      'InvalidRequest: The upload was created using a sha256 checksum. The complete request must ' +
        'include the checksum for each part. It was missing for part 9 in the request.',
    ],
    [
      'other checksum mode',
      whole(good, { checksumType: 'FULL_OBJECT' }),
      'InvalidRequest: The upload was created using the COMPOSITE checksum mode. The complete',
    ],
    [
      'other checksum of the whole',
      whole(good, { checksums: { SHA256: `${parts[0]!.checksum}-3` } }),
      'BadDigest: The sha256 you specified did not match the calculated checksum.',
    ],
  ])('refuses %s', (_, asked, refusal) => {
    let error: unknown
    try {
      assemble({ checksum }, [...parts, { ...parts[2]!, number: 10 }], asked)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(ApiError)
    const { code, message } = error as ApiError
    expect(`${code}: ${message}`).toContain(refusal)
  })
})

describe('checksumOfUpload', () => {
  test.each([
    [undefined, undefined, undefined],
    ['CRC32', undefined, 'COMPOSITE'],
    ['CRC32C', 'FULL_OBJECT', 'FULL_OBJECT'],
    ['CRC64NVME', undefined, 'FULL_OBJECT'],
    ['SHA1', undefined, 'COMPOSITE'],
    ['SHA256', 'COMPOSITE', 'COMPOSITE'],
  ] as const)('%s %s is %s', (algorithm, asked, type) => {
    expect(checksumOfUpload(algorithm, asked)).toEqual(algorithm && { algorithm, type })
  })

  test.each([
    [undefined, 'COMPOSITE', 'The x-amz-checksum-type header can only be used with'],
    ['CRC64NVME', 'COMPOSITE', 'The COMPOSITE checksum type cannot be used with the crc64nvme'],
    ['SHA1', 'FULL_OBJECT', 'The FULL_OBJECT checksum type cannot be used with the sha1'],
  ] as const)('%s %s is refused', (algorithm, asked, text) => {
    expect(() => checksumOfUpload(algorithm, asked)).toThrow(text)
  })
})
