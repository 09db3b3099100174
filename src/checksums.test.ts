import { describe, expect, test } from 'vitest'
import { checksumByDefinition } from '../test/sigv4/independent.ts'
import { checksumFor } from './checksums.ts'

// The catalogues' check value: what each algorithm makes of these nine digits.
describe.each([
  { name: 'x-amz-checksum-crc32', check: 'cbf43926' },
  { name: 'x-amz-checksum-crc32c', check: 'e3069283' },
  { name: 'x-amz-checksum-crc64nvme', check: 'ae8b14860a799888' },
  { name: 'x-amz-checksum-sha1', check: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441' },
  {
    name: 'x-amz-checksum-sha256',
    check: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  },
])('$name', ({ name, check }) => {
  test('of the nine digits is the published value', () => {
    const checksum = checksumFor(name)!
    for (const piece of ['1234', '', '56789']) checksum.update(Buffer.from(piece))
    expect(Buffer.from(checksum.base64(), 'base64').toString('hex')).toBe(check)
  })

  test.each([0, 1, 255, 1000])('of %i bytes is what its definition says', (length) => {
    const data = Buffer.from(Array.from({ length }, (_, i) => (i * 197 + 13) % 256))
    const checksum = checksumFor(name)!
    checksum.update(data)
    expect(checksum.base64()).toBe(checksumByDefinition(name, data))
  })
})

test.each(['x-amz-checksum-md5', 'constructor', ''])('%s is no checksum', (name) => {
  expect(checksumFor(name)).toBe(undefined)
})
