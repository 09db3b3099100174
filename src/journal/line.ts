import { crc32 } from 'node:zlib'

/**
 * One record is one line, readable with jq:
 *
 *     {"seq":12,"crc":"1a2b3c4d","len":1650,"at":1763700000000,"from":"own","head":"9f8e7d6c","record":{…}}
 *
 * `crc` and `len` tell of the record's bytes, `head` is the checksum of the line up to `,"head"`. So a
 * damaged record is known from a damaged header, and a header that is sound leads over whatever
 * happened to the record behind it.
 */
export type Header = Readonly<{
  seq: number
  /** CRC-32 of the record's bytes, eight hexadecimal digits. */
  crc: string
  /** Bytes of the record. */
  len: number
  /** Milliseconds since the epoch. */
  at: number
  from: string
}>

/** Where lines meet: what a reader looks for behind damage. Records have no line break. */
export const lineStart = Buffer.from('\n{"seq":')
/** No header is longer, up to the record's first byte. */
export const headerBytesMax = 512
const sourceBytesMax = 256
const headMark = ',"head":"'
const recordMark = '","record":'
const headBytes = headMark.length + 8 + recordMark.length
const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const written = /^\{"seq":(\d+),"crc":"([\da-f]{8})","len":(\d+),"at":(\d+),"from":(".*")$/
/** `}` and the line break behind the record. */
export const lineEndBytes = 2

/** The source as ASCII JSON text; throws RangeError when it is too long for a header. */
export function quoteSource(from: string): string {
  const text = JSON.stringify(from).replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  if (text.length > sourceBytesMax) throw new RangeError(`Too long a source: ${from}`)
  return text
}

/** An upper bound of a line's bytes. */
export function lineBytesMax(source: string, recordBytes: number): number {
  return 160 + source.length + recordBytes
}

/** The checksum of bytes as it stands in the files. */
export function checksum(bytes: Buffer | string): string {
  const sum = crc32(bytes)
  // Two for every event: toString(16) is slow for large numbers, and would be a twentieth of bulk ingest.
  return (
    hexBytes[sum >>> 24]! +
    hexBytes[(sum >>> 16) & 0xff]! +
    hexBytes[(sum >>> 8) & 0xff]! +
    hexBytes[sum & 0xff]!
  )
}

/**
 * Writes a record's line into `into` at `offset`, where `lineBytesMax` bytes must be free; returns the
 * offset behind it. `source` is from `quoteSource`. One copy of the record and no further buffers:
 * every event passes here.
 */
export function encodeLine(
  into: Buffer,
  offset: number,
  { seq, at, source, record }: { seq: number; at: number; source: string; record: Buffer },
): number {
  const crc = checksum(record)
  const header = `{"seq":${seq},"crc":"${crc}","len":${record.length},"at":${at},"from":${source}`
  const head = `${header}${headMark}${checksum(header)}${recordMark}`
  let end = offset + into.write(head, offset, 'latin1')
  end += record.copy(into, end)
  into[end] = 0x7d
  into[end + 1] = 0x0a
  return end + lineEndBytes
}

/**
 * The header of the line at `offset` and where its record begins; undefined when the bytes there are
 * not a whole and unharmed header.
 */
export function decodeHeader(
  buffer: Buffer,
  offset: number,
): { header: Header; recordAt: number } | undefined {
  if (buffer[offset] !== 0x7b) return undefined
  const text = buffer.toString('latin1', offset, offset + headerBytesMax)
  const mark = text.indexOf(headMark)
  if (mark < 0) return undefined
  const head = text.slice(0, mark)
  if (!text.startsWith(`${headMark}${checksum(head)}${recordMark}`, mark)) return undefined
  const header = parseHeader(head)
  return header && { header, recordAt: offset + mark + headBytes }
}

/** Every reader of the journal passes here for each record, so this is no JSON.parse. */
function parseHeader(head: string): Header | undefined {
  const [, seq, crc = '', len, at, source = ''] = written.exec(head) ?? []
  const counts = [Number(seq), Number(len), Number(at)] as const
  if (!counts.every(Number.isSafeInteger)) return undefined
  try {
    return { seq: counts[0], crc, len: counts[1], at: counts[2], from: JSON.parse(source) }
  } catch {
    return undefined
  }
}
