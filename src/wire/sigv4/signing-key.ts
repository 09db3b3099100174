import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Scope } from './canonical-request.ts'

const terminator = 'aws4_request'

/**
 * Derives the keys that sign, and remembers the last `capacity` of them: a key serves all of a day's
 * calls of one access key to one service and Region. The secret is part of what is looked up, so a
 * rotated or deleted key leaves nothing behind that could be mistaken for it.
 */
export class SigningKeys {
  readonly #capacity: number
  readonly #derived = new Map<string, Buffer>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The signing key for a scope that ends in `aws4_request`. */
  derive(secret: string, { date, region, service }: Omit<Scope, 'timestamp'>): Buffer {
    const name = [secret, date, region, service].join('\n')
    const known = this.#derived.get(name)
    if (known) return known

    const key = [date, region, service, terminator].reduce(
      (chain: Buffer | string, part) => createHmac('sha256', chain).update(part).digest(),
      `AWS4${secret}`,
    ) as Buffer
    if (this.#derived.size >= this.#capacity) {
      this.#derived.delete(this.#derived.keys().next().value!)
    }
    this.#derived.set(name, key)
    return key
  }
}

/** The signature of a text, in hex. */
export function signature(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text, 'latin1').digest('hex')
}

/** Equality whose time tells nothing of the texts: not even their lengths. */
export function sameText(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}
