/**
 * Recognises records seen before. It remembers the last `size` to twice `size` of them in two tables
 * of a fixed size, 24 bytes a record, and drops the older table whole when the newer is full: memory
 * is bounded however long the chain, and a repeat is found when at most `size` records lie between.
 */
export class Repeats {
  readonly #size: number
  #newer: Table
  #older: Table | undefined

  constructor(size: number) {
    this.#size = size
    this.#newer = new Table(size)
  }

  /**
   * Takes the records of one file, as pairs of 32-bit numbers. Returns how many were seen before, by
   * the file that had them first; a record twice in the same file counts as well.
   */
  add(key: string, fingerprints: readonly number[]): ReadonlyMap<string, number> {
    const repeated = new Map<string, number>()
    for (let i = 0; i < fingerprints.length; i += 2) {
      const first = this.#add(key, fingerprints[i]!, fingerprints[i + 1]!)
      if (first !== undefined) repeated.set(first, (repeated.get(first) ?? 0) + 1)
    }
    return repeated
  }

  #add(key: string, low: number, high: number): string | undefined {
    if (this.#newer.count >= this.#size) {
      this.#older = this.#newer
      this.#newer = new Table(this.#size)
    }
    const first = this.#older?.find(low, high)
    return this.#newer.findOrAdd(first ?? key, low, high) ?? first
  }
}

/** Open addressing, never more than half full. A slot's file is 0 where the slot is empty. */
class Table {
  count = 0
  readonly #mask: number
  readonly #lows: Uint32Array
  readonly #highs: Uint32Array
  readonly #fileNumbers: Uint32Array
  readonly #files: string[] = ['']

  constructor(size: number) {
    const slots = 2 ** Math.ceil(Math.log2(size * 2))
    this.#mask = slots - 1
    this.#lows = new Uint32Array(slots)
    this.#highs = new Uint32Array(slots)
    this.#fileNumbers = new Uint32Array(slots)
  }

  find(low: number, high: number): string | undefined {
    return this.#files[this.#fileNumbers[this.#slot(low, high)]!] || undefined
  }

  findOrAdd(key: string, low: number, high: number): string | undefined {
    const slot = this.#slot(low, high)
    const file = this.#fileNumbers[slot]!
    if (file !== 0) return this.#files[file]
    if (this.#files.at(-1) !== key) this.#files.push(key)
    this.#lows[slot] = low
    this.#highs[slot] = high
    this.#fileNumbers[slot] = this.#files.length - 1
    this.count += 1
    return undefined
  }

  /** The slot of the record, or the empty one where it belongs. */
  #slot(low: number, high: number): number {
    let slot = low & this.#mask
    while (this.#fileNumbers[slot] !== 0) {
      if (this.#lows[slot] === low && this.#highs[slot] === high) break
      slot = (slot + 1) & this.#mask
    }
    return slot
  }
}
