// Every kept input again, and a fixed number of new ones: the same on every machine. Long runs are
// `node test/fuzz/fuzz.ts <target> --seconds 600`.
import { describe, expect, test } from 'vitest'
import { attempt, type Finding, fuzz, readCorpus } from './fuzz/fuzzer.ts'
import { targets } from './fuzz/targets.ts'

const iterations = 1500
/** A machine under load takes ten times as long as an idle one. */
const patience = { timeout: 60_000 }

describe.each(targets)('$name', (target) => {
  test('takes the corpus', patience, async () => {
    for (const input of readCorpus(target))
      expect(await attempt(target, input)).toHaveProperty('outcome')
  })

  test(`takes ${iterations} changed inputs`, patience, async () => {
    const findings: Finding[] = []
    await fuzz(target, {
      seed: 1,
      goOn: (iteration) => iteration < iterations,
      found: (finding) => findings.push(finding),
    })
    expect(findings).toEqual([])
  })
})

test('a broken promise is found and made small', async () => {
  const findings: Finding[] = []
  const target = {
    name: 'none',
    seeds: ['hello world'],
    tokens: ['BU', 'G'],
    run(input: Buffer) {
      if (input.includes('BUG')) throw new TypeError('the planted one')
      return 'fine'
    },
  }
  await fuzz(target, {
    seed: 1,
    goOn: (iteration) => iteration < 100_000 && findings.length === 0,
    found: (finding) => findings.push(finding),
  })
  expect(findings.map(({ input }) => input.toString())).toEqual(['BUG'])
})
