import { limits } from '../limits.ts'
import type { Transaction } from '../operation.ts'
import type { CapturedPrincipal } from '../record/captured-identity.ts'
import type { Learned } from './learn.ts'

/** What is kept of one: never a secret, nor a session's token. */
type Kept = Readonly<{ principal: CapturedPrincipal; expires?: number; at: number }>

const kind = 'learned-identity'

/** Whose a key is, as an answer of this proxy's upstream told; undefined for a key nobody told of. */
export function findLearned(
  tx: Transaction,
  proxy: string,
  accessKeyId: string,
): CapturedPrincipal | undefined {
  return tx.get<Kept>(kind, `${proxy}/key/${accessKeyId}`)?.principal
}

/** Keeps it with the transaction, and lets go of as many of the oldest as there are too many. */
export function keepLearned(
  tx: Transaction,
  proxy: string,
  learned: readonly Learned[],
  now: number,
): void {
  for (const { name, principal, expires } of learned) {
    const whole = name.startsWith('key/') ? withUser(tx, proxy, principal) : principal
    tx.put(kind, `${proxy}/${name}`, { principal: whole, expires, at: now } satisfies Kept)
  }
  const all = tx.list<Kept>(kind)
  const excess = all.length - limits.learnedIdentitiesMax
  if (excess <= 0) return
  const age = ({ expires, at }: Kept) => (expires !== undefined && expires < now ? 0 : at)
  const oldest = all.sort(([, a], [, b]) => age(a) - age(b)).slice(0, excess)
  for (const [key] of oldest) tx.delete(kind, key)
}

/** A user of whom only the name is known, as it was told when the user was made. */
function withUser(tx: Transaction, proxy: string, principal: CapturedPrincipal): CapturedPrincipal {
  const { type, arn, accountId, userName } = principal
  if (type !== 'IAMUser' || arn !== undefined) return principal
  const users = tx
    .list<Kept>(kind, `${proxy}/user/${accountId ?? ''}`)
    .filter(([key]) => key.endsWith(`/${userName}`))
  return users.length === 1 ? users[0]![1].principal : principal
}
