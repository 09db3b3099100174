import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ListedKey, Source, StoredObject } from '../digest/source.ts'

/** Objects up to this size are held; larger ones are streamed. */
const heldBytesMax = 1024 * 1024
/** How far below the given folder `AWSLogs` is looked for. */
const depthMax = 5

/**
 * A bucket that was downloaded (`aws s3 sync`). The files have no metadata, so signatures come from
 * `metadata`, by key from `AWSLogs/` on, where somebody kept them.
 */
export class Folder implements Source {
  readonly #root: string
  readonly #metadata: ReadonlyMap<string, Readonly<Record<string, string>>>

  constructor(root: string, metadata: ReadonlyMap<string, Readonly<Record<string, string>>>) {
    this.#root = root
    this.#metadata = metadata
  }

  /** Without times: those of a copy are the copy's. */
  list(prefix: string, after = ''): AsyncGenerator<ListedKey> {
    return this.#walk('', prefix, after)
  }

  async get(key: string): Promise<StoredObject | undefined> {
    // A digest may name anything; nothing outside the folder is read for it.
    if (key.includes('\0') || key.split('/').some((name) => name === '..')) return undefined
    const path = join(this.#root, key)
    const found = await stat(path).catch(absent)
    if (!found?.isFile()) return undefined
    const body = found.size <= heldBytesMax ? await readFile(path) : createReadStream(path)
    const metadata = this.#metadata.get(key)
    return metadata ? { body, metadata } : { body }
  }

  /** Keys in byte order: a folder counts as its name with a slash, as it does in a key. */
  async *#walk(folder: string, prefix: string, after: string): AsyncGenerator<ListedKey> {
    const entries = await readdir(join(this.#root, folder), { withFileTypes: true })
    const keys = entries
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    for (const key of keys) {
      if (key.endsWith('/')) {
        const mayHold = key.startsWith(prefix) || prefix.startsWith(key)
        if (mayHold && (key > after || after.startsWith(key))) yield* this.#walk(key, prefix, after)
      } else if (key.startsWith(prefix) && key > after) {
        yield { key }
      }
    }
  }
}

/** The folder that holds `AWSLogs`: the given one, one above it, or the first one below it. */
export async function findRoot(folder: string): Promise<string | undefined> {
  const above = /^(.*?)(?:^|\/)AWSLogs(?:\/|$)/.exec(folder)?.[1]
  if (above !== undefined) return above === '' && !folder.startsWith('/') ? '.' : above || '/'
  let level = [folder]
  for (let depth = 0; depth <= depthMax && level.length > 0; depth++) {
    const below: string[] = []
    for (const path of level) {
      const entries = await readdir(path, { withFileTypes: true })
      const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
      if (folders.includes('AWSLogs')) return path
      below.push(...folders.sort().map((name) => join(path, name)))
    }
    level = below
  }
  return undefined
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].includes(error.code ?? '')) return undefined
  throw error
}
