// Whatever is called, in whatever order: each change of a trail is noted once, versions grow one by one, and
// the trail is what its last change says.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openTrailAccount, regions } from '../../test/trail-account.ts'
import { ApiError } from '../errors.ts'

const names = ['one', 'two', 'arn:aws:cloudtrail:us-east-1:111122223333:trail/one']
const name = fc.constantFrom(...names)
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const flag = maybe(fc.boolean())
const bucket = fc.constantFrom('logs', 'closed', 'No-Bucket')
const settings = {
  S3KeyPrefix: maybe(fc.constantFrom('', 'a', 'AWSLogs/')),
  IncludeGlobalServiceEvents: flag,
  IsMultiRegionTrail: flag,
  EnableLogFileValidation: flag,
  RecursiveLogging: flag,
  KmsKeyId: maybe(fc.constantFrom('', 'key')),
}
const tags = fc.array(
  fc.record({ Key: fc.constantFrom('a', 'b'), Value: maybe(fc.constant('v')) }),
  {
    maxLength: 2,
  },
)
const insights = fc.array(
  fc.record({ InsightType: fc.constantFrom('ApiCallRateInsight', 'Other') }),
  { maxLength: 2 },
)
const named = fc.record({ Name: name })

const calls = fc.array(
  fc.tuple(
    fc.oneof(
      fc.tuple(
        fc.constant('CreateTrail'),
        fc.record({ Name: name, S3BucketName: bucket, TagsList: maybe(tags), ...settings }),
      ),
      fc.tuple(
        fc.constant('UpdateTrail'),
        fc.record({ Name: name, S3BucketName: maybe(bucket), ...settings }),
      ),
      fc.tuple(fc.constantFrom('DeleteTrail', 'StartLogging', 'StopLogging'), named),
      fc.tuple(
        fc.constantFrom('AddTags', 'RemoveTags'),
        fc.record({ ResourceId: name, TagsList: tags }),
      ),
      fc.tuple(
        fc.constant('PutEventSelectors'),
        fc.record({ TrailName: name, AdvancedEventSelectors: maybe(fc.constant([])) }),
      ),
      fc.tuple(
        fc.constant('PutInsightSelectors'),
        fc.record({ TrailName: name, InsightSelectors: insights }),
      ),
    ),
    fc.constantFrom(...regions),
  ),
  { maxLength: 30 },
)

test('documents and changes agree after any calls', async () => {
  await fc.assert(
    fc.asyncProperty(calls, async (sequence) => {
      const t = await openTrailAccount()
      t.refusals.set('closed', 'AccessDenied')
      for (const [[operation, input], region] of sequence) {
        const before = t.trails()
        const counted = [...t.changes().values()].flat().length
        const refused = await t.call(operation, input, { region }).then(
          () => false,
          (error) => {
            if (error instanceof ApiError) return true
            throw error
          },
        )
        const noted = [...t.changes().values()].flat().length - counted
        expect(noted).toBe(!refused && !sameTrails(before, t.trails()) ? 1 : 0)
      }
      const last = [...t.changes().values()].map((changes) => {
        expect(changes.map(({ version }) => version)).toEqual(changes.map((_, i) => i + 1))
        return changes.at(-1)!.after
      })
      const kept = [...t.trails().values()]
      expect(last.filter((trail) => trail !== undefined)).toEqual(expect.arrayContaining(kept))
      expect(last.filter((trail) => trail !== undefined)).toHaveLength(kept.length)
      for (const trail of kept) {
        expect(trail.isMultiRegion && !trail.includeGlobalServiceEvents).toBe(false)
      }
    }),
    { numRuns: 200 },
  )
})

function sameTrails(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return JSON.stringify([...a]) === JSON.stringify([...b])
}
