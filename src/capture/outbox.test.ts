import { beforeEach, describe, expect, test } from 'vitest'
import { StorageError } from '../errors.ts'
import type { Entry, JournalRecord } from '../journal/contract.ts'
import type { OutboxEntry } from '../state/contract.ts'
import { type Outbox, startOutbox } from './outbox.ts'

const entry = (eventID: string, after = 0): OutboxEntry => ({
  eventID,
  from: 'own',
  record: Buffer.from(JSON.stringify({ eventID })),
  after,
})

/** A journal that fails when told to, in one of two ways. */
class TestJournal {
  readonly records: JournalRecord[] = []
  failure: 'nothing written' | 'written all the same' | undefined
  appends = 0

  get synced(): number {
    return this.records.length
  }

  async append(entries: readonly Entry[]) {
    this.appends++
    if (this.failure !== 'nothing written') this.add(...entries)
    if (this.failure) throw new StorageError('disk full', 'No room')
    return { seqs: [] }
  }

  add(...entries: readonly Entry[]) {
    for (const { from, record } of entries) {
      const seq = this.records.length + 1
      this.records.push({ seq, at: 0, from, record, segment: 1, offset: seq })
    }
  }

  /** Two records at a time, whatever the bytes. */
  read = ({ from, to }: { from: number; to: number }) => {
    const next = Math.min(from + 2, to + 1)
    return { records: this.records.slice(from - 1, next - 1), next }
  }

  get eventIDs() {
    return this.records.map(({ record }) => JSON.parse(record.toString()).eventID)
  }
}

let journal: TestJournal
let pending: OutboxEntry[]
let pauses: number[]
let timer: (() => void) | undefined
const warnings: unknown[] = []
const start = () =>
  startOutbox({
    journal,
    read: journal.read,
    state: {
      pendingOutbox: () => pending,
      settleOutbox: async (eventIDs) => {
        pending = pending.filter(({ eventID }) => !eventIDs.includes(eventID))
      },
    },
    clock: {
      now: () => 0,
      after(ms, task) {
        pauses.push(ms)
        timer = task
        return () => {
          timer = undefined
        }
      },
    },
    log: { warn: (event, fields) => warnings.push([event, fields]) },
  })

/** Lets the pause pass and the try that follows end. */
async function nextTry(outbox: Outbox): Promise<void> {
  const task = timer
  timer = undefined
  task?.()
  for (let turn = 0; turn < 10; turn++) await new Promise((resume) => setImmediate(resume))
  expect(outbox.waiting).toBe(pending.length)
}

beforeEach(() => {
  journal = new TestJournal()
  pending = []
  pauses = []
  timer = undefined
})

describe('at the start', () => {
  test.each([
    { what: 'nothing pends', inJournal: ['x'], ids: [], after: 0, result: ['x'] },
    { what: 'it never got there', inJournal: ['x'], ids: ['a'], after: 1, result: ['x', 'a'] },
    { what: 'it got there', inJournal: ['x', 'a'], ids: ['a'], after: 1, result: ['x', 'a'] },
    { what: 'some did', inJournal: ['b'], ids: ['a', 'b', 'c'], after: 0, result: ['b', 'a', 'c'] },
    {
      what: 'it lies far behind',
      inJournal: ['1', '2', '3', '4', 'a'],
      ids: ['a'],
      after: 0,
      result: ['1', '2', '3', '4', 'a'],
    },
  ])('$what', async ({ inJournal, ids, after, result }) => {
    journal.add(...inJournal.map((id) => ({ from: 'own', record: entry(id).record })))
    pending = ids.map((id) => entry(id, after))
    await start()
    expect(journal.eventIDs).toEqual(result)
    expect(pending).toEqual([])
    // And the replay may be repeated.
    pending = ids.map((id) => entry(id, after))
    await start()
    expect(journal.eventIDs).toEqual(result)
  })

  test("another source's record with the same id does not count", async () => {
    journal.add({ from: 'ingest:x', record: entry('a').record })
    pending = [entry('a')]
    await start()
    expect(journal.records.map(({ from }) => from)).toEqual(['ingest:x', 'own'])
  })

  test('a record comes from where it would have come from', async () => {
    journal.add({ from: 'own', record: entry('a').record })
    pending = [{ ...entry('a'), from: 'delivery' }, entry('b')]
    await start()
    expect(journal.records.map(({ from }) => from)).toEqual(['own', 'delivery', 'own'])
    expect(journal.eventIDs).toEqual(['a', 'a', 'b'])
  })

  test('a journal that takes nothing does not keep it from starting', async () => {
    journal.failure = 'nothing written'
    pending = [entry('a')]
    const outbox = await start()
    expect(outbox.waiting).toBe(1)
    journal.failure = undefined
    await nextTry(outbox)
    expect(journal.eventIDs).toEqual(['a'])
    expect(pending).toEqual([])
  })
})

describe('while running', () => {
  test('what failed is tried again, with growing pauses, until it is there', async () => {
    const outbox = await start()
    journal.failure = 'nothing written'
    pending = [entry('a')]
    outbox.retry(pending[0]!)
    for (let tries = 0; tries < 12; tries++) await nextTry(outbox)
    expect(pauses.slice(0, 4)).toEqual([100, 200, 400, 800])
    expect(pauses.at(-1)).toBe(30_000)
    expect(warnings.at(-1)).toMatchObject(['records wait for the journal', { records: 1 }])
    journal.failure = undefined
    pending.push(entry('b'))
    outbox.retry(pending[1]!)
    await nextTry(outbox)
    expect(journal.eventIDs).toEqual(['a', 'b'])
    outbox.retry(entry('c'))
    expect(pauses.at(-1)).toBe(100)
  })

  test('what is there after all is not written again', async () => {
    const outbox = await start()
    journal.failure = 'written all the same'
    pending = [entry('a')]
    outbox.retry(pending[0]!)
    await nextTry(outbox)
    await nextTry(outbox)
    expect(journal.eventIDs).toEqual(['a'])
    expect([journal.appends, pending]).toEqual([1, []])
  })

  test('closing ends it', async () => {
    const outbox = await start()
    pending = [entry('a')]
    outbox.retry(pending[0]!)
    await outbox.close()
    await nextTry(outbox)
    expect(journal.appends).toBe(0)
  })
})
