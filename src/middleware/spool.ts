import { join } from 'node:path'
import type { WritableFile } from '../files.ts'
import { AuditError } from './errors.ts'
import type { Load } from './outbox.ts'
import type { Ports } from './ports.ts'
import type { Refusal } from './post.ts'
import { type Aside, SetAside } from './set-aside.ts'
import { readSpoolLines, type SpoolContent, spoolLine } from './spool-lines.ts'

/** Events of one spool file, oldest first. */
export type SpoolLoad = Load & SpoolContent & Readonly<{ path: string }>

/** A file of ours that is not written any more. `synced` is where what was promised ends. */
type Waiting = Readonly<{ path: string; bytes: number; synced: number }>

export type SpoolOptions = Readonly<{
  folder: string
  refusedBytesMax: number
  ports: Pick<Ports, 'files' | 'clock' | 'ids'>
  onProblem: (problem: AuditError) => void
}>

/** A file is closed when it has this many bytes. */
const fileBytesMax = 1024 * 1024
/** How often files that others left are looked for, in milliseconds. */
const lookMs = 60_000
const fileName = /^\d{13}-[0-9a-f-]{36}\.ndjson$/

/**
 * Events on disk until the server has them: files of lines, each synced before its events count as
 * durable, removed when all its events are on the server.
 *
 * Processes share a folder without a lock. Each writes files of its own, and takes over those it finds by
 * renaming them. Whether their owner still lives does not matter: after each sync the owner looks whether
 * its file is still there, and where it is not writes the lines again. So what was promised was in the
 * file before the rename, and the rest is in the next file. Lines that are in both are sent twice and kept
 * once.
 */
export class Spool {
  readonly #folder: string
  readonly #ports: SpoolOptions['ports']
  readonly #onProblem: (problem: AuditError) => void
  readonly #setAside: SetAside
  #waiting: Waiting[] = []
  #bytes = 0
  #current: { file: WritableFile; path: string; bytes: number } | undefined
  #lookedAt = Number.NEGATIVE_INFINITY
  /** Files of others at the last look, with their sizes. */
  #seen: ReadonlyMap<string, number> | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor({ folder, refusedBytesMax, ports, onProblem }: SpoolOptions) {
    this.#folder = folder
    this.#ports = ports
    this.#onProblem = onProblem
    this.#setAside = new SetAside(folder, refusedBytesMax, ports)
  }

  /** Of all files of ours. */
  get bytes(): number {
    return this.#bytes
  }

  /** Resolves when the lines are on disk. Rejects when it is not known that they are. */
  append(lines: readonly Buffer[]): Promise<void> {
    const buffers = lines.map(spoolLine)
    return this.#inTurn(async () => {
      for (let tries = 3; tries > 0; tries--) if (await this.#appendOnce(buffers)) return
      throw new Error('files of the spool vanish while they are written')
    })
  }

  /** The oldest events; undefined when there are none. No later ones join them. */
  oldest(): Promise<SpoolLoad | undefined> {
    return this.#inTurn(async () => {
      if (this.#waiting.length === 0) await this.#end()
      if (this.#waiting.length === 0) await this.#takeOver()
      for (let file = this.#waiting[0]; file; file = this.#waiting[0]) {
        const content = this.#read(file)
        if (content) return { path: file.path, ...readSpoolLines(content) }
        this.#forget(file.path)
      }
      return undefined
    })
  }

  /** Forgets a load once what was refused of it or damaged is set aside; where that fails it stays. */
  settle(load: SpoolLoad, refusals: readonly Refusal[]): Promise<void> {
    return this.#inTurn(async () => {
      const problems = [...damageOf(load), ...refusedOf(load, refusals)]
      const aside = problems.map(({ aside }) => aside)
      let path: string | undefined
      try {
        if (problems.length > 0) path = await this.#setAside.add(aside)
        await this.#ports.files.remove(load.path)
      } catch (error) {
        this.#leave(load.path, error)
        return
      }
      this.#forget(load.path)
      const where = path ? `set aside in ${path}` : 'no room is left to set it aside'
      for (const { code, aside } of problems) {
        this.#onProblem(new AuditError(code, `${aside.reason}; ${where}`))
      }
    })
  }

  /** Leaves what is there for the next process. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end()
      await this.#setAside.close()
    })
  }

  /** False when another process took the file over, and may not have seen the lines. */
  async #appendOnce(buffers: readonly Buffer[]): Promise<boolean> {
    try {
      this.#current ??= await this.#begin()
      await this.#current.file.write(buffers, this.#current.bytes)
      await this.#current.file.sync()
    } catch (error) {
      // A line may be cut off; the next ones must not follow it.
      await this.#end()
      throw error
    }
    const { path } = this.#current
    const bytes = buffers.reduce((sum, { length }) => sum + length, 0)
    this.#current.bytes += bytes
    this.#bytes += bytes
    const isOurs = this.#sizeOf(path) !== undefined
    if (!isOurs || this.#current.bytes >= fileBytesMax) await this.#end()
    if (!isOurs) this.#forget(path)
    return isOurs
  }

  async #begin() {
    const { files } = this.#ports
    await files.makeFolder(this.#folder)
    const path = this.#newPath(String(this.#ports.clock.now()).padStart(13, '0'))
    const file = await files.create(path)
    await files.syncFolder(this.#folder)
    return { file, path, bytes: 0 }
  }

  async #end(): Promise<void> {
    const ended = this.#current
    if (!ended) return
    this.#current = undefined
    this.#waiting.push({ path: ended.path, bytes: ended.bytes, synced: ended.bytes })
    await ended.file.close().catch(() => undefined)
  }

  /** All that is there at the start; later what has lain there unchanged since the last look. */
  async #takeOver(): Promise<void> {
    const { files, clock } = this.#ports
    if (clock.now() - this.#lookedAt < lookMs) return
    this.#lookedAt = clock.now()
    const names = files.list(this.#folder).filter((name) => fileName.test(name))
    const seen = new Map<string, number>()
    for (const name of names.sort()) {
      const path = join(this.#folder, name)
      try {
        const bytes = this.#sizeOf(path)
        if (bytes === undefined) continue
        seen.set(name, bytes)
        if (!this.#seen || this.#seen.get(name) === bytes) await this.#take(name, bytes)
      } catch (error) {
        // Another process was faster, or the file is not ours to take.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#leave(path, error)
      }
    }
    this.#seen = seen
  }

  async #take(name: string, bytes: number): Promise<void> {
    const path = this.#newPath(name.slice(0, 13))
    await this.#ports.files.rename(join(this.#folder, name), path)
    this.#waiting.push({ path, bytes, synced: Number.POSITIVE_INFINITY })
    this.#bytes += bytes
  }

  /** Undefined when the file is another's by now, or cannot be read. */
  #read({ path, synced }: Waiting): Buffer | undefined {
    try {
      const file = this.#ports.files.open(path)
      if (!file) return undefined
      try {
        const content = Buffer.alloc(Math.min(file.bytes, synced))
        return content.subarray(0, file.read(content, 0))
      } finally {
        file.close()
      }
    } catch (error) {
      this.#leave(path, error)
      return undefined
    }
  }

  /** A later look finds it again; until then it holds back nothing. */
  #leave(path: string, cause: unknown): void {
    const message = `${path} stays there: ${(cause as Error).message}`
    this.#onProblem(new AuditError('SpoolFailed', message, { cause }))
    this.#forget(path)
  }

  #forget(path: string): void {
    for (const file of this.#waiting) if (file.path === path) this.#bytes -= file.bytes
    this.#waiting = this.#waiting.filter((file) => file.path !== path)
  }

  #sizeOf(path: string): number | undefined {
    const file = this.#ports.files.open(path)
    file?.close()
    return file?.bytes
  }

  #newPath(time: string): string {
    return join(this.#folder, `${time}-${this.#ports.ids.uuid()}.ndjson`)
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task)
    this.#turn = done.catch(() => undefined)
    return done
  }
}

type Problem = Readonly<{ code: 'Refused' | 'SpoolDamaged'; aside: Aside }>

function refusedOf({ lines }: SpoolLoad, refusals: readonly Refusal[]): Problem[] {
  return refusals.map(({ index, reason }) => {
    const record: unknown = JSON.parse(lines[index]!.toString())
    return { code: 'Refused', aside: { reason: `refused: ${reason}`, record } }
  })
}

function damageOf({ damage }: SpoolLoad): Problem[] {
  return damage.map(({ bytes, isCutOff }) => {
    const reason = isCutOff
      ? 'cut off at the end of a spool file'
      : 'damaged in the middle of a spool file'
    return { code: 'SpoolDamaged', aside: { reason, bytes: bytes.toString('base64') } }
  })
}
