import { randomBytes, randomUUID } from 'node:crypto'

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Everything random, injected so that tests repeat. */
export interface Ids {
  uuid(): string
  /** `prefix` and base 32, as long as AWS's: 20 characters for a key (AKIA…), 21 for a user (AIDA…). */
  unique(prefix: string): string
  /** A 40-character secret access key. */
  secret(): string
}

/** Ids from the operating system's random source. */
export const systemIds: Ids = {
  uuid: () => randomUUID(),
  unique(prefix) {
    const letters = /^A[KS]IA$/.test(prefix) ? 16 : 17
    return prefix + [...randomBytes(letters)].map((b) => base32[b % 32]).join('')
  },
  secret: () => randomBytes(30).toString('base64'),
}
