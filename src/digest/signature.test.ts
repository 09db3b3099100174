import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fingerprintOf, isValidDuring, keyRing, pkcs1Der, publicKeyFromDer } from './public-key.ts'
import { signText, stringToSign, verifyText } from './signature.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

describe('the string to sign', () => {
  const document = {
    digestEndTime: '2015-08-17T15:01:31Z',
    digestS3Bucket: 'bucket',
    digestS3Object: 'AWSLogs/d.json.gz',
  }
  test('ends with the signature before, and has no last line feed', () => {
    const text = stringToSign({ ...document, previousDigestSignature: 'ab12' }, 'c0ffee')
    expect(text).toBe('2015-08-17T15:01:31Z\nbucket/AWSLogs/d.json.gz\nc0ffee\nab12')
  })
  test('says null at the start of a chain', () => {
    const text = stringToSign({ ...document, previousDigestSignature: null }, 'c0ffee')
    expect(text.endsWith('\nc0ffee\nnull')).toBe(true)
  })
})

describe('signatures', () => {
  test('are 512 hex digits and verify, in either case', () => {
    const signature = signText('text', privateKey)
    expect(signature).toMatch(/^[0-9a-f]{512}$/)
    expect(verifyText('text', signature, publicKey)).toBe(true)
    expect(verifyText('text', signature.toUpperCase(), publicKey)).toBe(true)
  })

  test('fail for any other text or signature', () => {
    const signature = signText('text', privateKey)
    fc.assert(
      fc.property(fc.nat(511), fc.constantFrom(...'0123456789abcdef'), (at, digit) => {
        const other = signature.slice(0, at) + digit + signature.slice(at + 1)
        expect(verifyText('text', other, publicKey)).toBe(other === signature)
      }),
    )
    for (const bad of ['', 'zz', 'abc', `${signature}00`, signature.slice(2)]) {
      expect(verifyText('text', bad, publicKey)).toBe(false)
    }
    expect(verifyText('text ', signature, publicKey)).toBe(false)
  })
})

describe('public keys', () => {
  // The sample of the AWS CLI's documentation of list-public-keys.
  const value =
    'MIIBCgKCAQEAlSS3cl92HDycr/MTj0moOhas8habjrraXw+KzlWF0axSI2tcF+3iJ9BKQAVSKxGwxwu3m0wG3J+kUl1x' +
    'boEcEPHYoIYMbgfSw7KGnuDKwkLzsQWhUJ0cIbOHASox1vv/5fNXkrHhGbDCHeVXm804c83nvHUEFYThr1PfyP/8HwrC' +
    'tR3FX5OANtQCP61C1nJtSSkC8JSQUOrIP4CuwJjc+4WGDk+BGH5m9iuiAKkipEHWmUl8/P7XpfpWQuk4h8g3pXZOrNXr' +
    '08lbh4d39svj7UqdhvOXoBISp9t/EXYuePGEtBdrKD9Dz+VHwyUPtBQvYr9BnkF88qBnaPNhS44rzwIDAQAB'

  test('have the fingerprint that AWS shows', () => {
    const key = publicKeyFromDer(Buffer.from(value, 'base64'))
    expect(key.fingerprint).toBe('7f3f401420072e50a65a141430817ab3')
    expect(pkcs1Der(key.key).toString('base64')).toBe(value)
  })

  test('are the same from PKCS#1 and SPKI', () => {
    const spki = publicKey.export({ type: 'spki', format: 'der' })
    const fromSpki = publicKeyFromDer(spki)
    expect(fromSpki.fingerprint).toBe(publicKeyFromDer(pkcs1Der(publicKey)).fingerprint)
    expect(fromSpki.fingerprint).toBe(fingerprintOf(createPublicKey(privateKey)))
  })

  test('that are none are refused', () => {
    const { publicKey: curve } = generateKeyPairSync('ed25519')
    const der = curve.export({ type: 'spki', format: 'der' })
    for (const bad of [Buffer.alloc(0), Buffer.from('hello'), der]) {
      expect(() => publicKeyFromDer(bad)).toThrow('not an RSA public key')
    }
  })

  test('are found by fingerprint', async () => {
    const key = publicKeyFromDer(Buffer.from(value, 'base64'))
    const wanted = { region: 'us-east-1', from: 0, until: 1 }
    const find = keyRing([key])
    expect(await find({ ...wanted, fingerprint: key.fingerprint })).toBe(key)
    expect(await find({ ...wanted, fingerprint: 'other' })).toBeUndefined()
  })

  test.each([
    { validity: {}, valid: true },
    { validity: { validFrom: 5, validUntil: 9 }, valid: false },
    { validity: { validFrom: 5, validUntil: 10 }, valid: true },
    { validity: { validFrom: 20 }, valid: true },
    { validity: { validFrom: 21 }, valid: false },
  ])('valid $validity during 10 to 20: $valid', ({ validity, valid }) => {
    const key = publicKeyFromDer(Buffer.from(value, 'base64'), validity)
    expect(isValidDuring(key, 10, 20)).toBe(valid)
  })
})
