import type { Clock } from './clock.ts'
import { StorageError } from './errors.ts'
import type { Log } from './log.ts'

type Storage = Readonly<{
  /** Rejects while the next call would be refused. */
  ready(): Promise<void>
}>

/** No call was refused for so long, in milliseconds, when it is told that they are taken again. */
const calmAfter = 5_000

/**
 * A log that tells of calls refused by a full disk or a full queue in two lines, however many they are: at
 * the first of them, and once they are taken again. Everything else is written as it comes.
 */
export class RefusalLog implements Log {
  readonly #log: Log
  readonly #clock: Clock
  readonly #storage: Storage
  /** Since the line that tells of the first; 0 while calls are taken. */
  #refused = 0
  #stopLooking = () => {}
  #closed = false

  constructor(log: Log, clock: Clock, storage: Storage) {
    this.#log = log
    this.#clock = clock
    this.#storage = storage
  }

  info(...line: Parameters<Log['info']>): void {
    this.#log.info(...line)
  }

  warn(...line: Parameters<Log['warn']>): void {
    this.#log.warn(...line)
  }

  error(event: string, error: unknown, fields?: Readonly<Record<string, unknown>>): void {
    if (!(error instanceof StorageError && error.isPassing)) {
      this.#log.error(event, error, fields)
      return
    }
    this.#refused++
    if (this.#refused > 1) return
    const { reason, message } = error
    this.#log.warn('calls are refused', { reason, message })
    this.#lookLater()
  }

  /** Looks no longer whether calls are taken again. */
  close(): void {
    this.#closed = true
    this.#stopLooking()
  }

  #lookLater(): void {
    const before = this.#refused
    this.#stopLooking = this.#clock.after(calmAfter, () => void this.#look(before))
  }

  async #look(before: number): Promise<void> {
    const isReady = await this.#storage.ready().then(
      () => true,
      () => false,
    )
    if (this.#closed) return
    if (!isReady || this.#refused > before) return this.#lookLater()
    this.#log.info('calls are taken again', { refused: this.#refused })
    this.#refused = 0
  }
}
