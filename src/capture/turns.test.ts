import { expect, test } from 'vitest'
import { inTurns, type Steps } from './turns.ts'

/** Each step takes so long; what others did by then is seen after it. */
async function run(stepMs: number): Promise<{ made: string; turns: number }> {
  let now = 0
  let turns = 0
  let isDone = false
  const others = () => {
    turns += 1
    if (!isDone) setImmediate(others)
  }
  setImmediate(others)
  function* work(): Steps<string> {
    for (let i = 0; i < 100; i++) {
      now += stepMs
      yield
    }
    return 'made'
  }
  const made = await inTurns(work(), { now: () => now })
  isDone = true
  return { made, turns }
}

test.each([
  { stepMs: 0, turns: 0 },
  { stepMs: 1, turns: 10 },
  { stepMs: 30, turns: 100 },
])('others have $turns turns in 100 steps of $stepMs ms', async ({ stepMs, turns }) => {
  expect(await run(stepMs)).toEqual({ made: 'made', turns })
})

test('a failure of a step is that of all', async () => {
  function* work(): Steps<string> {
    yield
    throw new Error('no form')
  }
  await expect(inTurns(work(), { now: () => 0 })).rejects.toThrow('no form')
})
