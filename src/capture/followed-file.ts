import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { parse } from 'node:path'

/** How far a file is read; kept as a document of state. */
export type Position = Readonly<{
  inode: number
  offset: number
  /** SHA-256 of the first bytes, and how many: an inode's number is soon given to another file. */
  head: string
  headBytes: number
  /** The line there is too long and is left out to its end. */
  isSkipping?: boolean
}>

/** A file that is read. */
export type OpenFile = {
  handle: FileHandle
  path: string
  inode: number
  offset: number
  isSkipping: boolean
  /** As of its saved position; none before there is one. */
  head?: Pick<Position, 'head' | 'headBytes'>
  /** Up to here it was looked at, and what is behind the offset was not finished. */
  seen?: number
}

/** `audit.log`, `audit.log.1`, `audit.log-20261121` or `audit-2026-11-21T04-44-23.log`, not compressed. */
export function isRotated(name: string, base: string): boolean {
  if (name === base) return true
  const { name: stem, ext } = parse(base)
  const isMarked = name.startsWith(base) && /^[.-]\d[\dTZ._-]*$/.test(name.slice(base.length))
  if (isMarked || !ext || !name.startsWith(stem) || !name.endsWith(ext)) return isMarked
  return /^-\d[\dTZ._-]*$/.test(name.slice(stem.length, -ext.length))
}

/** At its beginning; undefined where there is none. */
export async function openAt(path: string): Promise<OpenFile | undefined> {
  try {
    const handle = await open(path, 'r')
    return { handle, path, inode: (await handle.stat()).ino, offset: 0, isSkipping: false }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** 0 where it cannot be told. */
export function sizeOf(look: () => Stats): { size: number; inode?: number } {
  try {
    const { size, ino: inode } = look()
    return { size, inode }
  } catch {
    return { size: 0 }
  }
}

/** Undefined where there is no such file. */
export async function statOf(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether its first bytes are others than they were. */
export async function isRewritten(file: OpenFile): Promise<boolean> {
  if (!file.head) return false
  return (await headOf(file, file.head.headBytes)) !== file.head.head
}

/** SHA-256 of so many first bytes, hex. */
export async function headOf({ handle }: OpenFile, bytes: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0)
  return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex')
}
