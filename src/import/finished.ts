import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ImportFile } from './files.ts'

/**
 * The files that an import has finished, one JSON line each in a file of its own, so that an import that was
 * interrupted goes on where it was. What is lost with a machine that fails is only sent once more.
 */
export class Finished {
  readonly path: string
  readonly #files = new Map<string, string>()
  #file: Promise<FileHandle> | undefined

  /** Reads what is there; of a last line that was cut off nothing is believed. */
  constructor(path: string) {
    this.path = path
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    for (const line of text.split('\n').slice(0, -1)) this.#read(line)
  }

  /** Whether a file was finished as it is now, by name, size and mark. */
  has(file: ImportFile): boolean {
    return this.#files.get(file.name) === version(file)
  }

  /** Takes a file for finished as long as this program runs: it failed, and would fail again. */
  giveUp(file: ImportFile): void {
    this.#files.set(file.name, version(file))
  }

  async add(files: readonly ImportFile[]): Promise<void> {
    if (files.length === 0) return
    for (const file of files) this.#files.set(file.name, version(file))
    this.#file ??= this.#open()
    const lines = files.map(({ name, size, mark }) => `${JSON.stringify({ name, size, mark })}\n`)
    await (await this.#file).appendFile(lines.join(''))
  }

  async close(): Promise<void> {
    await (await this.#file)?.close()
    this.#file = undefined
  }

  /** Forgets everything: the next import of the same begins anew. */
  async remove(): Promise<void> {
    await this.close()
    this.#files.clear()
    await rm(this.path, { force: true })
  }

  async #open(): Promise<FileHandle> {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
    const file = await open(this.path, 'a', 0o600)
    // A line that was cut off must not run into the next one.
    if ((await file.stat()).size > 0) await file.appendFile('\n')
    return file
  }

  #read(line: string): void {
    if (line === '') return
    try {
      const { name, size, mark } = JSON.parse(line)
      if (typeof name === 'string') this.#files.set(name, version({ size, mark }))
    } catch {
      // Then the file it stood for is sent once more.
    }
  }
}

function version({ size, mark }: Pick<ImportFile, 'size' | 'mark'>): string {
  return `${size} ${mark}`
}
