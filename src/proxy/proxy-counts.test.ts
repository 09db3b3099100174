import { expect, test } from 'vitest'
import type { Tally } from './ledger.ts'
import { ProxyCounts } from './proxy-counts.ts'

const run = { proxy: 'minio', id: 'first' }
const tally = (counts: Partial<Tally>): Tally => ({
  waiting: 0,
  notRecorded: 0,
  refused: 0,
  upstreamFailures: 0,
  ...counts,
})

test('counts of a run never fall, whichever append comes last; what waits does', () => {
  const counts = new ProxyCounts()
  counts.note(run, 2, tally({ waiting: 5, refused: 3 }))
  counts.note(run, 1, tally({ waiting: 1, refused: 2, upstreamFailures: 1 }))
  expect([...counts.records()]).toEqual([{ labels: { proxy: 'minio' }, value: 3 }])
  expect([...counts.tallied('waiting')]).toEqual([{ labels: { proxy: 'minio' }, value: 1 }])
  expect([...counts.tallied('refused')]).toEqual([{ labels: { proxy: 'minio' }, value: 3 }])
  expect([...counts.tallied('upstreamFailures')]).toMatchObject([{ value: 1 }])
})

test('the next run of a proxy counts from its own start; its records go on', () => {
  const counts = new ProxyCounts()
  counts.note(run, 2, tally({ notRecorded: 9 }))
  counts.note({ ...run, id: 'second' }, 2, tally({ notRecorded: 1 }))
  expect([...counts.records()]).toMatchObject([{ value: 4 }])
  expect([...counts.tallied('notRecorded')]).toMatchObject([{ value: 1 }])
})

test('past a thousand names the rest are counted together', () => {
  const counts = new ProxyCounts()
  for (let i = 0; i < 1_100; i++) counts.note({ proxy: `p${i}`, id: `${i}` }, 1, tally({}))
  const shown = [...counts.records()]
  expect(shown.length).toBe(1_001)
  expect(shown.at(-1)).toEqual({ labels: { proxy: '(other)' }, value: 100 })
})
