import { createHash, generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { MemoryState } from '../../test/memory-state.ts'
import { publicKeyFromDer } from '../digest/public-key.ts'
import { signText, verifyText } from '../digest/signature.ts'
import { keysBetween, openSigningKeys, type SigningKey, type SigningKeys } from './signing-keys.ts'

const hour = 3600_000
const day = 24 * hour
const start = Date.parse('2026-11-21T08:00:00.250Z')
const region = 'us-east-1'

let state: MemoryState
let keys: SigningKeys
let made: number

beforeEach(() => {
  state = new MemoryState()
  made = 0
  const makePair = async () => {
    made++
    return generateKeyPairSync('rsa', { modulusLength: 1024 })
  }
  keys = openSigningKeys({ state, makePair })
})

const stored = () => state.begin().list<SigningKey>('signing-key')
const validAt = (time: number) => keysBetween(state.begin(), region, time, time)

describe('a key', () => {
  test('is made when it is first needed, once, for its Region alone', async () => {
    const [one, two] = await Promise.all([keys.signer(region, start), keys.signer(region, start)])
    expect(one.fingerprint).toBe(two.fingerprint)
    expect((await keys.signer('eu-west-1', start)).fingerprint).not.toBe(one.fingerprint)
    expect(made).toBe(2)
  })

  test('is valid for 30 days to the second, and is told by the MD5 of its PKCS#1 form', async () => {
    const { fingerprint, privateKey } = await keys.signer(region, start)
    const [[id, key] = []] = stored()
    expect(id).toBe(`${region}/${key!.validFrom}`)
    expect(key!.validFrom % 1_000).toBe(0)
    expect(key!.validUntil - key!.validFrom).toBe(30 * day)
    const der = Buffer.from(key!.publicKey, 'base64')
    expect(createHash('md5').update(der).digest('hex')).toBe(fingerprint)
    const signature = signText('text', privateKey)
    expect(verifyText('text', signature, publicKeyFromDer(der).key)).toBe(true)
  })

  test('is found again after a restart', async () => {
    const { fingerprint } = await keys.signer(region, start)
    const again = openSigningKeys({ state })
    expect((await again.signer(region, start + day)).fingerprint).toBe(fingerprint)
  })
})

test('over a year of hours, every digest has a key that is valid until two hours after it', async () => {
  for (let time = start; time < start + 365 * day; time += hour) {
    const { fingerprint } = await keys.signer(region, time)
    const names = (at: number) => validAt(at).map((key) => key.fingerprint)
    expect(names(time)).toContain(fingerprint)
    expect(names(time + 2 * hour)).toContain(fingerprint)
  }
  expect(made).toBe(13)
  const all = stored().map(([, key]) => key)
  for (const [i, key] of all.slice(1).entries()) {
    expect(key.validFrom).toBeLessThan(all[i]!.validUntil)
  }
})

test('a digest of a time that no key covers gets a key of that time', async () => {
  await keys.signer(region, start)
  const late = start - 40 * day
  const { fingerprint } = await keys.signer(region, late)
  expect(validAt(late).map((key) => key.fingerprint)).toEqual([fingerprint])
})

test('a digest that was planned with a key keeps it, while it has one', async () => {
  const first = await keys.signer(region, start)
  const second = await keys.signer(region, start + 29 * day)
  expect(second.fingerprint).not.toBe(first.fingerprint)
  const time = start + 28 * day
  expect((await keys.signer(region, time)).fingerprint).toBe(second.fingerprint)
  expect((await keys.signer(region, time, first.fingerprint)).fingerprint).toBe(first.fingerprint)
})

test('a private key goes when it can sign no more; the public one stays', async () => {
  const { fingerprint } = await keys.signer(region, start)
  const [[id, key] = []] = stored()
  await keys.dropPrivate(key!.validUntil)
  expect(stored()).toEqual([[id, key]])
  await keys.dropPrivate(key!.validUntil + 1)
  const { privateKey: _, ...rest } = key!
  expect(stored()).toEqual([[id, rest]])
  // Its time is still to be signed for, by a late digest: with a key of its own.
  const other = await keys.signer(region, start, fingerprint)
  expect(other.fingerprint).not.toBe(fingerprint)
  expect(stored()).toHaveLength(2)
})
