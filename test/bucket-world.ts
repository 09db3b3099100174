// A bucket in memory, whose operations run as the wire layer runs them: allowed, run, committed.
import { expect } from 'vitest'
import { ApiError, ConflictError } from '../src/errors.ts'
import { systemIds } from '../src/ids.ts'
import { type Bucket, findBucket } from '../src/objects/contract.ts'
import type { Operation, Principal } from '../src/operation.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryBlobs } from './memory-blobs.ts'
import { MemoryState } from './memory-state.ts'

const accountId = '111122223333'
const regions = ['us-east-1', 'eu-west-1']
const bob: Principal & { region: string } = {
  type: 'IAMUser',
  accountId,
  arn: `arn:aws:iam::${accountId}:user/bob`,
  principalId: 'AIDAEXAMPLE',
  userName: 'bob',
  accessKeyId: 'AKIAEXAMPLE',
  region: 'us-east-1',
}

export class BucketWorld {
  readonly state = new MemoryState()
  readonly blobs = new MemoryBlobs()
  readonly clock = new ManualClock(Date.parse('2026-11-21T04:44:23.456Z'))
  /** Of each call, besides the members of its input. */
  headers: Record<string, string> = {}
  /** Actions that no policy allows. */
  readonly denied = new Set<string>()
  /** Actions asked for in the last call. */
  asked: string[] = []

  /** With a bucket `b` in it. */
  async open(members: Partial<Bucket> = {}): Promise<this> {
    const settings = {}
    const made = { name: 'b', id: 'b1', accountId, region: 'us-east-1', createdAt: 0, settings }
    const tx = this.state.begin()
    tx.put('bucket', 'b', { ...made, ...members })
    await this.state.commit(tx)
    return this
  }

  get bucket(): Bucket {
    return findBucket(this.state.begin(), 'b')!
  }

  /** The answer, or throws what the caller would be told. Bucket and key are `b` and `k` where left out. */
  async call(operation: Operation, members: object = {}): Promise<any> {
    const input = { Bucket: 'b', Key: 'k', ...members } as any
    const { state, clock, blobs } = this
    let first: Promise<unknown> | undefined
    let undone = () => {}
    for (let attempt = 1; ; attempt++) {
      const tx = state.begin()
      this.asked = []
      const authorize = (action: string) => {
        this.asked.push(action)
        if (this.denied.has(action)) throw new ApiError('AccessDenied', action)
      }
      const { action, unguarded } = operation
      if (action !== undefined && !unguarded)
        authorize(typeof action === 'string' ? action : action(input))
      const once = <T>(task: () => Promise<T>, undo?: (made: T) => void) => {
        first ??= task().then((made) => {
          undone = () => undo?.(made)
          return made
        })
        return first as Promise<any>
      }
      const { signal } = new AbortController()
      const header = (name: string) => this.headers[name]
      const rest = { ids: systemIds, requestId: 'r', signal, once, authorize, header }
      const context = { caller: bob, tx, services: { blobs, regions }, clock, ...rest }
      const output = await operation.run(input, context).catch((error) => {
        undone()
        throw error
      })
      expect(operation.access === 'write' || !tx.dirty).toBe(true)
      try {
        if (tx.dirty) await state.commit(tx)
        return output
      } catch (error) {
        if (!(error instanceof ConflictError) || attempt === 5) throw error
      }
    }
  }
}

/** A refusal, by its code and, where given, its text. */
export const refusal = (code: string, message?: string | RegExp) =>
  expect.objectContaining({
    name: 'ApiError',
    code,
    ...(message !== undefined && { message: expect.stringMatching(message) }),
  })
