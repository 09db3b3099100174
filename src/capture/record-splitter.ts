import type { Limits } from '../limits.ts'
import { afterPlainRecord, isPlainRecord } from '../record/plain-record.ts'

const quote = 0x22
const comma = 0x2c
const backslash = 0x5c
const open = 0x7b
const close = 0x7d
const openList = 0x5b
const newline = 0x0a
const space = 0x20
const empty = Buffer.alloc(0)
/** Some systems begin every text file with it. */
const byteOrderMark = Buffer.from('\ufeff')
/** What may stand around records: the log files of CloudTrail begin so. */
const wrapper = /^\{\s*"Records"\s*:\s*\[/
const wrapperBytesMax = 256

/** The body does not have records in any form that is known; the text says what was expected. */
export class FormError extends Error {
  override readonly name = 'FormError'
}

/**
 * A record's bytes, and whether they were seen to be plain (`isPlainRecord`) while its end was sought; of a
 * plain one where in them the value of its `awsRegion` begins, -1 where it has none.
 */
export type Cut = Readonly<{ bytes: Buffer; isPlain: boolean; regionAt: number }>

/**
 * Cuts a body into its records without changing a byte of them: a line each (NDJSON), or the objects of
 * `{"Records":[…]}`, of a list, or one after the other, also several such in a row. Bytes come in pieces of
 * any size, each looked at once. What is cut out as a record need not be JSON; that is for the caller to see.
 * Of a record larger than `recordBytesMax` only one byte more than that is given.
 */
export class RecordSplitter {
  readonly #recordBytesMax: number
  readonly #nestingMax: number
  #form: 'unknown' | 'lines' | 'values' = 'unknown'
  /** What came of a record, or of the first line, in earlier pieces: the first `#held` bytes. */
  #begun: Buffer = empty
  #held = 0
  /** Where the last piece of values ended: in a record so deep, in a text of it, behind a backslash. */
  #depth = 0
  #isInText = false
  #isEscaped = false
  /** What must still close the wrapper, in this order. */
  #closing = ''
  /** The last bytes of a piece when more are needed to tell a wrapper from a record. */
  #undecided: Buffer = empty
  #failure: FormError | undefined

  constructor({ recordBytesMax, nestingMax }: Pick<Limits, 'recordBytesMax' | 'nestingMax'>) {
    this.#recordBytesMax = recordBytesMax
    this.#nestingMax = nestingMax
  }

  /** The records that are whole now. Throws FormError, once all records before the fault were given. */
  push(bytes: Buffer): Cut[] {
    if (this.#failure) throw this.#failure
    return this.#split(bytes, false)
  }

  /** What is left at the body's end: a last line without its break. */
  end(): Cut[] {
    if (this.#failure) return []
    const records = this.#split(empty, true)
    if (this.#form === 'lines') this.#addLine(empty, records)
    return records
  }

  /** After the end: throws FormError for a fault, and for half a body. */
  checkWhole(): void {
    if (this.#failure) throw this.#failure
    if (this.#depth > 0) throw new FormError('the body ends in the middle of a record')
    if (this.#closing) throw new FormError('the body ends in the middle of its list of records')
  }

  #split(bytes: Buffer, isLast: boolean): Cut[] {
    if (this.#form === 'lines') return this.#lines(bytes)
    if (this.#form === 'values') return this.#values(bytes, isLast)
    return this.#recognise(bytes, isLast)
  }

  /** Waits until the first line is whole, or longer than a record may be, and begins with it. */
  #recognise(bytes: Buffer, isLast: boolean): Cut[] {
    const before = this.#held
    this.#hold(bytes, Number.POSITIVE_INFINITY)
    const body = this.#begun.subarray(0, this.#held)
    const start = afterBlank(body)
    const isLineEnded = bytes.includes(newline, Math.max(start - before, 0))
    const isBegun = start < body.length
    if (!isLast && isBegun && !isLineEnded && body.length - start <= this.#recordBytesMax) return []
    this.#begun = empty
    this.#held = 0
    return isBegun ? this.#begin(body.subarray(start), isLast) : []
  }

  /** Lines if the first one is a whole JSON value and no wrapper, else values, which may take many lines. */
  #begin(body: Buffer, isLast: boolean): Cut[] {
    if (body[0] !== open && body[0] !== openList) {
      throw new FormError('expected NDJSON, {"Records":[…]} or a list of records')
    }
    const line = body.subarray(0, body.subarray(0, this.#recordBytesMax + 1).indexOf(newline) + 1)
    const isWrapped = wrapper.test(body.toString('latin1', 0, wrapperBytesMax))
    this.#form =
      body[0] === open && !isWrapped && isJson(line, this.#nestingMax) ? 'lines' : 'values'
    return this.#split(body, isLast)
  }

  #lines(bytes: Buffer): Cut[] {
    const records: Cut[] = []
    let start = 0
    for (;;) {
      const end = bytes.indexOf(newline, start)
      if (end < 0) break
      this.#addLine(bytes.subarray(start, end), records)
      start = end + 1
    }
    this.#hold(bytes.subarray(start))
    return records
  }

  #addLine(bytes: Buffer, records: Cut[]): void {
    const line = this.#whole(bytes)
    if (!isBlank(line)) records.push({ bytes: line, isPlain: false, regionAt: -1 })
  }

  #values(piece: Buffer, isLast: boolean): Cut[] {
    const bytes = this.#undecided.length > 0 ? Buffer.concat([this.#undecided, piece]) : piece
    this.#undecided = empty
    const records: Cut[] = []
    const found = { timeAt: -1, regionAt: -1 }
    let at = 0
    let start = 0
    while (at < bytes.length) {
      if (this.#depth === 0) {
        at = this.#between(bytes, at, isLast)
        if (at < 0) return records
        start = at
        if (at === bytes.length) break
        // One pass finds the end of nearly every record and checks it.
        found.regionAt = -1
        const end = afterPlainRecord(bytes, at, this.#nestingMax, found)
        if (end > 0 && end - at <= this.#recordBytesMax) {
          const regionAt = found.regionAt < 0 ? -1 : found.regionAt - at
          records.push({ bytes: bytes.subarray(at, end), isPlain: true, regionAt })
          at = end
          continue
        }
      }
      at = this.#throughRecord(bytes, at)
      if (this.#depth > 0) continue
      const record = this.#whole(bytes.subarray(start, at))
      records.push({ bytes: record, isPlain: false, regionAt: -1 })
    }
    if (this.#depth > 0) this.#hold(bytes.subarray(start))
    return records
  }

  /**
   * From `at`, outside of any record, to where one begins. Only white space, commas and wrappers may lie
   * there: whatever else did would be passed over in silence. -1 when that fails or more bytes must come.
   */
  #between(bytes: Buffer, from: number, isLast: boolean): number {
    let at = from
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte <= space || byte === comma) continue
      if (this.#closing !== '' && byte === this.#closing.charCodeAt(0)) {
        this.#closing = this.#closing.slice(1)
      } else if (byte === openList && this.#closing === '') {
        this.#closing = ']'
      } else if (byte === open && this.#closing === '') {
        const head = bytes.toString('latin1', at, at + wrapperBytesMax)
        const found = wrapper.exec(head)?.[0]
        if (found) {
          this.#closing = ']}'
          at += found.length - 1
        } else if (!isLast && head.length < wrapperBytesMax && mayBecomeWrapper(head)) {
          this.#undecided = Buffer.from(bytes.subarray(at))
          return -1
        } else return at
      } else if (byte === open && this.#closing[0] === ']') {
        return at
      } else {
        this.#failure = new FormError('between the records is something that is not a JSON object')
        return -1
      }
    }
    return at
  }

  /** To behind the record's end, or to the end of the bytes. */
  #throughRecord(bytes: Buffer, from: number): number {
    const end = bytes.length
    let at = from
    let depth = this.#depth
    let isInText = this.#isInText
    if (this.#isEscaped) at++
    this.#isEscaped = false
    while (at < end) {
      let byte = bytes[at++]!
      if (isInText) {
        // Most bytes are in texts.
        while (byte !== quote && byte !== backslash && at < end) byte = bytes[at++]!
        if (byte === quote) isInText = false
        else if (byte === backslash && ++at > end) this.#isEscaped = true
      } else if (byte === quote) isInText = true
      else if (byte === open) depth++
      else if (byte === close && --depth === 0) break
    }
    this.#depth = depth
    this.#isInText = isInText
    return Math.min(at, end)
  }

  /** Keeps what belongs to a record that is not whole yet. */
  #hold(bytes: Buffer, bytesMax = this.#recordBytesMax + 1): void {
    const length = Math.min(bytes.length, bytesMax - this.#held)
    const needed = this.#held + length
    if (needed > this.#begun.length) {
      const roomier = Buffer.allocUnsafe(Math.max(2 * this.#begun.length, needed))
      this.#begun.copy(roomier, 0, 0, this.#held)
      this.#begun = roomier
    }
    bytes.copy(this.#begun, this.#held, 0, length)
    this.#held = needed
  }

  /** A record whose last bytes have come; without a copy when they are all. */
  #whole(last: Buffer): Buffer {
    if (this.#held === 0) return last.subarray(0, this.#recordBytesMax + 1)
    this.#hold(last)
    const record = this.#begun.subarray(0, this.#held)
    this.#begun = empty
    this.#held = 0
    return record
  }
}

/** Where a body's first line begins. */
function afterBlank(body: Buffer): number {
  let at = body.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? byteOrderMark.length : 0
  while (at < body.length && body[at]! <= space) at++
  return at
}

/** Whether more bytes could make this the beginning of `{"Records":[`. */
function mayBecomeWrapper(head: string): boolean {
  return '{"Records":['.startsWith(head.replace(/\s+/g, ''))
}

function isJson(line: Buffer, nestingMax: number): boolean {
  if (isPlainRecord(line, nestingMax)) return true
  try {
    JSON.parse(line.toString('utf8'))
    return true
  } catch {
    return false
  }
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte <= space)
}
