/** The high and low half of a polynomial over GF(2), as its CRC writes it: the highest bit is x⁰. */
type Words = readonly [high: number, low: number]

/** Width in bits and polynomial, bits reversed; a CRC of 32 bits has nothing in its high half. */
type Crc = Readonly<{ width: 32 | 64; polynomial: Words }>

/** Checksums of whole objects that can be told from those of their parts. */
export type CrcAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME'

const crcs: Readonly<Record<CrcAlgorithm, Crc>> = {
  CRC32: { width: 32, polynomial: [0, 0xedb88320] },
  CRC32C: { width: 32, polynomial: [0, 0x82f63b78] },
  CRC64NVME: { width: 64, polynomial: [0x9a6c9329, 0xac4bc9b5] },
}

/**
 * The CRC of pieces one behind the other, from theirs (base64 of the big-endian value) and their sizes in
 * bytes: no byte is read again. That of A and B is that of A times x^(8 · size of B), plus that of B.
 */
export function combineCrcs(
  algorithm: CrcAlgorithm,
  pieces: ReadonlyArray<Readonly<{ crc: string; size: number }>>,
): string {
  const crc = crcs[algorithm]
  const squares = squaresOf(crc)
  // All parts but the last have mostly the same size.
  const shifts = new Map<number, Words>()
  let all: Words = [0, 0]
  for (const { crc: text, size } of pieces) {
    const shift = shifts.get(size) ?? shiftOf(size, squares, crc)
    shifts.set(size, shift)
    const shifted = multiply(all, shift, crc)
    const [high, low] = wordsOf(text)
    all = [shifted[0] ^ high, shifted[1] ^ low]
  }
  return textOf(all, crc)
}

/** x^(8 · 2^k) for k from 0: enough for sizes up to 2^48 bytes. */
function squaresOf(crc: Crc): Words[] {
  const bit = (1 << 30) >>> 0
  let power: Words = crc.width === 64 ? [bit, 0] : [0, bit]
  for (let i = 0; i < 3; i++) power = multiply(power, power, crc)
  return Array.from({ length: 48 }, () => {
    const square = power
    power = multiply(power, power, crc)
    return square
  })
}

/** x^(8 · size) */
function shiftOf(size: number, squares: readonly Words[], crc: Crc): Words {
  const one = 0x80000000
  let shift: Words = crc.width === 64 ? [one, 0] : [0, one]
  for (let k = 0, rest = size; rest > 0; k++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(shift, squares[k]!, crc)
  }
  return shift
}

function multiply(a: Words, b: Words, { width, polynomial }: Crc): Words {
  let [high, low] = b
  let [productHigh, productLow] = [0, 0]
  for (let bit = width - 1; bit >= 0; bit--) {
    if ((bit < 32 ? a[1] >>> bit : a[0] >>> (bit - 32)) & 1) {
      productHigh ^= high
      productLow ^= low
    }
    const carried = low & 1
    low = (low >>> 1) | (high << 31)
    high >>>= 1
    if (carried) {
      high ^= polynomial[0]
      low ^= polynomial[1]
    }
  }
  return [productHigh, productLow]
}

function wordsOf(text: string): Words {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === 4
    ? [0, bytes.readUInt32BE()]
    : [bytes.readUInt32BE(), bytes.readUInt32BE(4)]
}

function textOf([high, low]: Words, { width }: Crc): string {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(high >>> 0)
  bytes.writeUInt32BE(low >>> 0, 4)
  return bytes.subarray(8 - width / 8).toString('base64')
}
