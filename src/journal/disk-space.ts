import type { Clock } from '../clock.ts'
import { StorageError } from '../errors.ts'
import type { Files } from '../files.ts'

const checkInterval = 1_000

/**
 * Refuses writes while the disk is nearly full, so that there is room left to shut down, seal and
 * deliver; takes them again, without a restart, once there is twice the room.
 */
export class DiskSpace {
  readonly #folder: string
  readonly #files: Files
  readonly #clock: Clock
  readonly #bytesMin: number
  #low = false
  #checkedAt = Number.NEGATIVE_INFINITY

  constructor(folder: string, files: Files, clock: Clock, bytesMin: number) {
    this.#folder = folder
    this.#files = files
    this.#clock = clock
    this.#bytesMin = bytesMin
  }

  /** Rejects with "disk full" while there is too little. Asks the disk at most once a second. */
  async check(): Promise<void> {
    const now = this.#clock.now()
    if (Math.abs(now - this.#checkedAt) >= checkInterval) {
      this.#checkedAt = now
      const free = await this.#files.freeBytes(this.#folder)
      this.#low = free < this.#bytesMin * (this.#low ? 2 : 1)
    }
    if (this.#low) throw new StorageError('disk full', `Too little free disk at ${this.#folder}`)
  }
}
