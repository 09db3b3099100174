// Tags of objects: the header, and what S3 takes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../errors.ts'
import { checkTags, parseTagging } from './tags.ts'

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ Key: `k${i}`, Value: '' }))

describe('parseTagging', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['a=b', { a: 'b' }],
    ['a=b&c=d%2Be+f', { a: 'b', c: 'd+e f' }],
    ['a=&b', { a: '', b: '' }],
  ])('%j is %j', (header, tags) => {
    expect(parseTagging(header)).toEqual(tags)
  })

  test.each(['a=b=c', '%', 'a=%ff'])('%j is no query', (header) => {
    expect(() => parseTagging(header)).toThrow(/x-amz-tagging/)
  })

  test('reads what URLSearchParams writes', () => {
    const letters = fc.string({
      unit: fc.constantFrom('a', 'ß', 'é', '漢', ' ', '+', '=', '/', '@'),
    })
    const set = fc.dictionary(letters, letters, { maxKeys: 10, noNullPrototype: true })
    fc.assert(
      fc.property(set, (tags) => {
        fc.pre(!('' in tags) && Object.keys(tags).length > 0)
        expect(parseTagging(String(new URLSearchParams(tags)))).toEqual(tags)
      }),
    )
  })
})

describe('checkTags', () => {
  test('takes ten, the longest, and every kind of letter S3 knows', () => {
    expect(Object.keys(checkTags(many(10)))).toHaveLength(10)
    const longest = { Key: 'k'.repeat(128), Value: '漢'.repeat(256) }
    expect(checkTags([longest])).toEqual({ [longest.Key]: longest.Value })
    expect(checkTags([{ Key: '__proto__', Value: 'a b_.:/=+-@' }])).toEqual(
      Object.fromEntries([['__proto__', 'a b_.:/=+-@']]),
    )
  })

  test.each([
    ['eleven', many(11), 'BadRequest', 'Object tags cannot be greater than 10'],
    ['no key', [{ Key: '', Value: '' }], 'InvalidTag', 'The TagKey you have provided is invalid'],
    [
      'a long key',
      [{ Key: 'k'.repeat(129), Value: '' }],
      'InvalidTag',
      'The TagKey you have provided is invalid',
    ],
    [
      'a long value',
      [{ Key: 'k', Value: 'v'.repeat(257) }],
      'InvalidTag',
      'The TagValue you have provided is invalid',
    ],
    [
      'a letter S3 does not know',
      [{ Key: 'k', Value: '<' }],
      'InvalidTag',
      'The TagValue you have provided is invalid',
    ],
    [
      "AWS's own",
      [{ Key: 'aws:k', Value: '' }],
      'InvalidTag',
      'System tags cannot be added/updated by requester',
    ],
    [
      'a key twice',
      [...many(1), ...many(1)],
      'InvalidTag',
      'Cannot provide multiple Tags with the same key',
    ],
  ])('refuses %s', (_, pairs, code, message) => {
    expect(() => checkTags(pairs)).toThrow(new ApiError(code, message))
  })
})
