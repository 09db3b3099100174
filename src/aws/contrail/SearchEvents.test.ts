import { beforeEach, describe, expect, test } from 'vitest'
import { type MemoryHistory, memoryHistory } from '../../../test/memory-history.ts'
import { sampleEvent } from '../../../test/sample-events.ts'
import type { Context } from '../../operation.ts'
import type { SearchEventsRequest } from './model.ts'
import { SearchEvents, type SearchServices } from './SearchEvents.ts'

const now = Date.UTC(2026, 10, 21, 12)
const management = '111122223333'
let history: MemoryHistory
/** Timers that were set, to be run by the test. */
let timers: Array<() => void>
const clock = {
  now: () => now,
  after(_: number, task: () => void) {
    timers.push(task)
    return () => void timers.splice(timers.indexOf(task), 1)
  },
}

beforeEach(() => {
  history = memoryHistory()
  timers = []
})

function search(
  input: SearchEventsRequest,
  accountId = management,
  signal = new AbortController().signal,
) {
  const services = { history, managementAccount: management }
  const context = { caller: { accountId, region: 'us-east-1' }, clock, services, signal }
  return SearchEvents.run(input, context as unknown as Context<SearchServices>)
}

const idsOf = ({ Records }: { Records: readonly string[] }) =>
  Records.map((record) => JSON.parse(record).eventID)

/** Lets everything that does not wait for a timer or an event run. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('newest first', () => {
  test('combines filters, over all accounts, Regions and categories', async () => {
    history.add(
      sampleEvent(now, { eventID: 'a', errorCode: 'AccessDenied' }),
      sampleEvent(now + 1000, { eventID: 'b', errorCode: 'AccessDenied', eventCategory: 'Data' }),
      sampleEvent(now + 2000, { eventID: 'c', awsRegion: 'eu-central-1' }),
      sampleEvent(now + 3000, { eventID: 'd', recipientAccountId: '444455556666' }),
    )
    expect(idsOf(await search({}))).toEqual(['d', 'c', 'b', 'a'])
    expect(idsOf(await search({ ErrorCode: 'AccessDenied' }))).toEqual(['b', 'a'])
    expect(idsOf(await search({ ErrorCode: 'AccessDenied', EventCategory: 'Data' }))).toEqual(['b'])
    expect(idsOf(await search({ Region: 'eu-central-1', Username: 'alice' }))).toEqual(['c'])
    expect(idsOf(await search({ StartTime: new Date(now + 3000) }))).toEqual(['d'])
  })

  test('shows an account its own events only, unless it manages the others', async () => {
    history.add(
      sampleEvent(now, { eventID: 'ours' }),
      sampleEvent(now, { eventID: 'theirs', recipientAccountId: '444455556666' }),
    )
    expect(idsOf(await search({}, '444455556666'))).toEqual(['theirs'])
    const other = search({ AccountId: management }, '444455556666')
    await expect(other).rejects.toMatchObject({ code: 'AccessDeniedException' })
  })

  test('pages by token, which is bound to its search', async () => {
    history.add(...[1, 2, 3].map((i) => sampleEvent(now + i * 1000, { eventID: `e${i}` })))
    const first = await search({ MaxResults: 2 })
    expect(idsOf(first)).toEqual(['e3', 'e2'])
    const { NextToken } = first
    expect(idsOf(await search({ MaxResults: 2, NextToken }))).toEqual(['e1'])
    const other = search({ Order: 'ARRIVAL', NextToken })
    await expect(other).rejects.toMatchObject({ code: 'InvalidNextTokenException' })
  })
})

describe('in the order of arrival', () => {
  test('gives each record once, and says when there is no more', async () => {
    history.add(...[3, 1, 2].map((i) => sampleEvent(now + i * 1000, { eventID: `e${i}` })))
    const first = await search({ Order: 'ARRIVAL', MaxResults: 2 })
    expect(idsOf(first)).toEqual(['e3', 'e1'])
    expect(first.AtEnd).toBe(false)
    const { NextToken } = first
    const second = await search({ Order: 'ARRIVAL', MaxResults: 2, NextToken })
    expect(idsOf(second)).toEqual(['e2'])
    expect(second.AtEnd).toBe(true)
  })

  test('ends where the journal ended when it began, and goes on from there', async () => {
    history.add(...['a', 'b', 'c'].map((eventID) => sampleEvent(now, { eventID })))
    const first = await search({ Order: 'ARRIVAL', MaxResults: 2 })
    expect(first.AtEnd).toBe(false)
    history.add(...['d', 'e'].map((eventID) => sampleEvent(now, { eventID })))
    const second = await search({ Order: 'ARRIVAL', NextToken: first.NextToken })
    expect(idsOf(second)).toEqual(['c'])
    expect(second.AtEnd).toBe(true)
    const third = await search({ Order: 'ARRIVAL', NextToken: second.NextToken })
    expect(idsOf(third)).toEqual(['d', 'e'])
  })

  test('LATEST sees what arrives from now on', async () => {
    history.add(sampleEvent(now, { eventID: 'before' }))
    const { Records, NextToken } = await search({ Order: 'ARRIVAL', StartAt: 'LATEST' })
    expect(Records).toEqual([])
    history.add(sampleEvent(now, { eventID: 'after' }))
    expect(idsOf(await search({ Order: 'ARRIVAL', NextToken }))).toEqual(['after'])
  })

  test('waits for an event that matches, past those that do not and past polls', async () => {
    const waiting = search({ Order: 'ARRIVAL', ReadOnly: 'false', WaitSeconds: 20 })
    let answered = false
    void waiting.then(() => (answered = true))
    history.add(sampleEvent(now, { readOnly: true }))
    const poll = { eventSource: 'contrail.internal', eventName: 'SearchEvents' }
    history.add(sampleEvent(now, poll))
    await settle()
    expect(answered).toBe(false)
    history.add(sampleEvent(now, { eventID: 'awaited' }))
    expect(idsOf(await waiting)).toEqual(['awaited'])
  })

  test('ends its wait empty when the time is over or the caller hangs up', async () => {
    const late = search({ Order: 'ARRIVAL', WaitSeconds: 1 })
    await settle()
    for (const timer of [...timers]) timer()
    expect(await late).toMatchObject({ Records: [], AtEnd: true })
    const hangUp = new AbortController()
    const gone = search({ Order: 'ARRIVAL', WaitSeconds: 1 }, management, hangUp.signal)
    await settle()
    hangUp.abort()
    expect(await gone).toMatchObject({ Records: [] })
  })
})
