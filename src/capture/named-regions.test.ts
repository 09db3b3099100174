import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPlainRecord } from '../record/plain-record.ts'
import { NamedRegions } from './named-regions.ts'

test('so many others are remembered, and those that get no digests are not counted', () => {
  const regions = new NamedRegions(['us-east-1', 'us-east-1'], 2)
  const admitted = [
    'eu-west-1',
    'us-east-1',
    '...',
    undefined,
    7,
    'x'.repeat(33),
    'foo',
    'eu-west-1',
  ]
  expect(admitted.map((name) => regions.admit(name))).toEqual(Array(8).fill(true))
  expect(regions.admit('eu-west-2')).toBe(false)
  expect(regions.admit('foo')).toBe(true)
})

test.each([
  { written: '{"eventTime":"t","awsRegion":"us-east-1"}', isKnown: true },
  { written: '{"eventTime":"t","awsRegion" : "us-east-1" }', isKnown: true },
  { written: '{"eventTime":"t"}', isKnown: true },
  { written: '{"eventTime":"t","awsRegion":"us-east-12"}', isKnown: false },
  { written: '{"eventTime":"t","awsRegion":"us-east-1","awsRegion":"b"}', isKnown: false },
  { written: '{"eventTime":"t","awsRegion":"\\u0062"}', isKnown: false },
  { written: '{"eventTime":"t","awsRegion":{"a":1}}', isKnown: false },
])('$written: surely known is $isKnown', ({ written, isKnown }) => {
  expect(new NamedRegions(['us-east-1'], 0).areSurelyKnown(Buffer.from(written))).toBe(isKnown)
})

test('whatever is surely known would be admitted', () => {
  const texts = fc.constantFrom(
    'us-east-1',
    'a-new-1',
    '"awsRegion":"us-east-1"',
    'awsRegion',
    '\\',
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      texts,
      fc
        .array(fc.tuple(fc.constantFrom('awsRegion', 'x'), tie('value')), { maxLength: 3 })
        .map((members) => Object.fromEntries(members)),
    ),
  }))
  const spaced = fc.constantFrom(undefined, 1)
  fc.assert(
    fc.property(value, value, spaced, (awsRegion, more, space) => {
      const bytes = Buffer.from(JSON.stringify({ more, awsRegion, eventTime: 't' }, null, space))
      const regions = new NamedRegions(['us-east-1'], 0)
      if (!isPlainRecord(bytes, 64) || !regions.areSurelyKnown(bytes)) return
      expect(regions.admit(JSON.parse(bytes.toString()).awsRegion)).toBe(true)
    }),
    { numRuns: 500 },
  )
})
