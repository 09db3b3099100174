// How near our records come to AWS's own, of the same calls; docs/fidelity.md tells what differs.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fidelityDocument } from '../tools/fidelity.ts'
import { outcomesOf, realRecords } from './fidelity.ts'
import { carriedScores, percent, scoresOf, total } from './fidelity-scores.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, '../shared/data/events')
const isThere = existsSync(folder)
if (!isThere) console.warn(`SKIPPED: no real records to compare with in ${folder}`)

const outcomes = isThere ? await outcomesOf(realRecords(folder)) : []
const scores = scoresOf(outcomes)

describe.skipIf(!isThere)('of the compared fields', () => {
  test('at least 95 % are equal over all', () => {
    const all = total(scores)
    expect(all.rebuilt).toBeGreaterThan(3_500)
    expect(percent(all)).toBeGreaterThanOrEqual(95)
  })

  test('at least 90 % are equal for every service with more than 20 records', () => {
    const large = scores.filter(({ records }) => records > 20)
    expect(large.length).toBeGreaterThan(8)
    expect(large.filter((score) => percent(score) < 90).map((score) => score.eventSource)).toEqual(
      [],
    )
  })

  test('what is only carried comes through, but for ARNs that are none', () => {
    const carried = carriedScores(outcomes)
    expect(carried.length).toBeGreaterThan(10)
    expect(carried.filter((score) => percent(score) < 95)).toEqual([])
  })

  test('docs/fidelity.md says so: tools/fidelity.ts writes it', () => {
    const written = readFileSync(join(root, 'docs/fidelity.md'), 'utf8')
    expect(fidelityDocument(scores, carriedScores(outcomes))).toBe(written)
  })
})
