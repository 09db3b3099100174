// An account with trails in memory: calls run as the wire layer runs them, in any Region, against a sink
// whose buckets the test makes up.
import { expect } from 'vitest'
import { cloudtrailOperations } from '../src/aws/cloudtrail/service.ts'
import type { Clock } from '../src/clock.ts'
import { ApiError } from '../src/errors.ts'
import { loadModel } from '../src/gen/load.ts'
import type { Principal, RecordedResource } from '../src/operation.ts'
import {
  type Destination,
  SinkError,
  type Trail,
  type TrailChange,
} from '../src/trails/contract.ts'
import type { TrailServices } from '../src/trails/trails.ts'
import { validate } from '../src/wire/validate.ts'
import { type Account, accountId, openAccount } from './account.ts'

export const regions = ['us-east-1', 'eu-west-1', 'sa-east-1']
export const startedAt = Date.parse('2026-11-21T04:44:23.456Z')

export const arnOf = (name: string, region = 'us-east-1') =>
  `arn:aws:cloudtrail:${region}:${accountId}:trail/${name}`

export async function openTrailAccount(): Promise<TrailAccount> {
  return new TrailAccount(await openAccount())
}

type By = Readonly<{ region?: string; as?: Principal }>

export class TrailAccount {
  readonly account: Account
  /** The time, which only the test moves. */
  now = startedAt
  readonly clock: Clock = { now: () => this.now, after: () => () => {} }
  /** What each bucket answers instead of taking files: S3's code, or undefined for no answer. */
  readonly refusals = new Map<string, string | undefined>()
  /** What the sink was asked. */
  readonly checked: Destination[] = []
  /** Of the last call that was answered. */
  recorded: readonly RecordedResource[] | undefined
  #calls = 0
  readonly #services: TrailServices = {
    regions,
    sink: {
      check: async (destination) => {
        this.checked.push(destination)
        const { bucket } = destination
        if (this.refusals.has(bucket)) throw new SinkError(this.refusals.get(bucket), 'no')
      },
    },
  }

  constructor(account: Account) {
    this.account = account
  }

  /** The answer, or throws what the caller would be told. */
  async call(name: string, input: object = {}, by: By = {}): Promise<any> {
    const { state, identity, root } = this.account
    const operation = cloudtrailOperations[name]!
    const model = loadModel('cloudtrail')
    validate(input as Record<string, unknown>, model.operations[name]!.input!, model, [
      ...(operation.ownChecks ?? []),
    ])
    const caller = { ...(by.as ?? root), region: by.region ?? 'us-east-1' }
    const tx = state.begin()
    const access = identity.authorize(tx, {
      principal: caller,
      action: `cloudtrail:${name}`,
      resources: operation.resources?.(input, caller, tx) ?? ['*'],
      facts: {
        now: this.clock.now(),
        sourceIp: '10.0.0.1',
        secureTransport: true,
        region: caller.region,
      },
    })
    if (!access.allowed) throw new ApiError('AccessDenied', access.message)
    const requestId = `request-${++this.#calls}`
    const output = await operation.run(input, {
      caller,
      tx,
      services: this.#services,
      clock: this.clock,
      header: () => undefined,
      ids: { ...this.account.ids, uuid: () => `id-${requestId}` },
      requestId,
      signal: new AbortController().signal,
      once: (task) => task(),
      authorize: () => undefined,
    })
    this.recorded = operation.recorded?.(input, output, caller)
    expect(operation.access === 'write' || !tx.dirty).toBe(true)
    if (tx.dirty) await state.commit(tx)
    return JSON.parse(JSON.stringify(output), revived)
  }

  /** The code of its refusal, with its words. */
  async refusal(name: string, input: object, by?: By): Promise<string> {
    const error: unknown = await this.call(name, input, by).then(
      () => expect.unreachable(`${name} was not refused`),
      (error) => error,
    )
    if (!(error instanceof ApiError)) throw error
    return `${error.code}: ${error.message}`
  }

  /** Trail documents by key. */
  trails(): Map<string, Trail> {
    return new Map(this.account.state.begin().list<Trail>('trail'))
  }

  /** The changes of trails by trail id, in the order of their versions. */
  changes(): Map<string, TrailChange[]> {
    const found = new Map<string, TrailChange[]>()
    for (const [key, change] of this.account.state.begin().list<TrailChange>('trail-change')) {
      const [id = '', requestId] = key.split('/')
      expect(requestId).toBe(change.requestId)
      found.set(id, [...(found.get(id) ?? []), change])
    }
    for (const changes of found.values()) changes.sort((a, b) => a.version - b.version)
    return found
  }
}

/** As a client reads it: members that are undefined are absent, times are times. */
function revived(_: string, value: unknown): unknown {
  const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)
  return isTime ? new Date(value) : value
}
