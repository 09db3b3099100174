import { limits } from '../limits.ts'

/** Bytes that are no CBOR, or more of it than is read. */
export class CborError extends Error {
  override readonly name = 'CborError'
}

/**
 * Reads one value, as rpc-v2-cbor has them: times (tag 1) are Date, byte strings Buffer, maps objects.
 * Integers past 2^53 become the nearest number. Throws CborError for what is malformed, goes on
 * after its end, nests deeper than `limits.nestingMax` or has more than `limits.capturedValuesMax` values.
 *
 * https://www.rfc-editor.org/rfc/rfc8949
 */
export function decodeCbor(bytes: Buffer): unknown {
  const reader = new CborReader(bytes)
  const value = reader.value(0)
  if (!reader.isAtEnd) throw new CborError('bytes follow the value')
  return value
}

/** The byte that ends what has no length. */
const breakByte = 0xff

class CborReader {
  readonly #bytes: Buffer
  #at = 0
  #values = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  value(depth: number): unknown {
    this.#values += 1
    if (depth > limits.nestingMax || this.#values > limits.capturedValuesMax) {
      throw new CborError('the value is too large')
    }
    const first = this.#take(1)[0]!
    const [major, info] = [first >> 5, first & 31]
    if (major === 7) return this.#simple(info)
    const length = this.#argument(info)
    if (length === undefined && (major < 2 || major === 6))
      throw new CborError('a length is missing')
    switch (major) {
      case 0:
        return length
      case 1:
        return -1 - length!
      case 2:
        return this.#string(major, length)
      case 3:
        return this.#string(major, length).toString()
      case 4:
        return [...this.#items(length, () => this.value(depth + 1))]
      case 5:
        return this.#map(length, depth)
      default:
        return tagged(length!, this.value(depth + 1))
    }
  }

  /** Built from entries, so that a key such as __proto__ is a key and nothing else. */
  #map(length: number | undefined, depth: number): Record<string, unknown> {
    const entry = () => {
      const key = this.value(depth + 1)
      if (typeof key !== 'string') throw new CborError('a key is no text')
      return [key, this.value(depth + 1)] as const
    }
    return Object.fromEntries(this.#items(length, entry))
  }

  *#items<T>(length: number | undefined, next: () => T): Generator<T> {
    if (length !== undefined) {
      for (let i = 0; i < length; i++) yield next()
      return
    }
    while (this.#bytes[this.#at] !== breakByte) yield next()
    this.#at += 1
  }

  #string(major: number, length: number | undefined): Buffer {
    if (length !== undefined) return this.#take(length)
    const pieces = this.#items(undefined, () => {
      const first = this.#take(1)[0]!
      const size = this.#argument(first & 31)
      if (first >> 5 !== major || size === undefined) throw new CborError('a piece is no string')
      return this.#take(size)
    })
    return Buffer.concat([...pieces])
  }

  #simple(info: number): unknown {
    switch (info) {
      case 20:
        return false
      case 21:
        return true
      case 22:
      case 23:
        return null
      case 25:
        return half(this.#take(2).readUInt16BE())
      case 26:
        return this.#take(4).readFloatBE()
      case 27:
        return this.#take(8).readDoubleBE()
      default:
        throw new CborError('a value of no known kind')
    }
  }

  /** Undefined where it is open-ended. */
  #argument(info: number): number | undefined {
    if (info < 24) return info
    if (info === 24) return this.#take(1)[0]
    if (info === 25) return this.#take(2).readUInt16BE()
    if (info === 26) return this.#take(4).readUInt32BE()
    if (info === 27) return Number(this.#take(8).readBigUInt64BE())
    if (info === 31) return undefined
    throw new CborError('a length of no known kind')
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new CborError('the value is cut off')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}

/** Of the tags only time matters; another one's value stands for itself. */
function tagged(tag: number, value: unknown): unknown {
  if (tag !== 1) return value
  const time = new Date(typeof value === 'number' ? value * 1000 : Number.NaN)
  if (Number.isNaN(time.getTime())) throw new CborError('a time that is none')
  return time
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
