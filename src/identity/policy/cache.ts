import { type Policy, parsePolicy } from './parse.ts'

/** How many texts are kept parsed: each is at most a few KB. */
const kept = 1_000

/**
 * Policies by their text, so that a call does not pay for parsing what the last one parsed. A change of a
 * policy is a change of its text: nothing here can be stale.
 */
export class PolicyCache {
  readonly #parsed = new Map<string, Policy>()

  parse(text: string, of: 'identity' | 'resource' = 'identity'): Policy {
    const key = `${of} ${text}`
    const known = this.#parsed.get(key)
    if (known) return known
    const policy = parsePolicy(text, of)
    if (this.#parsed.size >= kept) this.#parsed.clear()
    this.#parsed.set(key, policy)
    return policy
  }
}
