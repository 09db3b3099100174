import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  DigestWorld,
  failuresOf,
  hour,
  provenLogs,
  regions,
  startedAt,
} from '../../test/digest-world.ts'

type Step = Readonly<{ what: string; run(world: DigestWorld): Promise<unknown> | unknown }>

const step = (what: string, run: Step['run']): Step => ({ what, run })
const everywhere = [...regions, 'ap-nowhere-1']

const steps = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .subarray(everywhere, { minLength: 1 })
      .map((names) => step(`deliver ${names}`, (world) => world.deliver(...names))),
  },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom(1, 999, 1_000, 61_000, hour / 2, hour, 5 * hour)
      .map((ms) => step(`wait ${ms}`, (world) => world.clock.advance(ms))),
  },
  { weight: 5, arbitrary: fc.constant(step('flush', (world) => world.flush())) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom<'isLogging' | 'logFileValidation' | 'isMultiRegion'>(
          'isLogging',
          'logFileValidation',
          'isMultiRegion',
        ),
        fc.subarray(regions),
      )
      .map(([name, files]) =>
        step(`toggle ${name} with ${files}`, (world) => {
          if (!world.trail) return
          const with_ = world.trail.isLogging ? files : []
          return world.change({ [name]: !world.trail[name] }, with_)
        }),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(undefined, 'AccessDenied', 'NoSuchBucket').map((code) =>
      step(`refuse ${code}`, (world) => {
        world.refusals.set('trail-1-bucket', code)
      }),
    ),
  },
  { weight: 2, arbitrary: fc.constant(step('heal', (world) => world.refusals.clear())) },
  { weight: 1, arbitrary: fc.constant(step('restart', (world) => world.restart())) },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 1, max: 30 })
      .map((n) => step(`kill at ${n}`, (world) => world.killAt(n))),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 3 }).map((n) =>
      step(`lose ${n} answers`, (world) => {
        world.answersLost = n
      }),
    ),
  },
)

const settingBack = fc
  .constantFrom(-1, -1_500, -hour, -3 * hour)
  .map((ms) => step(`set back ${ms}`, (world) => world.clock.advance(ms)))

const deleting = step('delete', (world) => (world.trail ? world.change('delete') : undefined))

/** Starts, goes through the steps, and lets everything come to its end. */
async function live(all: readonly Step[], ends: boolean): Promise<DigestWorld> {
  const world = new DigestWorld()
  await world.change({})
  await world.change({ isLogging: true })
  for (const { run } of all) await run(world)
  if (ends) await deleting.run(world)
  world.refusals.clear()
  world.answersLost = 0
  world.restart()
  await world.clock.advance(Math.max(0, startedAt - world.clock.now()) + 40 * hour)
  await world.flush()
  await world.clock.advance(2 * hour)
  await world.flush()
  await world.flush()
  return world
}

/** Each file in exactly one digest; no failure of any kind; nothing left over in state. */
async function expectRight(world: DigestWorld): Promise<void> {
  const reports = await Promise.all(everywhere.map((region) => world.verify(region)))
  // Files of times without validation are in no digest, which a verifier may be unable to explain.
  const failures = reports.flatMap(failuresOf).filter((text) => {
    const [kind, key = ''] = text.split(' ')
    return !/^(chain-missing|log-unlisted)$/.test(kind!) || world.owed.includes(key)
  })
  expect(failures).toEqual([])
  expect(reports.flatMap(provenLogs).sort()).toEqual([...world.owed].sort())
  expect(world.documents('delivered-file')).toEqual([])
  expect(world.documents('digest-turn')).toEqual([])
}

test('whatever happens, every file is in one digest and every chain verifies', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 25 }), fc.boolean(), async (all, ends) => {
      const world = await live(all, ends)
      await expectRight(world)
      if (ends) {
        for (const kind of ['digest-chain', 'digest-status', 'trail-ended']) {
          expect([kind, world.documents(kind)]).toEqual([kind, []])
        }
      }
    }),
    { numRuns: 150 },
  )
}, 60_000)

test('the same with a clock that is set back', async () => {
  const some = fc.oneof({ weight: 8, arbitrary: steps }, { weight: 1, arbitrary: settingBack })
  await fc.assert(
    fc.asyncProperty(fc.array(some, { maxLength: 25 }), fc.boolean(), async (all, ends) => {
      await expectRight(await live(all, ends))
    }),
    { numRuns: 100 },
  )
}, 60_000)
