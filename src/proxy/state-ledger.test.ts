import { beforeEach, describe, expect, test } from 'vitest'
import { type Account, accountId, openAccount, startedAt } from '../../test/account.ts'
import { StorageError } from '../errors.ts'
import type { Entry } from '../journal/contract.ts'
import { limits } from '../limits.ts'
import type { CapturedPrincipal } from '../record/captured-identity.ts'
import { signRequest } from '../wire/sigv4/sign.ts'
import { type Claimed, RunEndedError } from './ledger.ts'
import { StateLedger } from './state-ledger.ts'

let account: Account
let appended: Entry[]
let journalFails: boolean
let now: number
let ledger: StateLedger
const keys = new Map<string, CapturedPrincipal>()

beforeEach(async () => {
  account = await openAccount()
  appended = []
  journalFails = false
  now = startedAt
  let made = 0
  const fail = () => {
    if (journalFails) throw new StorageError('disk full', 'full')
  }
  ledger = new StateLedger({
    state: account.state,
    journal: {
      synced: 0,
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
    findCredential: (id) => account.identity.credential(id),
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
