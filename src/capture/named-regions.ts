import { isRegionName } from '../record/region.ts'

const member = Buffer.from('"awsRegion"')
/** Longer than what may stand between the member's name and the end of a Region's. */
const valueBytes = 48

/**
 * The Regions that records of feeds may name: the server's own, and as many others as there is room for until
 * the next start. Each of them gets digests and a key that signs them where a trail is of all Regions, so
 * their number is bounded.
 */
export class NamedRegions {
  readonly #known: Set<string>
  readonly #max: number

  constructor(own: readonly string[], othersMax: number) {
    this.#known = new Set(own)
    this.#max = this.#known.size + othersMax
  }

  /** True when the bytes of a plain record name none, at any depth, but known ones: nearly always. */
  areSurelyKnown(bytes: Buffer): boolean {
    for (let at = bytes.indexOf(member); at >= 0; at = bytes.indexOf(member, at)) {
      at += member.length
      const value = /^\s*:\s*"([a-z0-9-]+)"/.exec(
        bytes.toString('latin1', at, at + valueBytes),
      )?.[1]
      if (value === undefined || !this.#known.has(value)) return false
    }
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
