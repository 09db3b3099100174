import { createReadStream, readFile } from 'node:fs'
import { glob, readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type Found, heldBytesMax, type ImportSource, isLogFileName } from './files.ts'

/** Costs half of the one in `node:fs/promises`. */
const readWhole = promisify(readFile)

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'may not be read (permission denied)',
  ENOENT: 'is not there any more',
  ELOOP: 'is a link that leads to itself',
}

/** Why a file or folder cannot be read, in words. */
export function reasonOf(error: unknown): string {
  const { code = '', errno, message } = error as NodeJS.ErrnoException
  return reasons[code] ?? `cannot be read (${errno === undefined ? message : code})`
}

/** A folder with all below it, or one file. */
export function folderSource(path: string): ImportSource {
  return { name: resolve(path), files: () => walk(path) }
}

/** The files that a pattern names: `logs/*.json.gz`. */
export function globSource(pattern: string): ImportSource {
  return {
    name: resolve(pattern),
    async *files() {
      let isEmpty = true
      for await (const path of glob(pattern)) {
        const found = await look(path)
        if (found === 'folder') continue
        isEmpty = false
        yield found
      }
      if (isEmpty) yield { type: 'unreadable', name: pattern, reason: 'matches no file' }
    },
  }
}

async function* walk(path: string): AsyncGenerator<Found> {
  const found = await look(path)
  if (found !== 'folder') {
    yield found
    return
  }
  try {
    const names = await readdir(path)
    for (const name of names.sort()) yield* walk(join(path, name))
  } catch (error) {
    yield { type: 'unreadable', name: path, reason: reasonOf(error) }
  }
}

async function look(path: string): Promise<Found | 'folder'> {
  try {
    const stats = await stat(path)
    if (stats.isDirectory()) return 'folder'
    if (!stats.isFile() || !isLogFileName(path)) return { type: 'other', name: path }
    const { size, mtimeMs } = stats
    const open = async () => (size <= heldBytesMax ? readWhole(path) : createReadStream(path))
    return { type: 'file', name: path, size, mark: String(mtimeMs), open }
  } catch (error) {
    return { type: 'unreadable', name: path, reason: reasonOf(error) }
  }
}
