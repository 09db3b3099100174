import { join } from 'node:path'
import type { WritableFile } from '../files.ts'
import type { Ports } from './ports.ts'

/** An event that will not be sent, or bytes that are none, and why. */
export type Aside = Readonly<{ reason: string; record?: unknown; bytes?: string }>

const fileName = /^refused-.*\.ndjson$/

/**
 * Keeps what will not be sent in `refused-*.ndjson` beside the spool, for people to look at, so many
 * bytes.
 */
export class SetAside {
  readonly #folder: string
  readonly #bytesMax: number
  readonly #ports: Pick<Ports, 'files' | 'clock' | 'ids'>
  #file: { path: string; writable: WritableFile; bytes: number } | undefined
  #bytesLeft: number | undefined

  constructor(folder: string, bytesMax: number, ports: Pick<Ports, 'files' | 'clock' | 'ids'>) {
    this.#folder = folder
    this.#bytesMax = bytesMax
    this.#ports = ports
  }

  /** Resolves with the file once they are durable in it, and with undefined where they have no room. */
  async add(asides: readonly Aside[]): Promise<string | undefined> {
    const at = new Date(this.#ports.clock.now()).toISOString()
    const lines = asides.map((aside) => `${JSON.stringify({ at, ...aside })}\n`)
    const bytes = Buffer.from(lines.join(''))
    this.#bytesLeft ??= this.#bytesMax - this.#bytesThere()
    if (bytes.length > this.#bytesLeft) return undefined
    try {
      this.#file ??= await this.#begin()
      await this.#file.writable.write([bytes], this.#file.bytes)
      await this.#file.writable.sync()
    } catch (error) {
      await this.close()
      throw error
    }
    this.#file.bytes += bytes.length
    this.#bytesLeft -= bytes.length
    return this.#file.path
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.writable.close().catch(() => undefined)
  }

  async #begin() {
    const { files, clock, ids } = this.#ports
    const path = join(this.#folder, `refused-${clock.now()}-${ids.uuid()}.ndjson`)
    const writable = await files.create(path)
    await files.syncFolder(this.#folder)
    return { path, writable, bytes: 0 }
  }

  #bytesThere(): number {
    const { files } = this.#ports
    let bytes = 0
    for (const name of files.list(this.#folder).filter((one) => fileName.test(one))) {
      const file = files.open(join(this.#folder, name))
      bytes += file?.bytes ?? 0
      file?.close()
    }
    return bytes
  }
}
