import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RangeSet } from './range-set.ts'

test('an id is in a set of ranges when it is in one of them', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 3 })
  const range = fc.record({ from: text, to: text })
  fc.assert(
    fc.property(fc.array(range, { maxLength: 6 }), text, (ranges, id) => {
      const isIn = ranges.some(({ from, to }) => id >= from && id < to)
      expect(new RangeSet(ranges).has(id)).toBe(isIn)
    }),
  )
})
