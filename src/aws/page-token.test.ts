import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readToken, writeToken } from './page-token.ts'

test('a token is read back with its parameters, and with no others', () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 2 ** 53 - 1 }), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(numbers, fc.string(), fc.string(), (position, one, other) => {
      const token = writeToken(position, ['op', one], 1_763_700_000_000)
      const read = { position, issuedAt: 1_763_700_000_000 }
      expect(readToken(token, ['op', one])).toEqual(read)
      expect(readToken(token, ['op', other])).toEqual(one === other ? read : undefined)
    }),
  )
})

test('whatever else is given as a token is refused', () => {
  const token = writeToken([1, 2], 'p', 3)
  const changed = fc
    .tuple(fc.nat(token.length - 1), fc.constantFrom(...'Aa0-_ '))
    .map(([at, char]) => token.slice(0, at) + char + token.slice(at + 1))
  fc.assert(
    fc.property(fc.oneof(fc.string(), changed), (text) => {
      if (text !== token) expect(readToken(text, 'p')).toBeUndefined()
    }),
  )
})
