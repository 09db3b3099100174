import { ApiError } from '../errors.ts'
import type { Transaction } from '../operation.ts'
import { listUsers } from './users.ts'

const usersPerAccountMax = 5_000

/**
 * Keeps an account at 5,000 users. Counting them within CreateUser's own transaction would make any two
 * of them conflict, and cost a walk over all users each time. So they are counted once, each attempt is
 * taken off what is free, and when that is used up they are counted again: only calls under way at that
 * moment can go over.
 */
export class UserQuota {
  readonly #begin: () => Transaction
  readonly #free = new Map<string, number>()

  constructor(begin: () => Transaction) {
    this.#begin = begin
  }

  /** Throws LimitExceeded. */
  take(accountId: string): void {
    const known = this.#free.get(accountId) ?? 0
    const free = known || usersPerAccountMax - listUsers(this.#begin(), accountId).length
    if (free <= 0) {
      throw new ApiError(
        'LimitExceeded',
        `Cannot exceed quota for UsersPerAccount: ${usersPerAccountMax}`,
      )
    }
    this.#free.set(accountId, free - 1)
  }
}
