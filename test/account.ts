// An account in memory, whose operations run as the wire layer runs them: authorised, run, committed.
import { expect } from 'vitest'
import { iamOperations } from '../src/aws/iam/service.ts'
import { stsOperations } from '../src/aws/sts/service.ts'
import type { Clock } from '../src/clock.ts'
import { ApiError } from '../src/errors.ts'
import { type Identity, openIdentity } from '../src/identity/identity.ts'
import { rootCredential } from '../src/identity/root.ts'
import type { Ids } from '../src/ids.ts'
import type { Principal } from '../src/operation.ts'
import { MemoryState } from './memory-state.ts'

export const accountId = '111122223333'
/** The time that stands still here. */
const now = Date.parse('2026-11-21T04:44:23.456Z')
/** The same as IAM's dates show it. */
export const startedAt = Date.parse('2026-11-21T04:44:23Z')

/** An account with a root key and nothing else. */
export async function openAccount() {
  const account = new Account()
  const tx = account.state.begin()
  const key = rootCredential(tx, account, accountId)!
  await account.state.commit(tx)
  account.root = account.identity.credential(key.accessKeyId)!.principal
  return account
}

export class Account {
  readonly state = new MemoryState()
  /** What the clock was asked to do later. */
  readonly due: Array<() => void> = []
  readonly clock: Clock = {
    now: () => now,
    after: (_, task) => {
      this.due.push(task)
      return () => this.due.splice(this.due.indexOf(task), 1)
    },
  }
  #made = 0
  readonly ids: Ids = {
    uuid: () => 'uuid',
    unique: (prefix) => `${prefix}${String(++this.#made).padStart(16, '0')}`,
    secret: () => `secret ${++this.#made}`,
  }
  identity: Identity = openIdentity(this.state, this.clock)
  root!: Principal

  /** The answer, or throws what the caller would be told. */
  async call(principal: Principal, name: string, input: object = {}): Promise<any> {
    const [service, operation] = iamOperations[name]
      ? ['iam', iamOperations[name]]
      : ['sts', stsOperations[name]!]
    const { state, identity, clock, ids } = this
    const caller = { ...principal, region: 'us-east-1' }
    const tx = state.begin()
    if (!operation.unguarded) {
      const facts = { sourceIp: '10.0.0.1', secureTransport: true, region: caller.region }
      const access = identity.authorize(tx, {
        principal,
        action: `${service}:${name}`,
        resources: operation.resources?.(input, caller, tx) ?? [],
        facts: { now: clock.now(), tags: operation.tags?.(input), ...facts },
      })
      if (!access.allowed) throw new ApiError('AccessDenied', access.message)
    }
    const { signal } = new AbortController()
    const { services } = identity
    const once = <T>(task: () => Promise<T>) => task()
    const authorize = () => undefined
    const header = () => undefined
    const rest = { requestId: 'r', signal, once, authorize, header }
    const context = { caller, tx, services, clock, ids, ...rest }
    const output = await operation.run(input, context)
    expect(operation.access === 'write' || !tx.dirty).toBe(true)
    if (tx.dirty) await state.commit(tx)
    return output
  }

  /** A user with a key and, if given, one policy of these statements. */
  async user(UserName: string, ...statements: object[]): Promise<Principal> {
    await this.call(this.root, 'CreateUser', { UserName })
    if (statements.length > 0) {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
      const policy = { UserName, PolicyName: 'p', PolicyDocument }
      await this.call(this.root, 'PutUserPolicy', policy)
    }
    const { AccessKey } = await this.call(this.root, 'CreateAccessKey', { UserName })
    return this.identity.credential(AccessKey.AccessKeyId)!.principal
  }
}

export const allow = (Action: unknown, Resource: unknown = '*') => ({
  Effect: 'Allow',
  Action,
  Resource,
})
export const deny = (Action: unknown, Resource: unknown = '*') => ({
  Effect: 'Deny',
  Action,
  Resource,
})
