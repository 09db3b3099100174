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
  const { low } = crcTables({ high: 0, low: 0x82f63b78 })
  let value = -1
  return {
    update: (bytes) => {
      const { length } = bytes
      let i = 0
      for (; i + 8 <= length; i += 8) {
        const a = value ^ wordAt(bytes, i)
        const b = wordAt(bytes, i + 4)
        value = eight(low, a, b)
      }
      for (; i < length; i++) value = (value >>> 8) ^ low[(value ^ bytes[i]!) & 0xff]!
    },
    base64: () => bigEndian(~value),
  }
}

/** CRC-64/NVME in two halves: BigInt would be fifty times slower. */
function crc64nvme(): Checksum {
  const tables = crcTables({ high: 0x9a6c9329, low: 0xac4bc9b5 })
  let [high, low] = [-1, -1]
  return {
    update: (bytes) => {
      const { length } = bytes
      let i = 0
      for (; i + 8 <= length; i += 8) {
        const a = low ^ wordAt(bytes, i)
        const b = high ^ wordAt(bytes, i + 4)
        low = eight(tables.low, a, b)
        high = eight(tables.high, a, b)
      }
      for (; i < length; i++) {
        const index = (low ^ bytes[i]!) & 0xff
        low = ((low >>> 8) | (high << 24)) ^ tables.low[index]!
        high = (high >>> 8) ^ tables.high[index]!
      }
    },
    base64: () => bigEndian(~high, ~low),
  }
}

type CrcTables = Readonly<{ high: Uint32Array; low: Uint32Array }>

/**
 * What each byte does to a CRC, by how many bytes follow it among the eight that are taken at once; the
 * halves of a table side by side. A CRC of 32 bits has nothing in its high half.
 */
function crcTables(polynomial: Readonly<{ high: number; low: number }>): CrcTables {
  const high = new Uint32Array(8 * 256)
  const low = new Uint32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let [h, l] = [0, byte]
    for (let bit = 0; bit < 8; bit++) {
      const odd = l & 1
      l = ((l >>> 1) | (h << 31)) ^ (odd ? polynomial.low : 0)
      h = (h >>> 1) ^ (odd ? polynomial.high : 0)
    }
    high[byte] = h
    low[byte] = l
  }
  for (let at = 256; at < 8 * 256; at++) {
    const [h, l] = [high[at - 256]!, low[at - 256]!]
    low[at] = ((l >>> 8) | (h << 24)) ^ low[l & 0xff]!
    high[at] = (h >>> 8) ^ high[l & 0xff]!
  }
  return { high, low }
}

/** What the eight bytes of two words do together. */
function eight(table: Uint32Array, a: number, b: number): number {
  return (
    table[0x700 | (a & 0xff)]! ^
    table[0x600 | ((a >>> 8) & 0xff)]! ^
    table[0x500 | ((a >>> 16) & 0xff)]! ^
    table[0x400 | (a >>> 24)]! ^
    table[0x300 | (b & 0xff)]! ^
    table[0x200 | ((b >>> 8) & 0xff)]! ^
    table[0x100 | ((b >>> 16) & 0xff)]! ^
    table[b >>> 24]!
  )
}

/** Little-endian: a CRC takes the first byte first. */
function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function bigEndian(...words: number[]): string {
  const bytes = Buffer.alloc(4 * words.length)
  words.forEach((word, i) => {
    bytes.writeUInt32BE(word >>> 0, 4 * i)
  })
  return bytes.toString('base64')
}
