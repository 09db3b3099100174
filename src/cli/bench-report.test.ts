import { describe, expect, test } from 'vitest'
import { isMet, type Result } from './bench-claim.ts'
import { benchmarksPage, resultTable } from './bench-report.ts'

const result: Result = {
  name: 'speed',
  says: 'fast enough',
  figures: [
    { what: 'rate', value: 52_345.6, unit: 'events/s', atLeast: 50_000 },
    { what: 'of the disk', value: 0.3444, unit: '×', atLeast: 0.35 },
    { what: 'the disk', value: 1.5, unit: 'ms' },
  ],
  notes: ['Why it is so.'],
}
const machine = {
  date: '2026-11-21',
  version: '0.1.0',
  commit: 'abc1234',
  node: 'v24.0.0',
  processors: '2 × CPU',
  memoryGigabytes: 24,
  system: 'Linux 6 x64',
}

describe('isMet', () => {
  test.each([
    [{ atLeast: 2 }, 2, true],
    [{ atLeast: 2 }, 1.99, false],
    [{ atMost: 2 }, 2, true],
    [{ atMost: 2 }, 2.01, false],
    [{}, 2, undefined],
  ])('%j against %d: %s', (target, value, met) => {
    expect(isMet({ what: '', unit: '', value, ...target })).toBe(met)
  })
})

test('the table lines up and says what is met', () => {
  expect(resultTable([result])).toBe(
    [
      'speed: fast enough',
      '  rate         52,300 events/s  ≥ 50,000 events/s  yes',
      '  of the disk          0.344 ×  ≥ 0.35 ×           no',
      '  the disk              1.5 ms',
      '',
      '',
    ].join('\n'),
  )
})

test('the page names the machine, marks what is missed, and gives the notes', () => {
  const page = benchmarksPage([result], machine)
  expect(page).toContain('Contrail 0.1.0 (abc1234), 2026-11-21; Node v24.0.0, 2 × CPU, 24 GB')
  expect(page).toContain('Not met: 1, marked **no** below.')
  expect(page).toContain('| rate | 52,300 events/s | ≥ 50,000 events/s | yes |')
  expect(page).toContain('| of the disk | 0.344 × | ≥ 0.35 × | **no** |')
  expect(page).toContain('\nWhy it is so.\n')
})
