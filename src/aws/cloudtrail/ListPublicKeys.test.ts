import { generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../../test/manual-clock.ts'
import { MemoryState } from '../../../test/memory-state.ts'
import { openSigningKeys } from '../../delivery/signing-keys.ts'
import { publicKeyFromDer } from '../../digest/public-key.ts'
import type { PublicKey } from '../../gen/cloudtrail-types.ts'
import type { Context } from '../../operation.ts'
import { ListPublicKeys } from './ListPublicKeys.ts'

const day = 24 * 3600_000
const now = Date.parse('2026-11-21T08:00:00Z')
const clock = new ManualClock(now)
let state: MemoryState

beforeEach(async () => {
  state = new MemoryState()
  const makePair = async () => generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keys = openSigningKeys({ state, makePair })
  for (const time of [now - 45 * day, now]) await keys.signer('us-east-1', time)
  await keys.signer('eu-west-1', now)
})

async function list(input: object, region = 'us-east-1'): Promise<PublicKey[]> {
  const context = { caller: { region }, tx: state.begin(), clock }
  const { PublicKeyList } = await ListPublicKeys.run(input, context as unknown as Context<unknown>)
  return PublicKeyList!
}

describe('keys', () => {
  test('are those of the Region, valid now', async () => {
    const [key, ...others] = await list({})
    expect(others).toEqual([])
    const [other] = await list({}, 'eu-west-1')
    expect(other!.Fingerprint).not.toBe(key!.Fingerprint)
    expect(await list({}, 'sa-east-1')).toEqual([])
    expect(key).toEqual({
      Value: expect.any(Buffer),
      ValidityStartTime: new Date(now - day),
      ValidityEndTime: new Date(now + 29 * day),
      Fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  })

  test('are sent as PKCS#1, and named as digests name them', async () => {
    const [key] = await list({})
    expect(key!.Value!.toString('hex')).toMatch(/^3082010a0282010100/)
    expect(key!.Value).toHaveLength(270)
    expect(publicKeyFromDer(key!.Value!).fingerprint).toBe(key!.Fingerprint)
  })

  const date = (days: number) => new Date(now + days * day)
  test.each([
    { asked: 'a range with both', input: { StartTime: date(-30), EndTime: date(1) }, found: 2 },
    { asked: 'from then until now', input: { StartTime: date(-40) }, found: 2 },
    { asked: 'from now on', input: { EndTime: date(60) }, found: 1 },
    { asked: 'one moment', input: { StartTime: date(-46), EndTime: date(-46) }, found: 1 },
    { asked: 'between', input: { StartTime: date(-15), EndTime: date(-2) }, found: 0 },
    { asked: 'before all', input: { StartTime: date(-99), EndTime: date(-98) }, found: 0 },
  ])('$asked: $found', async ({ input, found }) => {
    expect(await list(input)).toHaveLength(found)
  })
})

test.each([
  ['InvalidTimeRangeException', { StartTime: new Date(now), EndTime: new Date(now - 1) }],
  ['InvalidTimeRangeException', { EndTime: new Date(now - 1) }],
  ['InvalidTokenException', { NextToken: 'AAAA' }],
])('%s: %j', async (code, input) => {
  await expect(list(input)).rejects.toMatchObject({ code })
})
