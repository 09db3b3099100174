import { expect, test } from 'vitest'
import { SigningKeys, sameText } from './signing-key.ts'

const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const scope = { date: '20120215', region: 'us-east-1', service: 'iam', terminator: 'aws4_request' }

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
test('the documented key is derived', () => {
  expect(new SigningKeys(1).derive(secret, scope).toString('hex')).toBe(
    'f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d',
  )
})

test('derived keys are remembered, the newest only, and never given for another secret', () => {
  const keys = new SigningKeys(2)
  const first = keys.derive(secret, scope)
  expect(keys.derive(secret, scope)).toBe(first)
  expect(keys.derive('other', scope)).not.toEqual(first)
  keys.derive(secret, { ...scope, region: 'eu-west-1' })
  const again = keys.derive(secret, scope)
  expect(again).not.toBe(first)
  expect(again).toEqual(first)
})

test.each([
  { a: '', b: '', same: true },
  { a: 'ab', b: 'ab', same: true },
  { a: 'ab', b: 'ac', same: false },
  { a: 'ab', b: 'abc', same: false },
])('sameText $a $b is $same', ({ a, b, same }) => {
  expect(sameText(a, b)).toBe(same)
})
