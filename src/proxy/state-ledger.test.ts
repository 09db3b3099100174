import { beforeEach, describe, expect, test } from 'vitest'
import { type Account, accountId, openAccount, startedAt } from '../../test/account.ts'
import { StorageError } from '../errors.ts'
import type { Entry } from '../journal/contract.ts'
import { limits } from '../limits.ts'
import type { CapturedPrincipal } from '../record/captured-identity.ts'
import { signRequest } from '../wire/sigv4/sign.ts'
import { type Claimed, type Identified, RunEndedError } from './ledger.ts'
import { StateLedger } from './state-ledger.ts'

let account: Account
let appended: Entry[]
let journalFails: boolean
let now: number
let ledger: StateLedger
const keys = new Map<string, CapturedPrincipal>()
/** Keys of ours that were deleted. */
let letGo: Set<string>

beforeEach(async () => {
  account = await openAccount()
  appended = []
  journalFails = false
  now = startedAt
  letGo = new Set()
  let made = 0
  const fail = () => {
    if (journalFails) throw new StorageError('disk full', 'full')
  }
  ledger = new StateLedger({
    state: account.state,
    journal: {
      synced: 0,
      has: ({ record }) => appended.some((one) => one.record.equals(record)),
      ready: async () => fail(),
      async append(entries, options) {
        fail()
        const isNew = ({ record }: Entry) => !appended.some((one) => one.record.equals(record))
        const added = options?.once ? entries.filter(isNew) : entries
        appended.push(...added)
        return { seqs: added.map((_, i) => i + 1) }
      },
    },
    outbox: { retry: () => undefined },
    findCredential: (id) => (letGo.has(id) ? undefined : account.identity.credential(id)),
    keys,
    accountId,
    region: 'us-east-1',
    clock: { now: () => now, after: () => () => undefined },
    ids: { ...account.ids, uuid: () => `uuid-${++made}` },
    limits,
  })
})

const records = () => appended.map(({ record }) => JSON.parse(record.toString()))
const entry = (eventID: string, text = eventID) => ({ eventID, record: JSON.stringify({ text }) })
const outcome = (eventID: string) => ({ ...entry(eventID, `${eventID} done`), hasIntent: true })

describe('records', () => {
  test('are kept once, also when they are brought again', async () => {
    const run = await ledger.open('p')
    await ledger.append(run, [entry('a'), entry('b')], [])
    await ledger.append(run, [entry('a'), entry('b')], [])
    expect(records()).toEqual([{ text: 'a' }, { text: 'b' }])
    expect(appended[0]!.from).toBe('proxy:p')
  })

  test('replace their intents, once', async () => {
    const run = await ledger.open('p')
    await ledger.intend(run, [entry('a')])
    expect(records()).toEqual([])
    await ledger.append(run, [outcome('a')], [])
    await ledger.append(run, [outcome('a')], [])
    await ledger.close(run)
    expect(records()).toEqual([{ text: 'a done' }])
  })

  test('an intent without its outcome is the record when the run has ended', async () => {
    const run = await ledger.open('p')
    await ledger.intend(run, [entry('a'), entry('b')])
    await ledger.append(run, [outcome('b')], [])
    await ledger.close(run)
    expect(records()).toEqual([{ text: 'b done' }, { text: 'a' }])
    await ledger.open('p')
    expect(records()).toHaveLength(2)
  })

  test('what a run left that never closed is written down by the next one, with the gap', async () => {
    const run = await ledger.open('p')
    await ledger.intend(run, [entry('a')])
    now += 60_000
    await ledger.append(run, [], [])
    now += 5_000
    await ledger.open('p')
    expect(records()).toEqual([
      { text: 'a' },
      expect.objectContaining({
        eventName: 'ProxyCallsNotRecorded',
        serviceEventDetails: {
          proxy: 'p',
          from: new Date(startedAt + 60_000).toISOString(),
          to: new Date(startedAt + 65_000).toISOString(),
        },
      }),
    ])
    for (const late of [ledger.append(run, [outcome('a')], []), ledger.intend(run, [entry('c')])]) {
      await expect(late).rejects.toBeInstanceOf(RunEndedError)
    }
  })

  test('nothing is begun that could not be recorded', async () => {
    const run = await ledger.open('p')
    journalFails = true
    await expect(ledger.intend(run, [entry('a')])).rejects.toBeInstanceOf(StorageError)
    await expect(ledger.append(run, [entry('a')], [])).rejects.toBeInstanceOf(StorageError)
    journalFails = false
    await ledger.close(run)
    expect(records()).toEqual([])
  })
})

describe('who calls', () => {
  const url = new URL('http://s3.example:9000/b/k?x=%20')

  function claimOf(accessKeyId: string, secret: string, change: Partial<Claimed> = {}): Claimed {
    const headers = signRequest({
      method: 'GET',
      url,
      headers: {},
      body: '',
      service: 's3',
      region: 'mars-1',
      accessKeyId,
      secret,
      now,
    })
    const rawHeaders = Object.entries(headers).flat()
    const target = url.pathname + url.search
    return { accessKeyId, method: 'GET', target, rawHeaders, at: now, ...change }
  }

  test('is proven where the secret is ours, and nobody where the signature is wrong', async () => {
    const alice = await account.user('alice')
    const { secret } = account.identity.credential(alice.accessKeyId)!
    const { accessKeyId } = alice
    const [right, wrong, other] = await ledger.identify('p', [
      claimOf(accessKeyId, secret),
      claimOf(accessKeyId, 'a guess'),
      claimOf(accessKeyId, secret, { target: '/b/other' }),
    ])
    expect(right).toMatchObject({
      isProven: true,
      caller: { accessKeyId, principal: { type: 'IAMUser', userName: 'alice', arn: alice.arn } },
    })
    const nobody = { isProven: false, caller: { refused: true, accessKeyId } }
    expect([wrong, other]).toEqual([nobody, nobody])
  })

  test('is told by the configuration, by answers that passed, or not at all', async () => {
    const run = await ledger.open('p')
    const bob = {
      type: 'IAMUser',
      userName: 'bob',
      arn: 'arn:aws:iam::111122223333:user/bob',
    } as const
    keys.set('AKIAMAPPED', bob)
    await ledger.append(run, [], [{ name: 'key/ASIALEARNED', principal: { type: 'AssumedRole' } }])
    const claims = ['AKIAMAPPED', 'ASIALEARNED', 'AKIANOBODY'].map((id) => claimOf(id, 's'))
    const principals = (await ledger.identify('p', claims)).map(({ caller }) => caller.principal)
    expect(principals).toEqual([bob, { type: 'AssumedRole' }, undefined])
    const elsewhere = await ledger.identify('another', claims)
    expect(elsewhere.map(({ caller }) => caller.principal)).toEqual([bob, undefined, undefined])
  })

  describe('records that suppose', () => {
    const supposing = (eventID: string, claim: Claimed, found: Identified) => ({
      ...entry(eventID),
      supposed: { claim, found },
    })
    const unknown = { caller: { accessKeyId: 'ASIAX' }, isProven: false }
    const learned = { name: 'key/ASIAX', principal: { type: 'AssumedRole' } } as const
    const known = { ...unknown, caller: { ...unknown.caller, principal: learned.principal } }

    test('right are kept; with one that is wrong none is, nor what was learned', async () => {
      const run = await ledger.open('p')
      const claim = claimOf('ASIAX', 's')
      const right = supposing('a', claim, unknown)
      expect(await ledger.append(run, [right], [])).toEqual([])
      const wrong = supposing('b', claim, known)
      const mistakes = await ledger.append(run, [wrong, entry('c')], [learned])
      expect(mistakes).toEqual([{ eventID: 'b', found: unknown }])
      expect(await ledger.intend(run, [wrong])).toEqual(mistakes)
      await ledger.close(run)
      expect(records()).toEqual([{ text: 'a' }])
      expect((await ledger.identify('p', [claim]))[0]).toEqual(unknown)
    })

    test('what has become wrong and is kept already stays, when it is brought again', async () => {
      const run = await ledger.open('p')
      const claim = claimOf('ASIAX', 's')
      const plain = supposing('a', claim, unknown)
      const intended = { ...supposing('b', claim, unknown), hasIntent: true }
      await ledger.intend(run, [intended])
      for (let tries = 1; tries <= 2; tries++) {
        expect(await ledger.append(run, [plain, intended], [learned])).toEqual([])
      }
      expect(records()).toEqual([{ text: 'b' }, { text: 'a' }])
    })

    test('a key that was let go of is nobody’s from then on', async () => {
      const run = await ledger.open('p')
      const alice = await account.user('alice')
      const { secret } = account.identity.credential(alice.accessKeyId)!
      const claim = claimOf(alice.accessKeyId, secret)
      const [proven] = await ledger.identify('p', [claim])
      expect(await ledger.append(run, [supposing('a', claim, proven!)], [])).toEqual([])
      letGo.add(alice.accessKeyId)
      const nobody = { caller: { accessKeyId: alice.accessKeyId }, isProven: false }
      const mistakes = await ledger.append(run, [supposing('b', claim, proven!)], [])
      expect(mistakes).toEqual([{ eventID: 'b', found: nobody }])
    })
  })

  test('a key of a user who was made before has all that was told then', async () => {
    const run = await ledger.open('p')
    const principal = {
      type: 'IAMUser',
      principalId: 'AIDA1',
      arn: 'arn:aws:iam::111122223333:user/x/carol',
      accountId,
      userName: 'carol',
    } as const
    await ledger.append(run, [], [{ name: `user/${accountId}/carol`, principal }])
    const named = { type: 'IAMUser', userName: 'carol' } as const
    await ledger.append(run, [], [{ name: 'key/AKIACAROL', principal: named }])
    const [found] = await ledger.identify('p', [claimOf('AKIACAROL', 's')])
    expect(found!.caller.principal).toEqual(principal)
  })
})
