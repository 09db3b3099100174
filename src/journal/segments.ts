import { join } from 'node:path'
import type { Files, ReadableFiles } from '../files.ts'
import { checksum } from './line.ts'

/**
 * The journal's folder:
 *
 *     0000000000000001.ndjson       a segment, named by its first sequence number
 *     0000000000000001.seal.json    what the segment holds; from then on it is never written again
 *     0000000000000001.ids          fingerprints of its bulk records (`seen.ts`); can be made again
 *     oldest.json                   where the journal begins since retention took the part before
 *
 * A segment is sealed before its successor is begun, so only the newest can lack a seal.
 */
export type Seal = Readonly<{
  firstSeq: number
  lastSeq: number
  /** Bytes that count. A file may be longer: what lies behind is of a write that failed. */
  bytes: number
  /** Of these bytes, in hexadecimal. */
  sha256: string
  /** When the newest record was appended: milliseconds since the epoch. */
  newestAt: number
}>

export type Sidecar = 'ndjson' | 'seal.json' | 'ids'
export const oldestFile = 'oldest.json'

/** The name of a segment's file or of one beside it. */
export function segmentFile(first: number, kind: Sidecar = 'ndjson'): string {
  return `${String(first).padStart(16, '0')}.${kind}`
}

/** First sequence numbers of the files of a kind, ascending. */
export function firstSeqs(names: readonly string[], kind: Sidecar = 'ndjson'): number[] {
  return names
    .filter((name) => /^\d{16}\./.test(name) && name.slice(17) === kind)
    .map((name) => Number(name.slice(0, 16)))
    .sort((a, b) => a - b)
}

/** Everything that the folder's names tell of, oldest first, without what retention gave up. */
export type Layout = Readonly<{
  /** The first sequence number there should be: 1 before retention took anything. */
  oldest: number | 'damaged'
  segments: ReadonlyArray<
    Readonly<{ first: number; present: boolean; seal: Seal | 'damaged' | undefined }>
  >
}>

export function readLayout(folder: string, files: ReadableFiles): Layout {
  const oldest = readOldest(folder, files) ?? 1
  const names = files.list(folder)
  const present = new Set(firstSeqs(names))
  const firsts = [...new Set([...present, ...firstSeqs(names, 'seal.json')])]
  const segments = firsts
    .filter((first) => oldest === 'damaged' || first >= oldest)
    .sort((a, b) => a - b)
    .map((first) => ({ first, present: present.has(first), seal: readSeal(folder, first, files) }))
  return { oldest, segments }
}

/** First sequence numbers of the folder's segments, without those that retention gave up. */
export function listSegments(folder: string, files: ReadableFiles): number[] {
  const oldest = readOldest(folder, files)
  const from = typeof oldest === 'number' ? oldest : 0
  return firstSeqs(files.list(folder)).filter((first) => first >= from)
}

/** A segment's seal: undefined when there is none, 'damaged' when it is not as it was written. */
export function readSeal(
  folder: string,
  first: number,
  files: ReadableFiles,
): Seal | 'damaged' | undefined {
  const seal = readChecked<Seal>(join(folder, segmentFile(first, 'seal.json')), files)
  return seal && seal !== 'damaged' && seal.firstSeq !== first ? 'damaged' : seal
}

export async function writeSeal(folder: string, seal: Seal, files: Files): Promise<void> {
  await writeWhole(folder, segmentFile(seal.firstSeq, 'seal.json'), checked(seal), files)
}

/** The first sequence number that retention left; undefined when it never took anything. */
export function readOldest(folder: string, files: ReadableFiles): number | 'damaged' | undefined {
  const oldest = readChecked<{ seq: number }>(join(folder, oldestFile), files)
  return typeof oldest === 'object' ? oldest.seq : oldest
}

export async function writeOldest(folder: string, seq: number, files: Files): Promise<void> {
  await writeWhole(folder, oldestFile, checked({ seq }), files)
}

/** Removes all files of segments that begin below `oldest`, oldest first. */
export async function removeBelow(folder: string, oldest: number, files: Files): Promise<void> {
  const names = files.list(folder).filter((name) => /^\d{16}\./.test(name))
  for (const name of names.sort()) {
    if (Number(name.slice(0, 16)) < oldest) await files.remove(join(folder, name))
  }
}

/** Puts a whole file in place: after a crash there is the old one or the new one, nothing between. */
export async function writeWhole(
  folder: string,
  name: string,
  bytes: Buffer,
  files: Files,
): Promise<void> {
  const path = join(folder, name)
  const unfinished = `${path}.tmp`
  await files.remove(unfinished)
  const file = await files.create(unfinished)
  try {
    await file.write([bytes], 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await files.rename(unfinished, path)
  await files.syncFolder(folder)
}

/** A whole file's bytes; undefined when there is none. */
export function readWhole(path: string, files: ReadableFiles): Buffer | undefined {
  const file = files.open(path)
  if (!file) return undefined
  try {
    const bytes = Buffer.alloc(file.bytes)
    return bytes.subarray(0, file.read(bytes, 0))
  } finally {
    file.close()
  }
}

const crcMark = ',"crc":"'

/** A small JSON document that carries the checksum of the text before it. */
function checked(document: object): Buffer {
  const text = JSON.stringify(document).slice(0, -1)
  return Buffer.from(`${text}${crcMark}${checksum(text)}"}\n`)
}

function readChecked<T>(path: string, files: ReadableFiles): T | 'damaged' | undefined {
  const bytes = readWhole(path, files)
  if (!bytes) return undefined
  const text = bytes.toString('latin1')
  const body = text.slice(0, text.lastIndexOf(crcMark))
  if (text !== `${body}${crcMark}${checksum(body)}"}\n`) return 'damaged'
  return JSON.parse(`${body}}`)
}
