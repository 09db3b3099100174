import type { Claimed, Identified } from './ledger.ts'

/**
 * Whom the ledger named last by a key. Records are made with it before the ledger is asked, which keeps
 * none that names another than it knows: so this may be old, and spares a question where it is not.
 */
export class SupposedCallers {
  readonly #max: number
  readonly #told = new Map<string, Identified>()

  /** Of so many keys; the one that was told first goes first. */
  constructor(max: number) {
    this.#max = max
  }

  /** A key of which nothing was told is supposed to be nobody's that we know. */
  of({ accessKeyId }: Claimed): Identified {
    return this.#told.get(accessKeyId) ?? { caller: { accessKeyId }, isProven: false }
  }

  told({ accessKeyId }: Claimed, found: Identified): void {
    this.#told.delete(accessKeyId)
    this.#told.set(accessKeyId, found)
    if (this.#told.size > this.#max) this.#told.delete(this.#told.keys().next().value!)
  }
}
