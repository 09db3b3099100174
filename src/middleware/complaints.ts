import type { Clock } from '../clock.ts'
import { AuditError, type AuditErrorCode } from './errors.ts'

/** The same complaint is told at most this often, in milliseconds. */
const quietMs = 60_000
/** Different complaints that are remembered. */
const knownMax = 100

type Known = { error: AuditError; toldAt: number; untold: number }

/** Counts what goes wrong, and tells it at once, but the same only once a minute with how often it was. */
export class Complaints {
  /** Events by what became of them. */
  readonly counts: Partial<Record<AuditErrorCode, number>> = {}
  readonly #clock: Clock
  readonly #listener: (error: AuditError) => void
  readonly #known = new Map<string, Known>()

  constructor(clock: Clock, listener: (error: AuditError) => void) {
    this.#clock = clock
    this.#listener = listener
  }

  tell(error: AuditError): void {
    const { code, message, count } = error
    this.counts[code] = (this.counts[code] ?? 0) + count
    const now = this.#clock.now()
    const key = `${code} ${message}`
    const known = this.#known.get(key)
    if (known && now - known.toldAt < quietMs) {
      known.untold += count
      return
    }
    if (this.#known.size >= knownMax) this.tellRest()
    this.#known.set(key, { error, toldAt: now, untold: 0 })
    this.#say(error, count + (known?.untold ?? 0))
  }

  /** Tells what was held back. */
  tellRest(): void {
    const known = [...this.#known.values()]
    this.#known.clear()
    for (const { error, untold } of known) if (untold > 0) this.#say(error, untold)
  }

  #say({ code, message, cause }: AuditError, count: number): void {
    try {
      this.#listener(new AuditError(code, message, { cause, count }))
    } catch {
      // Whoever listens must not end what it listens to.
    }
  }
}
