import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/**
 * Writes all of it, synced, under another name first: the file is whole or not there. What had the name
 * before is replaced. Returns its size in bytes.
 */
export async function wholeFile(
  path: string,
  chunks: AsyncIterable<string | Uint8Array>,
  { gzip }: Readonly<{ gzip: boolean }>,
): Promise<number> {
  return renamedWhenWhole(path, async (unfinished) => {
    const file = createWriteStream(unfinished, { flags: 'wx', flush: true })
    const source = Readable.from(chunks)
    if (gzip) await pipeline(source, createGzip(), file)
    else await pipeline(source, file)
    return file.bytesWritten
  })
}

/**
 * A folder that is filled under another name, synced, and then renamed: it is whole or not there. Refuses a
 * path where something lies already, but for an empty folder.
 */
export async function wholeFolder<T>(
  path: string,
  fill: (folder: string) => Promise<T>,
): Promise<T> {
  const there = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (there.length > 0) throw new Error(`${path} is not empty; export to a new folder`)
  return renamedWhenWhole(path, async (unfinished) => {
    await mkdir(unfinished)
    const filled = await fill(unfinished)
    await syncTree(unfinished)
    return filled
  })
}

async function renamedWhenWhole<T>(path: string, make: (unfinished: string) => Promise<T>) {
  const whole = resolve(path)
  const unfinished = `${whole}.${process.pid}.part`
  if (await stat(unfinished).catch(() => undefined)) {
    throw new Error(`${unfinished} is in the way: what an export that was killed has left`)
  }
  try {
    const made = await make(unfinished)
    await rename(unfinished, whole)
    await syncFolder(dirname(whole))
    return made
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

/** The names in a folder and in those below it; the files themselves were synced by their writers. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncTree(join(folder, entry.name))
  }
  await syncFolder(folder)
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
