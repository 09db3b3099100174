import type { LogFileEntry } from './document.ts'

/**
 * The log files that digests listed lately, so that one listed twice, or one that holds another's
 * content, is named.
 */
export class Listed {
  readonly #size: number
  readonly #digests = new Map<string, string>()
  readonly #keys = new Map<string, string>()

  constructor(size: number) {
    this.#size = size
  }

  /** Remembers an entry of a digest; the other digest that has it too, if one does. */
  add({ s3Object, hashValue }: LogFileEntry, digest: string): string | undefined {
    const other = this.#digests.get(s3Object)
    if (other !== undefined) return other
    this.#digests.set(s3Object, digest)
    this.#keys.set(hashValue, s3Object)
    for (const map of [this.#digests, this.#keys]) {
      if (map.size > this.#size) map.delete(map.keys().next().value!)
    }
    return undefined
  }

  /** The file that should have the content with this hash. */
  ownerOf(sha256: string): string | undefined {
    return this.#keys.get(sha256)
  }
}
