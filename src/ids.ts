import { randomBytes, randomUUID } from 'node:crypto'

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Everything random, injected so that tests repeat. */
export interface Ids {
  uuid(): string
  /** `prefix` and 16 characters of base 32, as AWS forms them: AKIA… keys, AIDA… users, AROA… roles. */
  unique(prefix: string): string
  /** A 40-character secret access key. */
  secret(): string
}

/** Ids from the operating system's random source. */
export const systemIds: Ids = {
  uuid: () => randomUUID(),
  unique: (prefix) => prefix + [...randomBytes(16)].map((b) => base32[b % 32]).join(''),
  secret: () => randomBytes(30).toString('base64'),
}
