import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A checksum over bytes that arrive bit by bit. */
export interface Checksum {
  update(bytes: Uint8Array): void
  /** As S3 writes it: base64 of the big-endian value. */
  base64(): string
}

const algorithms: Readonly<Record<string, () => Checksum>> = {
  'x-amz-checksum-crc32': () => {
    let value = 0
    return {
      update: (bytes) => {
        value = crc32(bytes, value)
      },
      base64: () => bigEndian(value),
    }
  },
  'x-amz-checksum-crc32c': crc32c,
  'x-amz-checksum-crc64nvme': crc64nvme,
  'x-amz-checksum-sha1': () => digest('sha1'),
  'x-amz-checksum-sha256': () => digest('sha256'),
}

/**
 * A new checksum for a header's name in lower case, `x-amz-checksum-crc32`; undefined for a name that
 * means none we know.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function checksumFor(header: string): Checksum | undefined {
  return Object.hasOwn(algorithms, header) ? algorithms[header]!() : undefined
}

function digest(algorithm: 'sha1' | 'sha256'): Checksum {
  const hash = createHash(algorithm)
  return { update: (bytes) => hash.update(bytes), base64: () => hash.digest('base64') }
}

function crc32c(): Checksum {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0x82f63b78 : 0)
    return rest
  })
  let value = -1
  return {
    update: (bytes) => {
      for (const byte of bytes) value = (value >>> 8) ^ table[(value ^ byte) & 0xff]!
    },
    base64: () => bigEndian(~value),
  }
}

/** CRC-64/NVME in two halves: BigInt would be fifty times slower. */
function crc64nvme(): Checksum {
  const polynomial = { high: 0x9a6c9329, low: 0xac4bc9b5 }
  const tableHigh = new Uint32Array(256)
  const tableLow = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let [high, low] = [0, byte]
    for (let bit = 0; bit < 8; bit++) {
      const odd = low & 1
      low = ((low >>> 1) | (high << 31)) ^ (odd ? polynomial.low : 0)
      high = (high >>> 1) ^ (odd ? polynomial.high : 0)
    }
    tableHigh[byte] = high
    tableLow[byte] = low
  }
  let [high, low] = [-1, -1]
  return {
    update: (bytes) => {
      for (const byte of bytes) {
        const index = (low ^ byte) & 0xff
        low = ((low >>> 8) | (high << 24)) ^ tableLow[index]!
        high = (high >>> 8) ^ tableHigh[index]!
      }
    },
    base64: () => bigEndian(~high, ~low),
  }
}

function bigEndian(...words: number[]): string {
  const bytes = Buffer.alloc(4 * words.length)
  words.forEach((word, i) => {
    bytes.writeUInt32BE(word >>> 0, 4 * i)
  })
  return bytes.toString('base64')
}
