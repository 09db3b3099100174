// CI holds ratios of one run, never times: whatever else the machine does slows both sides, though not always at
// once, so the best of some rounds counts. A target that is met is held at 0.8 of it. Two are not met yet
// (docs/benchmarks.md): there the floor is 0.8 of what was measured on 2026-11-21, so that it cannot get worse.
import { expect, test } from 'vitest'
import { compare, ratio } from '../../bench/ingest.ts'

const floor = 0.8
const rounds = 8

test.each([
  { load: { records: 1_000, bodies: 20, connections: 4 }, held: 0.19, target: 0.35 },
  { load: { records: 1, bodies: 150, connections: 1 }, held: 0.22, target: 0.5 },
  { load: { records: 1, bodies: 1_000, connections: 32 }, held: 0.5, target: 0.5 },
])('durable ingest is a fair part of the disk: $load', async ({ load, held, target }) => {
  const best = await compare(load, rounds)
  const reached = ratio(best)
  if (reached < target)
    console.warn(`\n!!! ${JSON.stringify(load)}: ${reached} of the disk, target ${target} !!!\n`)
  expect(reached, JSON.stringify(best)).toBeGreaterThanOrEqual(floor * held)
})
