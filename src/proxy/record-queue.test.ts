import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../test/manual-clock.ts'
import { quietLog } from '../../test/proxy-world.ts'
import { StorageError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Outgoing } from './batch.ts'
import { type Ledger, type LedgerEntry, RunEndedError } from './ledger.ts'
import { RecordQueue } from './record-queue.ts'

const run = { proxy: 'p', id: 'run' }
const start = Date.UTC(2026, 10, 21)
let clock: ManualClock
/** What the ledger took, an append each. */
let appends: string[][]
let heartbeats: number
let fails: Error | undefined
/** Holds the appends back when set. */
let held: Promise<void> | undefined
let closed: boolean
let warnings: string[]
let isRunEnded: boolean

const ledger: Ledger = {
  open: async () => run,
  identify: async (_, claims) => claims.map(() => ({ caller: {}, isProven: false })),
  intend: async () => {
    if (fails) throw fails
    return []
  },
  async append(_, entries) {
    await held
    if (fails) throw fails
    if (entries.length > 0) appends.push(entries.map(textOf))
    else heartbeats += 1
    return []
  },
  async close() {
    closed = true
  },
}

const textOf = ({ record }: LedgerEntry) => {
  const { eventName, serviceEventDetails } = JSON.parse(record)
  return serviceEventDetails ? `${eventName} ${serviceEventDetails.calls}` : eventName
}

function queueOf(onAuditFailure: 'pass' | 'reject', overrides: object = {}): RecordQueue {
  return new RecordQueue({
    ledger,
    run,
    onAuditFailure,
    accountId: '111122223333',
    region: 'us-east-1',
    clock,
    ids: { uuid: () => 'uuid' },
    limits: { ...limits, ...overrides },
    log: { ...quietLog, warn: (_, fields) => warnings.push(String(fields?.['reason'])) },
    onRunEnded: () => (isRunEnded = true),
  })
}

const call = (name: string): Outgoing => ({
  startedAt: clock.now(),
  bytes: 1_000,
  entryOf: () => ({ eventID: name, record: JSON.stringify({ eventName: name }) }),
  learnedFrom: () => undefined,
})

beforeEach(() => {
  clock = new ManualClock(start)
  appends = []
  heartbeats = 0
  fails = undefined
  held = undefined
  closed = false
  warnings = []
  isRunEnded = false
})

const full = new StorageError('disk full', 'full')

test('calls that end together are kept together, and their answers wait for it', async () => {
  const queue = queueOf('pass')
  await Promise.all(['a', 'b', 'c'].map((name) => queue.add(call(name))))
  expect(appends).toEqual([['a', 'b', 'c']])
  await queue.close()
  expect(closed).toBe(true)
})

test('the ledger hears now and then that a proxy lives that has nothing to tell', async () => {
  const queue = queueOf('pass')
  await clock.advance(35_000)
  expect(heartbeats).toBe(3)
  await queue.close()
})

describe('pass', () => {
  test('answers go on while nothing can be recorded; the records follow, each once', async () => {
    const queue = queueOf('pass')
    fails = full
    await queue.add(call('a'))
    await queue.add(call('b'))
    expect(queue.state).toMatchObject({ missed: 0 })
    fails = undefined
    await clock.advance(10_000)
    expect(appends).toEqual([['a'], ['b']])
  })

  test('what could not be held is counted, and told of first of all', async () => {
    const queue = queueOf('pass', { proxyQueueBytesMax: 3_000 })
    fails = full
    for (const name of ['a', 'b', 'c', 'd', 'e']) await queue.add(call(name))
    expect(queue.state.missed).toBe(2)
    fails = undefined
    await clock.advance(10_000)
    expect(appends).toEqual([['a'], ['ProxyCallsNotRecorded 2', 'b', 'c']])
    await queue.close()
    expect(closed).toBe(true)
  })

  test('an answer waits for a slow ledger only so long', async () => {
    const queue = queueOf('pass')
    const slow = Promise.withResolvers<void>()
    held = slow.promise
    let isOn = false
    const added = queue.add(call('a')).then(() => (isOn = true))
    await clock.advance(limits.proxyPatience - 1)
    expect(isOn).toBe(false)
    await clock.advance(1)
    await added
    await queue.add(call('b'))
    expect(warnings).toEqual(['no answer in time'])
    slow.resolve()
    await clock.advance(1)
    expect(appends).toEqual([['a'], ['b']])
  })

  test('a run that cannot bring its records is not closed: the next one will say so', async () => {
    const queue = queueOf('pass')
    fails = full
    await queue.add(call('a'))
    await queue.close()
    expect(closed).toBe(false)
  })
})

describe('reject', () => {
  test('an answer whose record is not durable does not go on; its record follows', async () => {
    const queue = queueOf('reject')
    fails = full
    await expect(queue.add(call('a'))).rejects.toThrow('not durable')
    await expect(queue.intend(call('b'))).rejects.toBe(full)
    fails = undefined
    await clock.advance(10_000)
    expect(appends).toEqual([['a']])
    await queue.intend(call('b'))
  })
})

test('another proxy of the same name takes over: this one is told to stop', async () => {
  const queue = queueOf('pass')
  fails = new RunEndedError('taken over')
  await queue.add(call('a'))
  expect(isRunEnded).toBe(true)
})
