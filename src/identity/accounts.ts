import type { Clock } from '../clock.ts'
import type { Transaction } from '../operation.ts'

/** What is known of an account itself: its root and the root's keys. */
export type Account = Readonly<{
  accountId: string
  /** Milliseconds since the epoch. */
  createdAt: number
  accessKeyIds: readonly string[]
}>

const kind = 'iam-account'

export function findAccount(tx: Transaction, accountId: string): Account | undefined {
  return tx.get<Account>(kind, accountId)
}

/** An account is there from the first thing that is kept of it. */
export function accountOf(tx: Transaction, accountId: string, clock: Clock): Account {
  return findAccount(tx, accountId) ?? { accountId, createdAt: clock.now(), accessKeyIds: [] }
}

export function saveAccount(tx: Transaction, account: Account): void {
  tx.put(kind, account.accountId, account)
}
