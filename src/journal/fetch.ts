import { join } from 'node:path'
import { type ReadableFile, type ReadableFiles, systemFiles } from '../files.ts'
import type { Damage, JournalRecord } from './contract.ts'
import { journalRecord, type Position } from './read.ts'
import { scan } from './scan.ts'
import { segmentFile } from './segments.ts'

/** A record, and its header before it: most fit. */
const readBytes = 4096

/**
 * Reads single records by their places, synchronously, for worker threads. The segment that was read last
 * stays open until `close`: neighbours are mostly asked for together.
 */
export class RecordFetcher {
  readonly #folder: string
  readonly #files: ReadableFiles
  #open: Readonly<{ segment: number; file: ReadableFile }> | undefined

  constructor(folder: string, files: ReadableFiles = systemFiles) {
    this.#folder = folder
    this.#files = files
  }

  fetch(place: Position): JournalRecord | Damage {
    const wasOpen = this.#open?.segment === place.segment
    const found = this.#read(place)
    if ('record' in found || !wasOpen) return found
    // It may have grown since.
    this.close()
    return this.#read(place)
  }

  close(): void {
    this.#open?.file.close()
    this.#open = undefined
  }

  #read({ segment, offset }: Position): JournalRecord | Damage {
    const name = segmentFile(segment)
    const file = this.#fileOf(segment, name)
    if (!file) return { file: name, start: offset, end: offset, reason: 'missing segment' }
    const [found] = scan(file, offset, file.bytes, readBytes)
    if (found?.line) return journalRecord(segment, found.line)
    return { file: name, ...(found?.flaw ?? { start: offset, end: offset, reason: 'torn' }) }
  }

  #fileOf(segment: number, name: string): ReadableFile | undefined {
    if (this.#open?.segment === segment) return this.#open.file
    this.close()
    const file = this.#files.open(join(this.#folder, name))
    this.#open = file && { segment, file }
    return file
  }
}

/** One record by its place. */
export function fetchRecord(
  folder: string,
  place: Position,
  files?: ReadableFiles,
): JournalRecord | Damage {
  const fetcher = new RecordFetcher(folder, files)
  try {
    return fetcher.fetch(place)
  } finally {
    fetcher.close()
  }
}
