// As floor.test.ts, for the other promises of the spine: claims are run as `contrail bench` runs them, smaller where they
// can be, and the figures held that say the same on a busy machine: ratios of one run, and memory.
// Each bound is the target, or where that is a time the ratio measured on 2026-11-21, with a fifth of room.
import { expect, test } from 'vitest'
import { history } from '../../bench/history.ts'
import { lookupEvents } from '../../bench/lookup-events.ts'
import { processSize } from '../../bench/process.ts'

const runsMax = 3
const room = 0.8

test.each([
  { claim: history, atLeast: { 'together, of ingest alone': 0.45 * room }, atMost: {} },
  {
    claim: lookupEvents,
    atLeast: {},
    atMost: {
      'the slowest p50, of nothing to be found': 2.3 / room,
      'page 20 of page 1': 1.25 / room,
    },
  },
  {
    claim: processSize,
    atLeast: {},
    atMost: {
      'ready, of a Node that does nothing': 5 / room,
      'resident when idle, fresh folder': 150 / room,
      'resident at full ingest, at most': 600 / room,
    },
  },
])('$claim.says', async ({ claim, atLeast, atMost }) => {
  for (let run = 1; ; run++) {
    const { figures } = await claim.run({ events: 100_000, progress: () => {} })
    const measured = (name: string) => figures.find(({ what }) => what === name)?.value
    const missed = [
      ...Object.entries(atLeast).filter(([name, bound]) => !((measured(name) ?? 0) >= bound)),
      ...Object.entries(atMost).filter(
        ([name, bound]) => !((measured(name) ?? bound + 1) <= bound),
      ),
    ].map(([name, bound]) => ({ name, bound, measured: measured(name) }))
    if (run < runsMax && missed.length > 0) continue
    expect(missed).toEqual([])
    return
  }
})
