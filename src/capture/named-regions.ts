import { startsAt } from '../record/plain-record.ts'
import { isRegionName } from '../record/region.ts'

const quote = 0x22

/**
 * The Regions that records of feeds may name: the server's own, and as many others as there is room for until
 * the next start. Each of them gets digests and a key that signs them where a trail is of all Regions, so
 * their number is bounded.
 */
export class NamedRegions {
  readonly #known: Set<string>
  readonly #max: number
  /** A known one, as it is written: with its quotes. */
  #last: Buffer = Buffer.alloc(0)

  constructor(own: readonly string[], othersMax: number) {
    this.#known = new Set(own)
    this.#max = this.#known.size + othersMax
  }

  /** True when the value that begins there is certainly a known one; -1 stands for none. */
  isKnownAt(bytes: Buffer, at: number): boolean {
    if (at < 0) return true
    // Most records name the Region that the one before them named.
    if (this.#last.length > 0 && startsAt(bytes, at, this.#last)) return true
    const end = bytes[at] === quote ? bytes.indexOf(quote, at + 1) : -1
    if (end < 0 || !this.#known.has(bytes.toString('latin1', at + 1, end))) return false
    this.#last = Buffer.from(bytes.subarray(at, end + 1))
    return true
  }

  /** Whether a record's `awsRegion` may be this; what is no Region's name gets no digests, and may. */
  admit(region: unknown): boolean {
    if (typeof region !== 'string' || !isRegionName(region) || this.#known.has(region)) return true
    if (this.#known.size >= this.#max) return false
    this.#known.add(region)
    return true
  }
}
