import { join } from 'node:path'
import { type ReadableFile, type ReadableFiles, systemFiles } from '../files.ts'
import type { Damage, JournalRecord } from './contract.ts'
import { type Line, nextSound, scan } from './scan.ts'
import { listSegments, readOldest, readSeal, segmentFile } from './segments.ts'

/** Where a line begins. */
export type Position = Readonly<{ segment: number; offset: number }>

export type ReadOptions = Readonly<{
  /** The first sequence number wanted. */
  from: number
  /**
   * The last one, and what is known to be synced: what is not found up to it is damage. Without it, all
   * that is readable, synced or not.
   */
  to?: number
  /** Stops with the record that reaches this many bytes. */
  bytesMax: number
  /** What the last read returned beside the `next` that is now `from`: spares the search. */
  near?: Position
}>

export type Read = Readonly<{
  records: JournalRecord[]
  /** What could not be read from `from` up to `next`. */
  damage: Damage[]
  /** What to read from next time. */
  next: number
  near?: Position
}>

/** Reads records in order. Needs nothing but the folder, so any thread may do it while it is written. */
export function readJournal(
  folder: string,
  options: ReadOptions,
  files: ReadableFiles = systemFiles,
): Read {
  const { from, near } = options
  // Where a segment bears the number itself, the one before it may still have a dead end to skip.
  const direct = near && (near.segment === from || !exists(folder, from, files))
  let place = direct && exists(folder, near.segment, files) ? near : locate(folder, from, files)
  const reading = new Reading(options, place === near ? from : beginning(folder, from, files))
  while (place && !reading.done) {
    const segment = openSegment(folder, place, files, place === near)
    if (segment) reading.read(segment, place === near)
    segment?.file.close()
    place = reading.done ? undefined : after(folder, place.segment, files)
  }
  return reading.result()
}

/** An open segment, and what of it counts. */
type Segment = Readonly<{
  name: string
  file: ReadableFile
  place: Position
  /** Bytes that count: from its seal, or all there are. */
  end: number
  /** Without a seal it ends before this number, where the next segment begins. */
  following: number
}>

/** Collects records and damage over one or more segments. */
class Reading {
  readonly #from: number
  readonly #to: number
  readonly #bytesMax: number
  readonly #records: JournalRecord[] = []
  readonly #damage: Damage[] = []
  /** Damage whose extent only the next sound header tells. */
  #pending: Damage[] = []
  #bytes = 0
  #next: number
  #near: Position | undefined

  constructor({ from, to = Number.POSITIVE_INFINITY, bytesMax }: ReadOptions, beginning: number) {
    this.#from = from
    this.#to = to
    this.#bytesMax = bytesMax
    this.#next = beginning
  }

  get done(): boolean {
    return this.#next > this.#to || this.#bytes >= this.#bytesMax
  }

  /** Reads on in a segment; `resumed` when its place is exactly where the wanted record should be. */
  read({ name, file, place, end, following }: Segment, resumed: boolean): void {
    const { segment, offset } = place
    if (offset === 0) this.#reach(segment, segmentFile(this.#next), 0, 'missing segment')
    let expected = resumed ? this.#next : offset === 0 ? segment : undefined
    for (const { line, flaw } of scan(file, offset, end)) {
      const known = line?.header.seq ?? flaw?.seq
      const seq = known ?? expected ?? this.#next
      if (seq >= following || (seq > this.#to && known === undefined)) return
      const { start } = line ?? flaw
      if (known !== undefined) {
        this.#reach(Math.min(known, this.#to + 1), name, start, 'sequence')
        if (known > this.#to) return
      }
      if (!line) this.#report({ file: name, ...flaw, seq }, known !== undefined)
      else if (expected !== undefined && seq < expected) {
        this.#report({ file: name, start, end: line.end, seq, reason: 'sequence' }, true)
      } else this.#take(segment, line)
      if (known !== undefined) expected = Math.max(known + 1, expected ?? 0)
      this.#near = { segment, offset: (line ?? flaw).end }
      if (this.done) return
    }
  }

  /** What was read, once there are no more segments. */
  result(): Read {
    if (!this.done) {
      const expected = this.#to < Number.POSITIVE_INFINITY
      if (expected) this.#reach(this.#to + 1, segmentFile(this.#next), 0, 'missing segment')
      else this.#damage.push(...this.#pending)
    }
    const near = this.#near && { near: this.#near }
    return { records: this.#records, damage: this.#damage, next: this.#next, ...near }
  }

  #take(segment: number, line: Line): void {
    const { seq, at, from } = line.header
    if (seq < this.#next) return
    const { record, start: offset } = line
    this.#records.push({ seq, at, from, record, segment, offset })
    this.#bytes += record.length
    this.#next = seq + 1
  }

  #report(damage: Damage & { seq: number }, certain: boolean): void {
    if (!certain) this.#pending.push(damage)
    else if (damage.seq >= this.#from) {
      this.#damage.push(damage)
      this.#next = Math.max(this.#next, damage.seq + 1)
    }
  }

  /** A sound header says which number comes now; what is left out before it is damage. */
  #reach(seq: number, file: string, start: number, reason: string): void {
    if (seq > this.#from) this.#damage.push(...this.#pending)
    const told = this.#pending.length > 0
    this.#pending = []
    if (seq <= this.#next) return
    if (!told) this.#damage.push({ file, start, end: start, seq: this.#next, reason })
    this.#next = seq
  }
}

/** What a line holds. */
export function journalRecord(segment: number, { header, record, start }: Line): JournalRecord {
  return { seq: header.seq, at: header.at, from: header.from, record, segment, offset: start }
}

function exists(folder: string, segment: number, files: ReadableFiles): boolean {
  const file = files.open(join(folder, segmentFile(segment)))
  file?.close()
  return file !== undefined
}

/** What of the numbers from `from` on was not given up by retention. */
function beginning(folder: string, from: number, files: ReadableFiles): number {
  const oldest = readOldest(folder, files) ?? 1
  return Math.max(from, oldest === 'damaged' ? (listSegments(folder, files)[0] ?? 1) : oldest)
}

function after(folder: string, segment: number, files: ReadableFiles): Position | undefined {
  const following = listSegments(folder, files).find((first) => first > segment)
  return following === undefined ? undefined : { segment: following, offset: 0 }
}

/** Where to begin to read: at a line whose number is not above `from`, and not far before it. */
function locate(folder: string, from: number, files: ReadableFiles): Position | undefined {
  const firsts = listSegments(folder, files)
  const segment = firsts.findLast((first) => first <= from) ?? firsts[0]
  if (segment === undefined) return undefined
  const opened = openSegment(folder, { segment, offset: 0 }, files, false)
  const offset = opened && from > segment ? search(opened.file, opened.end, from) : 0
  opened?.file.close()
  return { segment, offset }
}

const searchBytesMin = 64 * 1024

/** Bisects a file; damage on the way costs nothing but a longer way. */
function search(file: ReadableFile, end: number, from: number): number {
  let low = 0
  let high = Math.min(end, file.bytes)
  while (high - low > searchBytesMin) {
    const middle = Math.floor((low + high) / 2)
    const found = nextSound(file, middle, high)
    if (found && found.seq <= from) low = found.offset
    else high = middle
  }
  return low
}

/**
 * Opens a segment; undefined when retention has just removed it. One that is read on from where the
 * last read ended is the newest unless it has a seal, so its successor need not be looked for.
 */
function openSegment(
  folder: string,
  place: Position,
  files: ReadableFiles,
  resumed: boolean,
): Segment | undefined {
  const name = segmentFile(place.segment)
  // In this order: a file that is sealed after its length was taken would look too short.
  const seal = readSeal(folder, place.segment, files)
  const file = files.open(join(folder, name))
  if (!file) return undefined
  const common = { name, file, place }
  if (typeof seal === 'object') {
    return { ...common, end: seal.bytes, following: Number.POSITIVE_INFINITY }
  }
  const isNewest = resumed && seal === undefined
  const following = isNewest ? undefined : after(folder, place.segment, files)?.segment
  return { ...common, end: file.bytes, following: following ?? Number.POSITIVE_INFINITY }
}
