/** Where rows lie: ids from `from` up to but not `to`, in the order of JavaScript's texts. */
export type IdRange = Readonly<{ from: string; to: string }>

/** Tells whether any of many ranges holds an id, without asking each: a call may have read thousands. */
export class RangeSet {
  /** In order; beside each, how far it or one before it reaches. */
  readonly #from: string[] = []
  readonly #to: string[] = []

  constructor(ranges: readonly IdRange[]) {
    let reach = ''
    for (const { from, to } of [...ranges].sort((a, b) =>
      a.from < b.from ? -1 : a.from > b.from ? 1 : 0,
    )) {
      if (to > reach) reach = to
      this.#from.push(from)
      this.#to.push(reach)
    }
  }

  has(id: string): boolean {
    let low = 0
    let high = this.#from.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#from[middle]! <= id) low = middle + 1
      else high = middle
    }
    return low > 0 && id < this.#to[low - 1]!
  }
}
