import { expect, test } from 'vitest'
import { Batch, type Outgoing } from './batch.ts'
import type { Identified, LedgerEntry, Mistake } from './ledger.ts'
import { SupposedCallers } from './supposed-callers.ts'

/** The records of one key's calls each say whom it names, and how often they were made. */
const callOf = (accessKeyId: string, name = accessKeyId): Outgoing => {
  let made = 0
  return {
    startedAt: 0,
    bytes: 1,
    claim: { accessKeyId, method: 'GET', target: '/', rawHeaders: [], at: 0 },
    entryOf: (found) => ({
      eventID: name,
      record: `${found?.caller.principal?.userName}, ${++made}`,
    }),
    learnedFrom: (found) =>
      found?.caller.principal && { name: `key/${name}`, principal: found.caller.principal },
  }
}

const user = (accessKeyId: string, userName: string): Identified => ({
  caller: { accessKeyId, principal: { type: 'IAMUser', userName } },
  isProven: false,
})

const batchOf = (callers: SupposedCallers, ...calls: Outgoing[]) =>
  new Batch(
    calls.map((call) => ({ call, done: Promise.withResolvers<void>() })),
    callers,
  )

const recordsOf = (entries: readonly LedgerEntry[]) => entries.map(({ record }) => record)

/** What the ledger knows, and what it was brought. */
function ledgerOf(known: Record<string, Identified>) {
  const brought: string[][] = []
  const keep = async (entries: readonly LedgerEntry[]): Promise<readonly Mistake[]> => {
    brought.push(recordsOf(entries))
    return entries.flatMap(({ eventID, supposed }) => {
      const found = known[eventID]
      const isRight = !found || JSON.stringify(found) === JSON.stringify(supposed!.found)
      return isRight ? [] : [{ eventID, found }]
    })
  }
  return { brought, keep }
}

test('only the records that name somebody wrong are made anew, and what they teach', async () => {
  const batch = batchOf(new SupposedCallers(9), callOf('ALICE'), callOf('NOBODY'))
  const { brought, keep } = ledgerOf({ ALICE: user('ALICE', 'alice') })
  await batch.bring(() => keep(batch.entries))
  expect(brought).toEqual([
    ['undefined, 1', 'undefined, 1'],
    ['alice, 2', 'undefined, 1'],
  ])
  expect(batch.learned.map(({ name }) => name)).toEqual(['key/ALICE'])
})

test('who was told is supposed from then on, until the ledger says otherwise', async () => {
  const callers = new SupposedCallers(1)
  const known: Record<string, Identified> = { ALICE: user('ALICE', 'alice') }
  const { brought, keep } = ledgerOf(known)
  const bring = async () => {
    const batch = batchOf(callers, callOf('ALICE'))
    await batch.bring(() => keep(batch.entries))
    return brought.splice(0).map(([record]) => record)
  }
  expect(await bring()).toEqual(['undefined, 1', 'alice, 2'])
  expect(await bring()).toEqual(['alice, 1'])
  known['ALICE'] = { caller: { accessKeyId: 'ALICE' }, isProven: false }
  expect(await bring()).toEqual(['alice, 1', 'undefined, 2'])
  callers.told(callOf('BOB').claim!, user('BOB', 'bob'))
  expect(callers.of(callOf('ALICE').claim!)).toEqual(known['ALICE'])
})

test('two calls by one key may be told apart: one of them has a wrong signature', async () => {
  const batch = batchOf(new SupposedCallers(9), callOf('ALICE', 'right'), callOf('ALICE', 'wrong'))
  const nobody = { caller: { refused: true, accessKeyId: 'ALICE' }, isProven: false }
  const { brought, keep } = ledgerOf({ right: user('ALICE', 'alice'), wrong: nobody })
  await batch.bring(() => keep(batch.entries))
  expect(brought.at(-1)).toEqual(['alice, 2', 'undefined, 2'])
})

test('a ledger that never agrees is not asked for ever', async () => {
  const batch = batchOf(new SupposedCallers(9), callOf('ALICE'))
  let asked = 0
  const keep = async () => [{ eventID: 'ALICE', found: user('ALICE', `alice ${++asked}`) }]
  await expect(batch.bring(keep)).rejects.toThrow('another each time')
  expect(asked).toBe(10)
})
