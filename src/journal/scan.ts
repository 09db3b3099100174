import type { ReadableFile } from '../files.ts'
import type { Damage } from './contract.ts'
import {
  checksum,
  decodeHeader,
  type Header,
  headerBytesMax,
  lineEndBytes,
  lineStart,
} from './line.ts'

/** A sound record and the byte range of its line. */
export type Line = Readonly<{ header: Header; record: Buffer; start: number; end: number }>
export type Flaw = Omit<Damage, 'file'>
export type Found =
  | Readonly<{ line: Line; flaw?: undefined }>
  | Readonly<{ flaw: Flaw; line?: undefined }>

const lineBreak = 0x0a

/**
 * Everything from `start`, which is where a line begins, to `end`: sound records and, in their place,
 * what is damaged. Damage costs its own record only: the reader goes on at the next line it can tell.
 * A record whose terminator alone is damaged is found, and the flaw after it. "torn" is what an
 * unfinished write leaves at the end, bytes that are no line yet, and what is missing up to `end` in a
 * file that is shorter.
 */
export function* scan(
  file: ReadableFile,
  start: number,
  end: number,
  windowBytes = 1024 * 1024,
): Generator<Found> {
  const stop = Math.min(end, file.bytes)
  const window = new Window(file, stop, windowBytes)
  let offset = start
  while (offset < stop) {
    const header = window.header(offset)
    for (const found of header ? lineAt(window, offset, header) : [noHeader(window, offset)]) {
      const torn = found.flaw?.reason === 'torn'
      offset = torn ? end : (found.line ?? found.flaw).end
      yield torn ? { flaw: { ...found.flaw, end } } : found
    }
  }
  if (offset < end) yield { flaw: { start: offset, end, reason: 'torn' } }
}

function noHeader(window: Window, start: number): Found {
  const end = window.nextLine(start)
  const torn = end === window.end && !window.hasLineBreak(start)
  return { flaw: { start, end, reason: torn ? 'torn' : 'header' } }
}

/** What a sound header leads to: its record, its record and a flaw, or a flaw. */
function* lineAt(
  window: Window,
  start: number,
  { header, recordAt }: { header: Header; recordAt: number },
): Generator<Found> {
  const { seq } = header
  const end = recordAt + header.len + lineEndBytes
  if (end > window.end) {
    const next = window.nextLine(recordAt)
    const torn = next === window.end && !window.hasLineBreak(recordAt)
    yield { flaw: { start, end: next, seq, reason: torn ? 'torn' : 'checksum' } }
    return
  }
  const rest = window.bytes(recordAt, header.len + lineEndBytes)
  const record = rest.subarray(0, header.len)
  const ended = rest[header.len] === 0x7d && rest[header.len + 1] === lineBreak
  if (checksum(record) === header.crc) {
    yield { line: { header, record, start, end } }
    if (!ended) yield { flaw: { start: end - lineEndBytes, end, seq, reason: 'terminator' } }
    return
  }
  // With its end in place the line kept its length; otherwise bytes were lost or added in it.
  yield { flaw: { start, end: ended ? end : window.nextLine(recordAt), seq, reason: 'checksum' } }
}

/**
 * Where the first line at or after `offset` begins whose header is sound, with its sequence number;
 * undefined when none does before `end`.
 */
export function nextSound(
  file: ReadableFile,
  offset: number,
  end: number,
): { offset: number; seq: number } | undefined {
  const stop = Math.min(end, file.bytes)
  const window = new Window(file, stop, searchWindowBytes)
  for (let at = offset; at < stop; at = window.nextLine(at)) {
    const found = window.header(at)
    if (found) return { offset: at, seq: found.header.seq }
  }
  return undefined
}

const searchWindowBytes = 8 * 1024

/** A part of the file in memory. Never reused, because records found in it are handed out. */
class Window {
  readonly #file: ReadableFile
  readonly end: number
  readonly #size: number
  #buffer = Buffer.alloc(0)
  #start = 0

  constructor(file: ReadableFile, end: number, size: number) {
    this.#file = file
    this.end = end
    this.#size = size
  }

  /** The header at `offset` and the file offset of its record. */
  header(offset: number): { header: Header; recordAt: number } | undefined {
    this.#load(offset, headerBytesMax)
    const found = decodeHeader(this.#buffer, offset - this.#start)
    return found && { header: found.header, recordAt: this.#start + found.recordAt }
  }

  /** Bytes at `offset`; fewer than asked at the end. */
  bytes(offset: number, length: number): Buffer {
    this.#load(offset, length)
    return this.#buffer.subarray(offset - this.#start, offset - this.#start + length)
  }

  /** Where the next line begins behind `offset`; the end where there is none. */
  nextLine(offset: number): number {
    const found = this.#find(lineStart, offset)
    return found === undefined ? this.end : found + 1
  }

  hasLineBreak(offset: number): boolean {
    return this.#find(Buffer.of(lineBreak), offset) !== undefined
  }

  #find(wanted: Buffer, offset: number): number | undefined {
    for (let at = offset; at < this.end; ) {
      this.#load(at, wanted.length)
      const found = this.#buffer.indexOf(wanted, at - this.#start)
      if (found >= 0) return this.#start + found
      const loaded = this.#start + this.#buffer.length
      if (loaded >= this.end) return undefined
      at = Math.max(at + 1, loaded - wanted.length + 1)
    }
    return undefined
  }

  #load(offset: number, length: number): void {
    const wantedEnd = Math.min(offset + length, this.end)
    const loadedEnd = this.#start + this.#buffer.length
    if (offset >= this.#start && wantedEnd <= loadedEnd) return
    const bytes = Math.min(Math.max(length, this.#size), Math.max(0, this.end - offset))
    const buffer = Buffer.allocUnsafeSlow(bytes)
    this.#buffer = buffer.subarray(0, this.#file.read(buffer, offset))
    this.#start = offset
  }
}
