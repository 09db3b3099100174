import { ApiError } from '../errors.ts'
import type { Checksum, ObjectVersion } from './contract.ts'

/** Which of an object's bytes are meant: `start` up to but not `end`. */
export type ByteSelection = Readonly<{
  start: number
  end: number
  /** As `Content-Range` shows it; undefined for the whole object. */
  range?: string
  /** How many parts it has, where one of them was asked for. */
  partsCount?: number
  /** Of these bytes, where it is known. */
  checksum?: Checksum
}>

/**
 * The bytes that a call asks for by range or by part. A range that makes no sense, or more than one, means
 * the whole object. Throws ApiError InvalidRange, InvalidPartNumber, InvalidArgument, and InvalidRequest for
 * both at once.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function selectBytes(
  version: ObjectVersion,
  { Range, PartNumber }: Readonly<{ Range?: string; PartNumber?: number }>,
): ByteSelection {
  const { size, checksum } = version
  if (PartNumber !== undefined) {
    if (Range === undefined) return selectPart(version, PartNumber)
    const text = 'Cannot specify both Range header and partNumber query parameter'
    throw new ApiError('InvalidRequest', text)
  }
  const range = Range === undefined ? undefined : parseRange(Range, size)
  return range ? shown(range, size) : { start: 0, end: size, ...(checksum && { checksum }) }
}

function shown(bytes: Readonly<{ start: number; end: number }>, size: number): ByteSelection {
  const { start, end } = bytes
  return { start, end, ...(size > 0 && { range: `bytes ${start}-${end - 1}/${size}` }) }
}

function parseRange(header: string, size: number) {
  const [, first, last] = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header) ?? []
  if (first === undefined || last === undefined || first + last === '') return undefined
  const isSuffix = first === ''
  const start = isSuffix ? Math.max(size - Number(last), 0) : Number(first)
  if (!isSuffix && last !== '' && Number(last) < start) return undefined
  if (start >= size) throw invalidRange(header, size)
  const end = isSuffix || last === '' ? size : Math.min(Number(last) + 1, size)
  return { start, end }
}

function invalidRange(header: string, size: number): ApiError {
  return new ApiError('InvalidRange', 'The requested range is not satisfiable', {
    details: { RangeRequested: header, ActualObjectSize: String(size) },
    headers: { 'content-range': `bytes */${size}` },
  })
}

/** An object that came in one piece is its own and only part. */
function selectPart(version: ObjectVersion, number: number): ByteSelection {
  if (number < 1 || number > 10_000) {
    const text = 'Part number must be an integer between 1 and 10000, inclusive'
    throw new ApiError('InvalidArgument', text, { details: { ArgumentName: 'partNumber' } })
  }
  const { size, parts } = version
  const whole = { number: 1, size, checksum: version.checksum?.value }
  const all = parts ?? [whole]
  const at = all.findIndex((part) => part.number === number)
  const part = all[at]
  if (!part) throw invalidPart(number, all.length)
  const start = all.slice(0, at).reduce((sum, { size }) => sum + size, 0)
  const checksum = version.checksum &&
    part.checksum && { ...version.checksum, value: part.checksum }
  return {
    ...shown({ start, end: start + part.size }, size),
    ...(parts && { partsCount: parts.length }),
    ...(checksum && { checksum }),
  }
}

function invalidPart(number: number, count: number): ApiError {
  const details = { PartNumberRequested: String(number), ActualPartCount: String(count) }
  return new ApiError('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
    details,
  })
}
