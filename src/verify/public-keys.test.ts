import { expect, test } from 'vitest'
import { makeSigner } from '../../test/digest-chain.ts'
import { pkcs1Der } from '../digest/public-key.ts'
import { askingKeyFinder, readKeyFile, readKeyList } from './public-keys.ts'
import { readSidecar } from './sidecar.ts'

const [one, two] = [makeSigner(), makeSigner()]
const value = pkcs1Der(one.publicKey.key).toString('base64')
const spki = (type: 'spki' | 'pkcs1') =>
  one.publicKey.key.export({ type, format: 'pem' }).toString()

test.each([
  {
    form: "the AWS CLI's output",
    text: { PublicKeyList: [{ Value: value, ValidityStartTime: '2026-01-01T00:00:00+00:00' }] },
  },
  {
    form: 'the wire',
    text: { PublicKeyList: [{ Value: value, ValidityStartTime: 1_767_225_600 }] },
  },
  { form: 'several answers', text: [{ PublicKeyList: [] }, { PublicKeyList: [{ Value: value }] }] },
])('keys are read from $form', ({ text }) => {
  const keys = readKeyFile(Buffer.from(JSON.stringify(text)))
  expect(keys.map(({ fingerprint }) => fingerprint)).toEqual([one.fingerprint])
  expect(keys[0]!.validFrom ?? 1_767_225_600_000).toBe(1_767_225_600_000)
})

test('keys are read from PEM of both forms and DER', () => {
  const pem = Buffer.from(`our keys\n${spki('spki')}\n${spki('pkcs1')}`)
  expect(readKeyFile(pem).map(({ fingerprint }) => fingerprint)).toEqual([
    one.fingerprint,
    one.fingerprint,
  ])
  expect(readKeyFile(pkcs1Der(one.publicKey.key))[0]!.fingerprint).toBe(one.fingerprint)
})

test.each(['', '{}', '[1]', '{"PublicKeyList":[{}]}', 'hello'])('%s holds no key', (text) => {
  expect(() => readKeyFile(Buffer.from(text))).toThrow()
})

test("an endpoint's own fingerprint is believed", () => {
  const [key] = readKeyList({ PublicKeyList: [{ Value: value, Fingerprint: 'its own' }] })
  expect(key!.fingerprint).toBe('its own')
})

test('an endpoint is asked once for many digests, and for a key it did not give, once a day', async () => {
  const asked: string[] = []
  const day = 24 * 3600_000
  const find = askingKeyFinder(async (region, from, until) => {
    asked.push(`${region} ${from / day} to ${until / day}`)
    return [one.publicKey, ...(from > 5 * day ? [two.publicKey] : [])]
  })
  const at = (days: number) => ({ from: days * day + 1, until: days * day + 2 })
  const wanted = { fingerprint: one.fingerprint, region: 'us-east-1', ...at(1) }
  const found = await Promise.all([
    find(wanted),
    find(wanted),
    find({ ...wanted, region: 'eu-west-1' }),
  ])
  expect(found).toEqual([one.publicKey, one.publicKey, one.publicKey])
  for (const fingerprint of [two.fingerprint, 'forged', 'forged too']) {
    expect(await find({ ...wanted, fingerprint })).toBeUndefined()
  }
  const later = await find({ ...wanted, fingerprint: two.fingerprint, ...at(9) })
  expect(later).toBe(two.publicKey)
  expect(asked).toEqual(['us-east-1 1 to 2', 'eu-west-1 1 to 2', 'us-east-1 9 to 10'])
})

test('kept signatures are read, by key from AWSLogs on', () => {
  const text = '{"p/AWSLogs/a":"ab","AWSLogs/b":{"Signature":"cd","signature-algorithm":"x"}}'
  expect([...readSidecar(text)]).toEqual([
    ['AWSLogs/a', { signature: 'ab', 'signature-algorithm': 'SHA256withRSA' }],
    ['AWSLogs/b', { signature: 'cd', 'signature-algorithm': 'x' }],
  ])
})

test.each(['', '1', 'null', '{"a":"b"}', '{"AWSLogs/a":1}', '{"AWSLogs/a":{"b":1}}'])(
  '%s has no signatures',
  (text) => {
    expect(() => readSidecar(text)).toThrow()
  },
)
