// The CRC of a whole from those of its pieces, held against reading the whole.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checksumFor } from '../checksums.ts'
import { combineCrcs } from './crc-combine.ts'

describe.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('%s', (algorithm) => {
  const crcOf = (bytes: Uint8Array) => {
    const checksum = checksumFor(`x-amz-checksum-${algorithm.toLowerCase()}`)!
    checksum.update(bytes)
    return checksum.base64()
  }
  const combined = (pieces: readonly Uint8Array[]) =>
    combineCrcs(
      algorithm,
      pieces.map((piece) => ({ crc: crcOf(piece), size: piece.length })),
    )

  test('any pieces', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 })
    fc.assert(
      fc.property(pieces, (all) => {
        expect(combined(all)).toBe(crcOf(Buffer.concat(all)))
      }),
    )
  })

  test('pieces of equal size and a short one at the end', () => {
    const all = [1, 2, 3].map((byte) => Buffer.alloc(70_000, byte))
    all.push(Buffer.from('end'))
    expect(combined(all)).toBe(crcOf(Buffer.concat(all)))
  })
})
