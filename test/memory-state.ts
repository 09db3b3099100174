// State for tests: documents in memory, with the same conflicts as the real one and nothing durable.
import { ConflictError } from '../src/errors.ts'
import type { RowRange, Rows, Transaction } from '../src/operation.ts'
import type { OutboxEntry, State } from '../src/state/contract.ts'

type Documents = ReadonlyMap<string, string>

const idOf = (kind: string, key: string) => `${kind}\0${key}`

/** Keeps JSON text, so that a document that is no JSON, or is changed in place, shows in a test. */
export class MemoryState implements State {
  #documents: Documents = new Map()
  #outbox: OutboxEntry[] = []

  begin(): Transaction {
    return new MemoryTransaction(this.#documents)
  }

  async commit(tx: Transaction, ...outbox: OutboxEntry[]): Promise<void> {
    const { seen, writes, committed } = tx as MemoryTransaction
    for (const look of seen.values()) {
      if (look(this.#documents) !== look((tx as MemoryTransaction).base)) {
        throw new ConflictError('what the transaction saw has changed')
      }
    }
    const next = new Map(this.#documents)
    for (const [id, text] of writes) {
      if (text === undefined) next.delete(id)
      else next.set(id, text)
    }
    this.#documents = next
    this.#outbox.push(...outbox)
    for (const task of committed) task()
  }

  pendingOutbox(): OutboxEntry[] {
    return [...this.#outbox]
  }

  async settleOutbox(eventIDs: readonly string[]): Promise<void> {
    this.#outbox = this.#outbox.filter(({ eventID }) => !eventIDs.includes(eventID))
  }

  async close(): Promise<void> {}
}

class MemoryTransaction implements Transaction {
  readonly base: Documents
  /** Each thing looked at, as a text that changes when it does. */
  readonly seen = new Map<string, (documents: Documents) => string | undefined>()
  readonly writes = new Map<string, string | undefined>()
  readonly committed: Array<() => void> = []
  readonly rows: Rows

  constructor(base: Documents) {
    this.base = base
    this.rows = new MemoryRows(this)
  }

  whenCommitted(task: () => void): void {
    this.committed.push(task)
  }

  get dirty(): boolean {
    return this.writes.size > 0
  }

  get<T>(kind: string, key: string): T | undefined {
    const id = idOf(kind, key)
    this.seen.set(id, (documents) => documents.get(id))
    const text = this.writes.has(id) ? this.writes.get(id) : this.base.get(id)
    return text === undefined ? undefined : (JSON.parse(text) as T)
  }

  list<T>(kind: string, prefix = ''): Array<readonly [key: string, value: T]> {
    const start = idOf(kind, prefix)
    const within = (documents: Iterable<readonly [string, string | undefined]>) =>
      [...documents].filter(([id]) => id.startsWith(start)).sort(([a], [b]) => (a < b ? -1 : 1))
    this.seen.set(`${start}*`, (documents) => JSON.stringify(within(documents)))
    return within(new Map<string, string | undefined>([...this.base, ...this.writes])).flatMap(
      ([id, text]) =>
        text === undefined ? [] : [[id.slice(kind.length + 1), JSON.parse(text) as T] as const],
    )
  }

  put(kind: string, key: string, value: unknown): void {
    this.get(kind, key)
    this.writes.set(idOf(kind, key), JSON.stringify(value))
  }

  delete(kind: string, key: string): void {
    this.get(kind, key)
    this.writes.set(idOf(kind, key), undefined)
  }
}

/** Rows as documents of kinds of their own, whose keys are bytes in hex: they sort alike. */
class MemoryRows implements Rows {
  readonly #tx: MemoryTransaction

  constructor(tx: MemoryTransaction) {
    this.#tx = tx
  }

  async get<T>(table: string, key: Buffer): Promise<T | undefined> {
    return this.#tx.get(rowKind(table), key.toString('hex'))
  }

  async range<T>(table: string, range: RowRange): Promise<Array<readonly [Buffer, T]>> {
    const { from, to, limit, reverse, exact } = range
    const start = idOf(rowKind(table), '')
    const [first, last] = [start + from.toString('hex'), start + to.toString('hex')]
    const within = (documents: Documents) =>
      [...documents].filter(([id]) => id >= first && id < last).sort(([a], [b]) => (a < b ? -1 : 1))
    if (exact) this.#tx.seen.set(`${first}..${last}`, (all) => JSON.stringify(within(all)))
    const found = within(this.#tx.base)
    if (reverse) found.reverse()
    return found
      .slice(0, limit)
      .map(([id, text]) => [Buffer.from(id.slice(start.length), 'hex'), JSON.parse(text) as T])
  }

  put(table: string, key: Buffer, value: unknown): void {
    if (value === undefined) throw new RangeError('no value')
    this.#tx.put(rowKind(table), key.toString('hex'), value)
  }

  delete(table: string, key: Buffer): void {
    this.#tx.delete(rowKind(table), key.toString('hex'))
  }
}

const rowKind = (table: string) => `row of ${table}`
