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

/** Whether the Region is known at the place where a look through the bytes finds it; undefined: not plain. */
function isKnown(regions: NamedRegions, bytes: Buffer): boolean | undefined {
  const found = { timeAt: -1, regionAt: -1 }
  if (!isPlainRecord(bytes, 64, found)) return undefined
  return regions.isKnownAt(bytes, found.regionAt)
}

test.each([
  { written: '{"eventTime":"t","awsRegion":"us-east-1"}', known: true },
  { written: '{"eventTime":"t","awsRegion" : "us-east-1" }', known: true },
  { written: '{"eventTime":"t","x":{"awsRegion":"other"}}', known: true },
  { written: '{"awsRegion":"b","eventTime":"t","awsRegion":"us-east-1"}', known: true },
  { written: '{"eventTime":"t","awsRegion":"us-east-1","awsRegion":"b"}', known: false },
  { written: '{"eventTime":"t","awsRegion":"us-east-12"}', known: false },
  { written: '{"eventTime":"t","awsRegion":"us-east-\\u0031"}', known: false },
  { written: '{"eventTime":"t","awsRegion":{"a":1}}', known: false },
  { written: '{"eventTime":"t","aws\\u0052egion":"b"}', known: undefined },
])('$written: known without a parser is $known', ({ written, known }) => {
  const regions = new NamedRegions(['us-east-1'], 0)
  const bytes = Buffer.from(written)
  expect([isKnown(regions, bytes), isKnown(regions, bytes)]).toEqual([known, known])
})

test('what is known without a parser would be admitted', () => {
  const texts = fc.constantFrom('us-east-1', 'us-east-2', 'a-new-1', '"us-east-1"', 'us-east-1\\')
  const value = fc.oneof(
    texts,
    texts.map((awsRegion) => ({ awsRegion })),
    texts.map((text) => [text]),
  )
  const record = fc.array(fc.tuple(fc.constantFrom('awsRegion', 'x', 'awsRegions'), value), {
    maxLength: 3,
  })
  const spaced = fc.constantFrom('', ' ', '\n')
  fc.assert(
    fc.property(fc.array(record, { maxLength: 5 }), spaced, (records, space) => {
      const regions = new NamedRegions(['us-east-1', 'us-east-2'], 0)
      for (const members of records) {
        const written = [...members, ['eventTime', 't']].map(
          ([name, one]) => `"${name}"${space}:${space}${JSON.stringify(one)}`,
        )
        const bytes = Buffer.from(`{${written.join(',')}}`)
        if (!isKnown(regions, bytes)) continue
        expect(regions.admit(JSON.parse(bytes.toString()).awsRegion)).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})
