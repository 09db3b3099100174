import { describe, expect, test } from 'vitest'
import { systemIds } from '../ids.ts'
import { NamedBlobs } from './named-blobs.ts'

describe('blobs with a name', () => {
  const someIds = (count: number) =>
    Array.from({ length: count }, () => `${systemIds.uuid().replaceAll('-', '')}-0123456789ab`)

  test.each([
    { what: 'few', count: 1_000, strangers: 0.001 },
    { what: 'many for so few bytes', count: 10_000, strangers: 0.05 },
    { what: 'far too many', count: 100_000, strangers: 1 },
  ])('$what: all are known, and hardly any other', ({ count, strangers }) => {
    const named = new NamedBlobs(16 * 1024)
    const ids = someIds(count)
    for (const id of ids) named.add({ id })
    expect(ids.filter((id) => !named.mayHave(id))).toEqual([])
    const others = someIds(5_000).filter((id) => named.mayHave(id))
    expect(others.length).toBeLessThanOrEqual(5_000 * strangers)
  })
})
