// Whatever happens at whatever step, a trail gets exactly what it is owed.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { interval, select, World } from '../../test/delivery-world.ts'
import { SinkError } from '../trails/contract.ts'

const limits = { deliveryBatchBytes: 2_500, deliveryBatchRecords: 4, deliveryBatchFiles: 3 }

/** A little of everything that a trail goes through, with delivery under way in between. */
const story: Array<(world: World) => Promise<unknown>> = [
  (world) => world.event(),
  (world) => world.trail('t', { recursiveLogging: true }),
  (world) => world.event({ awsRegion: 'eu-central-1' }),
  (world) => world.footprint(),
  (world) => world.event(),
  (world) => world.change('t', { selectors: select('ReadOnly') }),
  (world) => world.event({ readOnly: true }),
  (world) => world.event(),
  (world) => world.change('t', { isLogging: false }),
  (world) => world.event({ readOnly: true }),
  (world) => world.change('t', { isLogging: true, bucket: 'second', logFileValidation: false }),
  (world) => world.event({ readOnly: true }),
  (world) => world.change('t', 'delete'),
  (world) => world.event({ readOnly: true }),
]

/** Steps of the story after which delivery has its turn. */
const turns = new Set([1, 4, 5, 7, 10, story.length - 1])

/** Tells the story; the process ends at the `n`th point and starts again. True when there was such a point. */
async function tell(world: World, n: number): Promise<boolean> {
  let wasKilled = false
  let delivery = world.open()
  world.killAt(n)
  for (const [i, step] of story.entries()) {
    await step(world)
    if (!turns.has(i)) continue
    await world.until(delivery.flush())
    if (!world.isKilled) continue
    wasKilled = true
    world.killAt(Number.POSITIVE_INFINITY)
    delivery = world.open()
    await delivery.flush()
  }
  return wasKilled
}

/** All that must hold at the end, of a trail and the buckets it had. */
function expectExact(world: World, trailId: string, buckets: string[]): void {
  const delivered = buckets.flatMap((bucket) => world.delivered(bucket))
  expect(delivered.sort()).toEqual(world.owed(trailId).sort())
}

describe('killed at every point', () => {
  test('nothing is missing and nothing is there twice', async () => {
    let points = 0
    for (let n = 1, wasKilled = true; wasKilled; n++, points++) {
      const world = new World({ limits })
      wasKilled = await tell(world, n)
      expectExact(world, 't', ['t-bucket', 'second'])
      const listed = [...world.documents('delivered-file').values()].map(({ key }) => key)
      expect(listed.sort()).toEqual(
        world
          .files('t-bucket')
          .map(({ key }) => key)
          .sort(),
      )
      expect([...world.documents('trail-ended').keys()]).toEqual(['t'])
      expect(world.documents('delivery').size).toBe(0)
    }
    expect(points).toBeGreaterThan(30)
  })

  test.each(['before', 'after'])(
    'and with every put refused once %s it was stored',
    async (when) => {
      for (let n = 1, wasKilled = true; wasKilled; n += 3) {
        const world = new World({ limits })
        const refused = new Set<string>()
        world.take = ({ object }, store) => {
          if (when === 'after') store()
          const isFirst = !refused.has(object.key)
          refused.add(object.key)
          if (isFirst) throw new SinkError('InternalError', 'once')
          store()
        }
        wasKilled = await tell(world, n)
        await world.clock.advance(3600_000)
        expectExact(world, 't', ['t-bucket', 'second'])
      }
    },
  )
})

/** What a random history is made of. Changes name one of two trails; `late` leaves the record for later. */
type Act = Readonly<
  | { what: 'event'; readOnly: boolean; region: string; from: string }
  | { what: 'change'; trail: string; settings: 'stop' | 'start' | 'read' | 'all'; late: boolean }
  | { what: 'records' | 'flush' | 'tick' | 'outage' | 'recovery' }
  | { what: 'kill'; point: number }
>

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('event' as const),
      readOnly: fc.boolean(),
      region: fc.constantFrom('us-east-1', 'eu-central-1'),
      from: fc.constantFrom('ingest:x', 'own', 'delivery'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('change' as const),
      trail: fc.constantFrom('a', 'b'),
      settings: fc.constantFrom('stop', 'start', 'read', 'all'),
      late: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom('records', 'flush', 'tick', 'outage', 'recovery'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('kill' as const),
      point: fc.integer({ min: 1, max: 9 }),
    }),
  },
)

const settingsOf = {
  stop: { isLogging: false },
  start: { isLogging: true },
  read: { selectors: select('ReadOnly') },
  all: { selectors: select('All') },
}

/** Records that have not been appended yet; those of one call after another may lie in any order. */
async function live(world: World, acts: readonly Act[]): Promise<void> {
  let delivery = world.open()
  let late: Array<() => Promise<unknown>> = []
  let isDown = false
  world.take = (_, store) => {
    if (isDown) throw new SinkError('SlowDown', 'later')
    store()
  }
  const bring = async () => {
    for (const record of late.reverse()) await record()
    late = []
  }
  for (const act of acts) {
    if (act.what === 'event') {
      await world.event({ readOnly: act.readOnly, awsRegion: act.region }, act.from)
    } else if (act.what === 'change') {
      const record = await world.commitChange(act.trail, settingsOf[act.settings])
      if (act.late) late.push(record)
      else await record()
    } else if (act.what === 'records') await bring()
    else if (act.what === 'flush') await delivery.flush()
    else if (act.what === 'tick') await world.clock.advance(interval)
    else if (act.what === 'kill') {
      world.killAt(act.point)
      await world.until(delivery.flush())
      world.killAt(Number.POSITIVE_INFINITY)
      delivery = world.open()
    } else isDown = act.what === 'outage'
  }
  await bring()
  isDown = false
  // A change of the trail sends what footprint there is along.
  for (const trail of ['a', 'b']) await world.change(trail, { isLogging: false })
  await delivery.flush()
}

test('any history at all: what was delivered is what was owed', async () => {
  const property = fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
    const world = new World({ limits })
    await world.trail('a', { recursiveLogging: true })
    await world.trail('b', { isMultiRegion: false })
    await live(world, acts)
    for (const trail of ['a', 'b']) {
      expectExact(world, trail, [`${trail}-bucket`])
      const progress = world.documents('delivery').get(trail)
      expect(progress).toMatchObject({ cursor: world.journal.synced })
      expect(progress.plan ?? progress.held).toBeUndefined()
    }
    expect(world.documents('trail-change').size).toBe(0)
  })
  await fc.assert(property, { numRuns: 300 })
})
