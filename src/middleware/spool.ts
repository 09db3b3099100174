import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AuditError } from './errors.ts'

/** Some events that were spooled, oldest first. */
export type SpoolFile = Readonly<{ path: string; lines: readonly Buffer[]; bytes: number }>

/** A file is closed when it has this many bytes. */
const fileBytesMax = 1024 * 1024

/**
 * Events on disk until the server has them: files of lines, each synced before its events count as durable,
 * removed when all its events are on the server. What a kill cut off was not durable and is passed over.
 */
export class Spool {
  readonly #folder: string
  readonly #waiting: string[]
  #bytes = 0
  #made: number
  #current: { file: FileHandle; path: string; bytes: number } | undefined
  #turn: Promise<unknown> = Promise.resolve()

  /** Makes the folder where it is missing. Throws AuditError SpoolInUse when another process has it. */
  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    claim(join(folder, 'lock'))
    const names = readdirSync(folder).filter((name) => /^\d{12}\.ndjson$/.test(name))
    this.#waiting = names.sort().map((name) => join(folder, name))
    for (const path of this.#waiting) this.#bytes += statSync(path).size
    this.#made = Number(names.at(-1)?.slice(0, 12) ?? 0)
  }

  /** Of all files. */
  get bytes(): number {
    return this.#bytes
  }

  /** Resolves when the lines are on disk. Rejects when it is not known that they are. */
  append(lines: readonly Buffer[]): Promise<void> {
    return this.#inTurn(async () => {
      const all = Buffer.concat(lines)
      try {
        this.#current ??= await this.#nextFile()
        this.#current.bytes += all.length
        this.#bytes += all.length
        await this.#current.file.appendFile(all)
        await this.#current.file.datasync()
      } catch (error) {
        // A line may be cut off; the next ones must not follow it.
        await this.#end().catch(() => undefined)
        throw error
      }
      if (this.#current.bytes >= fileBytesMax) await this.#end()
    })
  }

  /** The oldest events; undefined when there are none. No later ones join them. */
  oldest(): Promise<SpoolFile | undefined> {
    return this.#inTurn(async () => {
      if (this.#waiting.length === 0) await this.#end()
      const path = this.#waiting[0]
      if (path === undefined) return undefined
      const content = await readFile(path)
      return { path, lines: wholeLines(content), bytes: content.length }
    })
  }

  /** Forgets the oldest events. */
  remove({ path, bytes }: SpoolFile): Promise<void> {
    return this.#inTurn(async () => {
      await rm(path, { force: true })
      this.#waiting.shift()
      this.#bytes -= bytes
    })
  }

  /** Leaves what is there for the next process. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end()
      rmSync(join(this.#folder, 'lock'), { force: true })
    })
  }

  async #nextFile() {
    const path = join(this.#folder, `${String(++this.#made).padStart(12, '0')}.ndjson`)
    const file = await open(path, 'ax', 0o600)
    const folder = await open(this.#folder)
    await folder.sync().finally(() => folder.close())
    return { file, path, bytes: 0 }
  }

  async #end(): Promise<void> {
    const ended = this.#current
    if (!ended) return
    this.#current = undefined
    this.#waiting.push(ended.path)
    await ended.file.close()
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task)
    this.#turn = done.catch(() => undefined)
    return done
  }
}

/** Names this process in the file, unless another one that lives is named there. */
function claim(path: string): void {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 })
    return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const pid = Number(readFileSync(path, 'utf8'))
  if (pid !== process.pid && isAlive(pid)) {
    throw new AuditError('SpoolInUse', `process ${pid} uses the spool; give each its own folder`)
  }
  writeFileSync(path, String(process.pid), { mode: 0o600 })
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function wholeLines(content: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let start = 0
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, start)) {
    const line = content.subarray(start, end + 1)
    if (isJson(line)) lines.push(line)
    start = end + 1
  }
  return lines
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString())
    return true
  } catch {
    return false
  }
}
