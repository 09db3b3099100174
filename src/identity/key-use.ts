import type { Clock } from '../clock.ts'
import type { Transaction } from '../operation.ts'

/** When and for what a key last signed a call that was proven to be its own. */
export type Use = Readonly<{
  /** Milliseconds since the epoch. */
  at: number
  region: string
  /** The signing name: `iam`, `s3`. */
  service: string
}>

/** What is needed of state here: a transaction of one's own. */
export type Store = Readonly<{ begin(): Transaction; commit(tx: Transaction): Promise<void> }>

const kind = 'iam-access-key-use'
const foldEvery = 60_000

/**
 * The last use of each key. A call must not cost a second synced write for it, so uses are kept in
 * memory and folded into state a minute after the first that is not there yet. An answer takes the later
 * of the two and so is right while the server runs; a crash sets a key back by a minute at most, never
 * forward. Nothing else is lost: each call has its record.
 */
export class KeyUses {
  readonly #store: Store
  readonly #clock: Clock
  readonly #isKey: (tx: Transaction, accessKeyId: string) => boolean
  readonly #latest = new Map<string, Use>()
  #cancel: (() => void) | undefined

  constructor(
    store: Store,
    clock: Clock,
    isKey: (tx: Transaction, accessKeyId: string) => boolean,
  ) {
    this.#store = store
    this.#clock = clock
    this.#isKey = isKey
  }

  /** Call it for verified signatures only, whatever became of the call. */
  note(accessKeyId: string, use: Use): void {
    const known = this.#latest.get(accessKeyId)
    if (known && known.at > use.at) return
    this.#latest.set(accessKeyId, use)
    this.#cancel ??= this.#clock.after(foldEvery, () => {
      this.#cancel = undefined
      void this.fold()
    })
  }

  /** Undefined when it was never used. */
  last(tx: Transaction, accessKeyId: string): Use | undefined {
    const kept = tx.get<Use>(kind, accessKeyId)
    const latest = this.#latest.get(accessKeyId)
    return kept && latest ? (kept.at > latest.at ? kept : latest) : (latest ?? kept)
  }

  /** Writes down what state does not know yet. What could not be written stays for the next time. */
  async fold(): Promise<void> {
    const uses = [...this.#latest]
    const tx = this.#store.begin()
    for (const [accessKeyId, use] of uses) {
      const kept = tx.get<Use>(kind, accessKeyId)
      // A key deleted meanwhile must not leave a trace behind.
      if (!this.#isKey(tx, accessKeyId)) this.#latest.delete(accessKeyId)
      else if (!kept || kept.at < use.at) tx.put(kind, accessKeyId, use)
    }
    try {
      if (tx.dirty) await this.#store.commit(tx)
    } catch {
      // Another writer or the disk was in the way. Memory still has the truth; the next use tries again.
      return
    }
    for (const [accessKeyId, use] of uses) {
      if (this.#latest.get(accessKeyId) === use) this.#latest.delete(accessKeyId)
    }
  }

  /** Before state closes. */
  async close(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    await this.fold()
  }
}

/** With its key. */
export function forgetUse(tx: Transaction, accessKeyId: string): void {
  if (tx.get(kind, accessKeyId)) tx.delete(kind, accessKeyId)
}
