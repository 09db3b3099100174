import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bounded } from './bounds.ts'

const bytesMax = 100 * 1024

test('an object is left out exactly when its JSON is too large', () => {
  const long = fc
    .tuple(
      fc.constantFrom('x', 'é', '\u2028', '\u0001', '\ud800', '"'),
      fc.integer({ min: 0, max: 60_000 }),
    )
    .map(([unit, times]) => unit.repeat(times))
  const value = fc.dictionary(
    fc.string(),
    fc.oneof(fc.jsonValue(), long, fc.array(long, { maxLength: 3 })),
  )
  fc.assert(
    fc.property(value, (one) => {
      const isLarge = Buffer.byteLength(JSON.stringify(one)) > bytesMax
      expect(bounded(one)).toBe(isLarge ? null : one)
    }),
  )
})

test('times and bytes count as they are written', () => {
  const times = { at: Array(5_000).fill(new Date(0)) }
  expect(bounded(times)).toBeNull()
  expect(bounded({ at: new Date(0) })).toEqual({ at: new Date(0) })
  expect(bounded({ bytes: Buffer.alloc(60_000) })).toBeNull()
  expect(bounded(undefined)).toBeUndefined()
})
