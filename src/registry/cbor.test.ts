// Values and bytes of RFC 8949's appendix A, and what must be refused.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits } from '../limits.ts'
import { CborError, decodeCbor } from './cbor.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')

describe('decodeCbor', () => {
  test.each<[string, unknown]>([
    ['00', 0],
    ['1903e8', 1000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['3863', -100],
    ['f93c00', 1],
    ['f90001', 2 ** -24],
    ['f97c00', Number.POSITIVE_INFINITY],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['f4', false],
    ['f6', null],
    ['c11a514b67b0', new Date('2013-03-21T20:04:00Z')],
    ['4401020304', Buffer.from([1, 2, 3, 4])],
    ['6161', 'a'],
    ['826161a161626163', ['a', { b: 'c' }]],
    ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
    ['7f657374726561646d696e67ff', 'streaming'],
    ['bf6346756ef563416d7421ff', { Fun: true, Amt: -2 }],
  ])('%s', (hex, value) => {
    expect(decodeCbor(bytes(hex))).toEqual(value)
  })

  test.each([
    ['nothing', ''],
    ['a length past the end', '5affffffff00'],
    ['a list longer than its bytes', '9b7fffffffffffffff'],
    ['a list without end', '9f01'],
    ['bytes that follow', '0000'],
    ['a key that is no text', 'a10102'],
    ['a break alone', 'ff'],
    ['a time past all times', 'c1fb7fefffffffffffff'],
    ['too deep a nest', '81'.repeat(limits.nestingMax + 2)],
    ['too many values', `9a00ffffff${'00'.repeat(limits.capturedValuesMax + 1)}`],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeCbor(bytes(hex))).toThrow(CborError)
  })

  test('gives a value or a CborError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (any) => {
        try {
          decodeCbor(Buffer.from(any))
        } catch (error) {
          expect(error).toBeInstanceOf(CborError)
        }
      }),
    )
  })
})
