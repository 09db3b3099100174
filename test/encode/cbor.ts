/**
 * One value of rpc-v2-cbor: times with tag 1, numbers that are not whole as doubles.
 *
 * https://www.rfc-editor.org/rfc/rfc8949
 */
export function cbor(value: unknown): Buffer {
  if (value === null || value === undefined) return Buffer.from([0xf6])
  if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4])
  if (typeof value === 'number') return number(value)
  if (typeof value === 'string') return text(value)
  if (value instanceof Date) return Buffer.concat([head(6, 1), number(value.getTime() / 1000)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  const entries = Object.entries(value)
  const pairs = entries.flatMap(([key, one]) => [text(key), cbor(one)])
  return Buffer.concat([head(5, entries.length), ...pairs])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([head(3, bytes.length), bytes])
}

function number(value: number): Buffer {
  if (Number.isSafeInteger(value)) return value < 0 ? head(1, -1 - value) : head(0, value)
  const bytes = Buffer.alloc(9)
  bytes[0] = 0xfb
  bytes.writeDoubleBE(value, 1)
  return bytes
}

/** A value's kind and its number or length, in as few bytes as it takes. */
function head(major: number, argument: number): Buffer {
  const kind = major << 5
  if (argument < 24) return Buffer.from([kind | argument])
  if (argument < 0x100) return Buffer.from([kind | 24, argument])
  const bytes = Buffer.alloc(argument < 0x1_0000 ? 3 : argument < 0x1_0000_0000 ? 5 : 9)
  bytes[0] = kind | (bytes.length === 3 ? 25 : bytes.length === 5 ? 26 : 27)
  if (bytes.length === 9) bytes.writeBigUInt64BE(BigInt(argument), 1)
  else bytes.writeUIntBE(argument, 1, bytes.length - 1)
  return bytes
}
