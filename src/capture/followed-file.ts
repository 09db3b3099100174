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
  /** Its first bytes as they were when they were taken. */
  head: Buffer
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
    const { ino: inode } = await handle.stat()
    return { handle, path, inode, offset: 0, isSkipping: false, head: Buffer.alloc(0) }
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

/** How a position tells a file from others. */
export type Head = Pick<Position, 'head' | 'headBytes'>

export function headOf({ head }: Pick<OpenFile, 'head'>): Head {
  return { head: createHash('sha256').update(head).digest('hex'), headBytes: head.length }
}

/** The first bytes of a file where they are those of a position. */
export async function sameHead(file: OpenFile, known: Head): Promise<Buffer | undefined> {
  const head = await firstBytes(file, known.headBytes)
  return headOf({ head }).head === known.head ? head : undefined
}

/** Whether its first bytes are others than they were when they were taken. */
export async function isRewritten(file: OpenFile): Promise<boolean> {
  return !(await firstBytes(file, file.head.length)).equals(file.head)
}

async function firstBytes({ handle }: OpenFile, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0)
  return buffer.subarray(0, bytesRead)
}
